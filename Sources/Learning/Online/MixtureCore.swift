import Foundation
import Tabular

/// FTRL-proximal at eight rates side by side, mixed by how well each one has answered: one row at a time.
///
/// Confined to whoever owns it. Invariant of its buffers: `columns` and `values` hold the row that was gathered last.
final class MixtureCore: OnlineCore {
    let isLogistic: Bool
    private var state: MixtureState
    private var layout: BoundLayout
    private let schema: Schema
    private let categories: Categories
    private var coordinates: Buffer<RateCoordinate>
    private let columns: Buffer<Int32>
    private let values: Buffer<Double>
    private let inverseRates = 1 / RateWeights.rates
    /// The feature whose unit a column's values are watched by; -1 for columns that are not numbers.
    private var watched: [Int32] = []
    /// Numeric features whose unit is still being learnt.
    private var unsettled: [Int]
    /// Which codes of each categorical feature have a column.
    private var known: [[Bool]] = []

    init(_ state: MixtureState, _ schema: Schema, _ categories: Categories, isLogistic: Bool) {
        self.state = state
        self.schema = schema
        self.categories = categories
        self.isLogistic = isLogistic
        layout = BoundLayout(state.layout, schema, categories)
        coordinates = Self.coordinates(state)
        // No feature gives more than three columns: the parts of a time.
        columns = Buffer(repeating: 0, count: schema.width * 3)
        values = Buffer(repeating: 0, count: schema.width * 3)
        unsettled = state.scales.indices.filter { !state.scales[$0].isSettled }
        bind()
    }

    private static func coordinates(_ state: MixtureState) -> Buffer<RateCoordinate> {
        let buffer = Buffer(repeating: RateCoordinate(), count: state.layout.columns + 1)
        for column in 0...state.layout.columns { buffer.base[column] = state.coordinate(column) }
        return buffer
    }

    /// Follows the state's layout.
    private func bind() {
        layout = BoundLayout(state.layout, schema, categories)
        watched = [Int32](repeating: -1, count: state.layout.columns)
        known = state.layout.blocks.map { _ in [] }
        for (feature, block) in state.layout.blocks.enumerated() {
            guard let block else { continue }
            switch block.kind {
            case .number: watched[block.start] = Int32(feature)
            case .category:
                known[feature] = categories[schema.features[feature].name].binding(block.texts, of: block.texts).map { $0 != nil }
            case .time: break
            }
        }
    }

    var rows: Int { state.rows }
    var meanLoss: Double { state.loss / Double(max(1, state.rows)) }
    var notes: [String] { state.layout.notes }

    var knowledge: OnlineKnowledge { .mixture(collected) }

    private var collected: MixtureState {
        var copy = state
        for column in copy.z.indices {
            copy.z[column] = coordinates.base[column].z
            copy.squares[column] = coordinates.base[column].squares
        }
        return copy
    }

    var live: any Predictor {
        LinearPredictor(layout, weights: mixed(state.live), width: schema.width, isProbability: isLogistic)
    }

    /// As of `MixtureState.linear`.
    private func mixed(_ mixing: RateWeights) -> [Double] {
        let count = state.layout.columns
        var weights = (0...count).map { (coordinates.base[$0].weight * mixing.shares).sum() * state.scale }
        weights[count] += state.center
        return weights
    }

    func predict(_ row: UnsafePointer<Double>) -> Double { answer(mix(scores(gather(row)))) }

    /// A probability, or a number in the target's unit.
    private func answer(_ score: Double) -> Double { isLogistic ? Sigmoid.value(score) : score * state.scale + state.center }

    @inline(__always)
    private func mix(_ scores: SIMD8<Double>) -> Double { (scores * state.live.shares).sum() }

    func loss(_ row: UnsafePointer<Double>, target: Double) -> Double {
        loss(mix(scores(gather(row))), (target - state.center) / state.scale)
    }

    private func loss(_ score: Double, _ wanted: Double) -> Double {
        isLogistic ? Sigmoid.loss(score, target: wanted) : 0.5 * (score - wanted) * (score - wanted)
    }

    @inline(__always)
    private func outcome(_ scores: SIMD8<Double>, _ wanted: Double) -> (errors: SIMD8<Double>, losses: SIMD8<Double>) {
        isLogistic ? RateMath.logistic(scores, wanted) : RateMath.linear(scores, wanted)
    }

    private(set) var answeredThen = 0.0

    @discardableResult
    func learn(_ row: UnsafePointer<Double>, target: Double, timing: LabelTiming?) -> Double {
        let count = gather(row)
        let scores = scores(count)
        let wanted = (target - state.center) / state.scale
        let score = mix(scores)
        let (errors, losses) = outcome(scores, wanted)
        state.loss += min(loss(score, wanted), Self.mostLoss)
        let present = answer(score)
        answeredThen = present
        judge(losses, wanted, count, timing)
        state.rows += 1
        step(errors, count)
        if let timing { state.received = timing.received }
        hold()
        if !unsettled.isEmpty { settle(row) }
        if state.rows.isMultiple(of: ColumnScale.stride) { watch(count) }
        notice(row)
        return present
    }

    /// Of one label in the mean loss, so that it stays a number.
    private static let mostLoss = 1e12

    /// Praises the rates by what they answered when they answered, and by what they would have answered standing still.
    @inline(__always)
    private func judge(_ losses: SIMD8<Double>, _ wanted: Double, _ count: Int, _ timing: LabelTiming?) {
        let held = timing.flatMap { state.late.state(answered: $0.answered, present: state.received) }
        if let held {
            let scores = state.late.held[held].scores(columns.base, values.base, count)
            answeredThen = answer(mix(scores))
            state.live.judge(outcome(scores, wanted).losses)
        } else {
            state.live.judge(losses)
        }
        // Each of the first ones counts: there are few of them.
        guard state.rows.isMultiple(of: StandingStates.stride) || state.rows < 1_000, let standing = state.states.held.first else { return }
        state.standing.judge(outcome(standing.scores(columns.base, values.base, count), wanted).losses)
    }

    @inline(__always)
    private func step(_ errors: SIMD8<Double>, _ count: Int) {
        let rates = state.rates
        for index in 0..<count {
            // A step is not as large as an outlier.
            let value = max(-Self.farthest, min(Self.farthest, values.base[index]))
            coordinates.base[Int(columns.base[index])].step(errors * value, rates.hold, inverseRates, rates.l1, rates.l2)
        }
        coordinates.base[state.layout.columns].step(errors, rates.hold, inverseRates, 0, 0)
    }

    /// Standard deviations beyond which a value moves its weight no further.
    private static let farthest = 20.0

    private func hold() {
        let columns = state.layout.columns
        if state.late.isDue(rows: state.rows, columns: columns) {
            state.late.add(weights)
        } else if state.late.isIdle {
            state.late.clear()
        }
        if state.states.isDue(rows: state.rows) { state.states.add(weights) }
    }

    private var weights: HeldWeights {
        HeldWeights(
            rows: state.rows, time: state.received, weights: (0...state.layout.columns).map { coordinates.base[$0].weight })
    }

    @inline(__always)
    private func gather(_ row: UnsafePointer<Double>) -> Int {
        var count = 0
        let columns = columns.base
        let values = values.base
        layout.forEach(row) {
            columns[count] = Int32(truncatingIfNeeded: $0)
            values[count] = $1
            count += 1
        }
        return count
    }

    @inline(__always)
    private func scores(_ count: Int) -> SIMD8<Double> {
        let coordinates = coordinates.base
        var scores = coordinates[state.layout.columns].weight
        for index in 0..<count { scores += coordinates[Int(columns.base[index])].weight * values.base[index] }
        return scores
    }

    // MARK: Columns

    /// Learns the units of numbers that no training has seen.
    private func settle(_ row: UnsafePointer<Double>) {
        var hasChanged = false
        for feature in unsettled {
            let former = state.layout.blocks[feature]
            state.scales[feature].learn(row[feature])
            let (mean, inverse) = (state.scales[feature].mean, state.scales[feature].inverse)
            guard former?.mean != mean || former?.scale != inverse else { continue }
            state.layout.settle(feature, mean: mean, scale: inverse)
            hasChanged = true
        }
        unsettled.removeAll { state.scales[$0].isSettled }
        if hasChanged { bind() }
    }

    /// Widens the unit of a number that has outgrown it.
    @inline(__always)
    private func watch(_ count: Int) {
        for index in 0..<count {
            let column = Int(columns.base[index])
            let feature = Int(watched[column])
            guard feature >= 0, state.scales[feature].isSettled, let factor = state.scales[feature].watch(values.base[index]) else {
                continue
            }
            widen(feature, column, by: factor)
        }
    }

    private func widen(_ feature: Int, _ column: Int, by factor: Double) {
        guard let block = state.layout.blocks[feature], (block.scale / factor).isNormal else { return }
        state.layout.settle(feature, mean: block.mean, scale: block.scale / factor)
        coordinates.base[column].rescale(by: factor, rates: state.rates)
        for index in state.late.held.indices { state.late.held[index].weights[column] *= factor }
        for index in state.states.held.indices { state.states.held[index].weights[column] *= factor }
        bind()
    }

    /// Counts texts that have no column, and gives one to those that have come often enough.
    @inline(__always)
    private func notice(_ row: UnsafePointer<Double>) {
        guard state.layout.hasRoom else { return }
        for feature in known.indices where schema.features[feature].kind == .categorical {
            guard row[feature].isFinite, let code = Int32(exactly: row[feature]) else { continue }
            if code >= 0, Int(code) < known[feature].count, known[feature][Int(code)] { continue }
            welcome(code, feature)
        }
    }

    private func welcome(_ code: Int32, _ feature: Int) {
        guard let text = categories[schema.features[feature].name].name(of: code) else { return }
        if state.newcomers[feature].count >= Newcomers.limit { state.newcomers[feature] = [:] }
        let count = (state.newcomers[feature][text] ?? 0) + 1
        state.newcomers[feature][text] = count < state.layout.minCount ? count : nil
        guard count >= state.layout.minCount else { return }
        let former = state.layout.blocks[feature]?.other ?? -1
        var grown = collected
        guard let place = grown.layout.grow(text, of: feature, share: Double(count) / Double(max(1, state.rows))) else { return }
        // It begins with what it had in common with the others.
        func grow(_ values: inout [SIMD8<Double>]) { values.insert(former >= 0 ? values[former] : SIMD8(), at: place) }
        grow(&grown.z)
        grow(&grown.squares)
        for index in grown.late.held.indices { grow(&grown.late.held[index].weights) }
        for index in grown.states.held.indices { grow(&grown.states.held[index].weights) }
        state = grown
        coordinates = Self.coordinates(state)
        bind()
    }
}
