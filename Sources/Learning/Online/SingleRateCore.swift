import Foundation
import Tabular

/// FTRL-proximal with a rate of its own for each column: one row at a time, nothing allocated.
///
/// Algorithm 1 of McMahan and others, "Ad click prediction: a view from the trenches" (2013). Confined to whoever owns it. Invariant of its buffers: `columns` and `values` hold the row that was gathered last.
final class SingleRateCore: OnlineCore {
    let isLogistic: Bool
    private var state: OnlineState
    private let layout: BoundLayout
    private let coordinates: Buffer<OnlineCoordinate>
    private let columns: Buffer<Int32>
    private let values: Buffer<Double>
    private let inverseRate: Double
    private let width: Int

    init(_ state: OnlineState, _ schema: Schema, _ categories: Categories, isLogistic: Bool) {
        self.state = state
        self.isLogistic = isLogistic
        layout = BoundLayout(state.layout, schema, categories)
        let count = state.layout.columns
        coordinates = Buffer(repeating: OnlineCoordinate(), count: count + 1)
        for column in 0...count { coordinates.base[column] = state.coordinate(column) }
        // No feature gives more than three columns: the parts of a time.
        columns = Buffer(repeating: 0, count: schema.width * 3)
        values = Buffer(repeating: 0, count: schema.width * 3)
        inverseRate = 1 / state.rates.rate
        width = schema.width
    }

    var rows: Int { state.rows }
    var meanLoss: Double { state.loss / Double(max(1, state.rows)) }

    var knowledge: OnlineKnowledge { .single(collected) }

    /// The weights as they are: one rate has no others to be weighed against.
    var live: any Predictor {
        let linear = collected.linear
        return LinearPredictor(layout, weights: linear.weights, width: width, isProbability: isLogistic)
    }

    private var collected: OnlineState {
        var copy = state
        for column in copy.z.indices {
            copy.z[column] = coordinates.base[column].z
            copy.squares[column] = coordinates.base[column].squares
        }
        return copy
    }

    func predict(_ row: UnsafePointer<Double>) -> Double {
        let score = score(gather(row))
        return isLogistic ? Sigmoid.value(score) : score * state.scale + state.center
    }

    private(set) var answeredThen = 0.0

    @discardableResult
    func learn(_ row: UnsafePointer<Double>, target: Double, timing: LabelTiming?) -> Double {
        let count = gather(row)
        let score = score(count)
        let wanted = (target - state.center) / state.scale
        let answer = isLogistic ? Sigmoid.value(score) : score
        let error = answer - wanted
        state.loss += isLogistic ? Sigmoid.loss(score, target: target) : 0.5 * error * error
        state.rows += 1
        let rates = state.rates
        for index in 0..<count {
            coordinates.base[Int(columns.base[index])].step(error * values.base[index], rates.hold, inverseRate, rates.l1, rates.l2)
        }
        coordinates.base[state.layout.columns].step(error, rates.hold, inverseRate, 0, 0)
        answeredThen = isLogistic ? answer : answer * state.scale + state.center
        return answeredThen
    }

    func loss(_ row: UnsafePointer<Double>, target: Double) -> Double {
        let score = score(gather(row))
        if isLogistic { return Sigmoid.loss(score, target: target) }
        let error = score - (target - state.center) / state.scale
        return 0.5 * error * error
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
    private func score(_ count: Int) -> Double {
        var score = coordinates.base[state.layout.columns].weight
        for index in 0..<count { score += coordinates.base[Int(columns.base[index])].weight * values.base[index] }
        return score
    }
}
