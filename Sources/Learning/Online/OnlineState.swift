import Foundation
import Tabular

/// How FTRL-proximal learns.
struct OnlineRates: Sendable, Equatable {
    /// α: the size of steps; 0: all of `RateWeights.rates`.
    let rate: Double
    /// β: what holds the first steps back.
    let hold: Double
    let l1: Double
    let l2: Double

    /// The settings that both online algorithms share.
    static let parameters = [
        ParameterSpec(
            name: "learning-rate",
            summary:
                "size α of a step; large ones follow what is recent; 0: eight rates from 0.01 to 20 side by side, weighed by how well they answer",
            kind: .real(0...20), defaultText: "0"),
        ParameterSpec(
            name: "hold", summary: "β: what holds a column's first steps back", kind: .real(0.001...1_000), defaultText: "1.0",
            search: .logarithmic(0.1...10)),
        ParameterSpec(
            name: "l1", summary: "strength of the penalty that keeps useless weights at zero", kind: .real(0...1_000_000), defaultText: "0",
            search: .zeroOrLogarithmic(0.01...10)),
        ParameterSpec(
            name: "l2", summary: "strength of the penalty on the weights", kind: .real(0...1_000_000), defaultText: "0",
            search: .zeroOrLogarithmic(0.01...10)),
        ParameterSpec(
            name: "passes", summary: "times that the rows are learnt, in their order", kind: .integer(1...1_000), defaultText: "1",
            search: .linear(1...5)),
        DesignLayout.minCount,
    ]

    init(_ settings: Settings) {
        rate = settings.real("learning-rate")
        hold = settings.real("hold")
        l1 = settings.real("l1")
        l2 = settings.real("l2")
    }

    init(from reader: inout ArtefactReader) throws(LearningFailure) {
        rate = try reader.real()
        hold = try reader.real()
        l1 = try reader.real()
        l2 = try reader.real()
        guard rate >= 0, hold > 0, l1 >= 0, l2 >= 0, [rate, hold, l1, l2].allSatisfy(\.isFinite) else {
            throw .corruptArtefact("its rates are out of range")
        }
    }

    func encode(into writer: inout ArtefactWriter) { for value in [rate, hold, l1, l2] { writer.real(value) } }
}

/// One column's memory.
struct OnlineCoordinate: BitwiseCopyable, Sendable {
    /// Gradients, less what the steps so far account for.
    var z = 0.0
    /// The sum of squared gradients, and its root.
    var squares = 0.0
    var root = 0.0
    var weight = 0.0

    init() {}

    init(z: Double, squares: Double, rates: OnlineRates, l1: Double, l2: Double) {
        self.z = z
        self.squares = squares
        root = squares.squareRoot()
        settle(rates.hold, 1 / rates.rate, l1, l2)
    }

    /// The weight that minimises z·w + ½ ((β + √n) / α + λ₂) w² + λ₁ |w|.
    @inline(__always)
    mutating func settle(_ hold: Double, _ inverseRate: Double, _ l1: Double, _ l2: Double) {
        weight = abs(z) <= l1 ? 0 : ((z < 0 ? -l1 : l1) - z) / ((hold + root) * inverseRate + l2)
    }

    /// Takes one gradient.
    @inline(__always)
    mutating func step(_ gradient: Double, _ hold: Double, _ inverseRate: Double, _ l1: Double, _ l2: Double) {
        squares += gradient * gradient
        let next = squares.squareRoot()
        z += gradient - (next - root) * inverseRate * weight
        root = next
        settle(hold, inverseRate, l1, l2)
    }
}

/// All that an online learner of one rate knows, as a value: what an artefact holds, and what learning goes on from.
struct OnlineState: Sendable {
    /// Rows that an artefact may say it has learnt: there is room for more.
    static let mostRows = 1 << 60

    let layout: DesignLayout
    let rates: OnlineRates
    /// Targets count in units of `scale` from `center`; 1 and 0 for classes.
    let center: Double
    let scale: Double
    /// One a column, then the intercept: z and the sum of squared gradients.
    var z: [Double]
    var squares: [Double]
    /// Rows learnt, and their losses before they were learnt.
    var rows = 0
    var loss = 0.0

    init(layout: DesignLayout, rates: OnlineRates, center: Double = 0, scale: Double = 1) {
        self.layout = layout
        self.rates = rates
        self.center = center
        self.scale = scale
        z = [Double](repeating: 0, count: layout.columns + 1)
        squares = z
    }

    /// Goes on behind the rates.
    init(layout: DesignLayout, rates: OnlineRates, from reader: inout ArtefactReader) throws(LearningFailure) {
        self.layout = layout
        self.rates = rates
        center = try reader.real()
        scale = try reader.real()
        z = try reader.reals()
        squares = try reader.reals()
        rows = try reader.integer(in: 0...Self.mostRows)
        loss = try reader.real()
        guard z.count == layout.columns + 1, squares.count == z.count, z.allSatisfy(\.isFinite),
            squares.allSatisfy({ $0.isFinite && $0 >= 0 }), center.isFinite, scale.isFinite
        else { throw .corruptArtefact("its memory does not fit its columns") }
    }

    func encode(into writer: inout ArtefactWriter) {
        layout.encode(into: &writer)
        rates.encode(into: &writer)
        writer.real(center)
        writer.real(scale)
        writer.reals(z)
        writer.reals(squares)
        writer.integer(rows)
        writer.real(loss)
    }

    /// The coordinate of a column; the intercept is not penalised.
    func coordinate(_ column: Int) -> OnlineCoordinate {
        let isIntercept = column == layout.columns
        return OnlineCoordinate(
            z: z[column], squares: squares[column], rates: rates, l1: isIntercept ? 0 : rates.l1, l2: isIntercept ? 0 : rates.l2)
    }

    /// The weights in the target's unit.
    var linear: LinearWeights {
        var weights = z.indices.map { coordinate($0).weight * scale }
        weights[layout.columns] += center
        return LinearWeights(layout: layout, weights: weights)
    }
}
