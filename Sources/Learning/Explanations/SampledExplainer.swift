import Foundation
import Tabular

/// Shapley values by sampling: for any predictor.
///
/// Features change one after the other, in a random order, from a background row's values to the row's own; each change of the raw score
/// counts for the feature that made it (Štrumbelj and Kononenko 2014). Every order is walked forwards and backwards, which lowers the variance
/// (Mitchell et al. 2022). Each background row is used equally often, so that the base is the same for every row and the sum is exact.
final class SampledExplainer: Explainer {
    /// Orders for each background row, each in both directions.
    private static let ordersPerRow = 1

    let width: Int
    let outputs: Int
    let method: String
    private let predictor: any Predictor
    private let task: PredictionTask
    /// Row-major `[n, width]`; not empty.
    private let background: [Double]
    private let base: [Double]
    private let seed: UInt64

    /// Nil without a background row.
    init?(_ predictor: any Predictor, task: PredictionTask, background: [Double], seed: UInt64) {
        guard predictor.width > 0, background.count >= predictor.width else { return nil }
        self.predictor = predictor
        self.task = task
        self.background = background
        self.seed = seed
        width = predictor.width
        outputs = predictor.outputs
        let count = background.count / predictor.width
        method = "sampled, \(count * 2 * Self.ordersPerRow) orders"
        var base = [Double](repeating: 0, count: predictor.outputs)
        var scores = base
        for row in 0..<count {
            background.withUnsafeBufferPointer { background in
                guard let start = background.baseAddress else { return }
                RawScore.of(predictor, task, start + row * predictor.width, into: &scores)
            }
            for output in base.indices { base[output] += scores[output] / Double(count) }
        }
        self.base = base
    }

    func explain(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let rows = background.count / width
        let walks = Double(rows * Self.ordersPerRow * 2)
        for output in 0..<outputs {
            for feature in 0..<width { result[output * (width + 1) + feature] = 0 }
            result[output * (width + 1) + width] = base[output]
        }
        var random = SplitMix64(state: seed)
        var order = Array(0..<width)
        var mixed = [Double](repeating: 0, count: width)
        var before = [Double](repeating: 0, count: outputs)
        var after = before
        for start in 0..<rows {
            for _ in 0..<Self.ordersPerRow {
                order.shuffle(using: &random)
                for isBackwards in [false, true] {
                    for feature in 0..<width { mixed[feature] = background[start * width + feature] }
                    mixed.withUnsafeBufferPointer { $0.baseAddress.map { RawScore.of(predictor, task, $0, into: &before) } }
                    for position in 0..<width {
                        let feature = order[isBackwards ? width - 1 - position : position]
                        mixed[feature] = row[feature]
                        mixed.withUnsafeBufferPointer { $0.baseAddress.map { RawScore.of(predictor, task, $0, into: &after) } }
                        for output in 0..<outputs {
                            result[output * (width + 1) + feature] += (after[output] - before[output]) / walks
                        }
                        swap(&before, &after)
                    }
                }
            }
        }
    }
}

/// Scores before the last step to a probability.
enum RawScore {
    /// Probabilities nearer to 0 or 1 count as this near, so that their logarithm is a number.
    private static let nearest = 1e-15

    /// Log-odds for two classes; for several log-probabilities less their mean; numbers as they are.
    static func of(_ predictor: any Predictor, _ task: PredictionTask, _ row: UnsafePointer<Double>, into result: inout [Double]) {
        result.withUnsafeMutableBufferPointer { result in
            guard let scores = result.baseAddress else { return }
            predictor.predict(row, into: scores)
            switch task {
            case .regression: return
            case .binary:
                let p = min(max(scores[0], nearest), 1 - nearest)
                scores[0] = log(p) - log1p(-p)
            case .multiclass:
                var mean = 0.0
                for index in result.indices {
                    scores[index] = log(max(scores[index], nearest))
                    mean += scores[index]
                }
                mean /= Double(result.count)
                for index in result.indices { scores[index] -= mean }
            }
        }
    }
}
