import Tabular

/// All that a mixture of rates knows, as a value: what an artefact holds, and what learning goes on from.
struct MixtureState: Sendable {
    /// What stands where a fixed rate has its rate: no rate is 0.
    static let mark = 0.0
    private static let format = 1

    var layout: DesignLayout
    let rates: OnlineRates
    /// Targets count in units of `scale` from `center`; 1 and 0 for classes.
    let center: Double
    let scale: Double
    /// One a column, then the intercept, each of all rates.
    var z: [SIMD8<Double>]
    var squares: [SIMD8<Double>]
    /// What each rate counts in an answer that is given now, and in one that a version gives which stands still.
    var live = RateWeights()
    var standing = RateWeights()
    /// Rows learnt, and the losses of the mixture before they were learnt.
    var rows = 0
    var loss = 0.0
    /// When the last label came, UTC milliseconds.
    var received = Int64.min
    var late = LateStates()
    var states = StandingStates()
    /// The unit of each feature; those of no number are settled.
    var scales: [ColumnScale]
    /// Rows with a text that has no column, by feature.
    var newcomers: [[String: Int]]

    init(layout: DesignLayout, rates: OnlineRates, center: Double = 0, scale: Double = 1) {
        self.layout = layout
        self.rates = rates
        self.center = center
        self.scale = scale
        z = [SIMD8<Double>](repeating: SIMD8(), count: layout.columns + 1)
        squares = z
        scales = layout.blocks.map { ColumnScale(isSettled: $0?.kind != .number || $0?.scale != 0) }
        newcomers = layout.blocks.map { _ in [:] }
    }

    /// Goes on behind the rates.
    init(layout: DesignLayout, rates: OnlineRates, from reader: inout ArtefactReader) throws(LearningFailure) {
        guard try reader.integer() == Self.format else {
            throw .corruptArtefact("its mixture of rates is of another release: format \(Self.format) is read here")
        }
        self.layout = layout
        self.rates = rates
        center = try reader.real()
        scale = try reader.real()
        z = try reader.eights()
        squares = try reader.eights()
        live = try RateWeights(from: &reader)
        standing = try RateWeights(from: &reader)
        rows = try reader.integer(in: 0...OnlineState.mostRows)
        loss = try reader.real()
        received = Int64(try reader.integer(in: Int.min...Int.max))
        late = try LateStates(from: &reader, columns: layout.columns)
        states = try StandingStates(from: &reader, columns: layout.columns)
        scales = []
        newcomers = []
        for _ in layout.blocks {
            scales.append(try ColumnScale(from: &reader))
            let texts = try reader.texts()
            let counts = try reader.integers()
            guard counts.count == texts.count, counts.allSatisfy({ $0 > 0 }), texts.count <= Newcomers.limit else {
                throw .corruptArtefact("its new texts do not fit their counts")
            }
            newcomers.append(Dictionary(zip(texts, counts.map(Int.init)), uniquingKeysWith: { a, _ in a }))
        }
        guard z.count == layout.columns + 1, squares.count == z.count, z.allSatisfy(\.isFinite),
            squares.allSatisfy({ $0.isFinite && $0.min() >= 0 }), center.isFinite, scale.isFinite, loss.isFinite
        else { throw .corruptArtefact("its memory does not fit its columns") }
    }

    func encode(into writer: inout ArtefactWriter) {
        layout.encode(into: &writer)
        rates.encode(into: &writer)
        writer.integer(Self.format)
        writer.real(center)
        writer.real(scale)
        writer.eights(z)
        writer.eights(squares)
        live.encode(into: &writer)
        standing.encode(into: &writer)
        writer.integer(rows)
        writer.real(loss)
        writer.integer(Int(received))
        late.encode(into: &writer)
        states.encode(into: &writer)
        for (scale, counts) in zip(scales, newcomers) {
            scale.encode(into: &writer)
            let sorted = counts.sorted { $0.key < $1.key }
            writer.texts(sorted.map(\.key))
            writer.integers(sorted.map { Int32(clamping: $0.value) })
        }
    }

    /// The coordinate of a column; the intercept is not penalised.
    func coordinate(_ column: Int) -> RateCoordinate {
        RateCoordinate(z: z[column], squares: squares[column], rates: rates, isPenalised: column < layout.columns)
    }

    /// The mixture's weights in the target's unit: scores are mixed, so that a mixture is linear as each of its rates is.
    func linear(_ mixing: RateWeights) -> LinearWeights {
        var weights = z.indices.map { (coordinate($0).weight * mixing.shares).sum() * scale }
        weights[layout.columns] += center
        return LinearWeights(layout: layout, weights: weights)
    }

    /// The weights that a version answers with.
    var linear: LinearWeights { linear(standing) }

    /// After a training: what answers at first is what would answer standing still, and the rates that follow quickly are not far behind.
    func trained() -> MixtureState {
        var copy = self
        copy.live = standing.softened(most: 5)
        return copy
    }
}

/// Texts that have no column yet.
enum Newcomers {
    /// Texts of a feature that are counted; when there are more, counting begins anew.
    static let limit = 1_000
}
