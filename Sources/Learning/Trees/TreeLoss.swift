import Foundation
import Tabular

/// Loss, gradient and curvature of a task, rows weighted by their class.
struct TreeLoss: Sendable {
    let task: PredictionTask
    /// Scores a row: one a class of several, else one.
    let outputs: Int
    /// By class index; empty: every row counts once.
    let classWeights: [Double]

    init(_ target: Target, classWeights: [Double]) {
        task = target.task
        outputs = task == .multiclass ? target.classes.count : 1
        self.classWeights = classWeights
    }

    /// Whether each row's curvature is 1.
    var isUnit: Bool { task == .regression }

    @inline(__always)
    func weight(_ target: Double) -> Double { classWeights.isEmpty ? 1 : classWeights[Int(target)] }

    /// The constant scores with the least loss.
    func start(_ targets: [Double]) -> [Double] {
        let total = targets.reduce(0) { $0 + weight($1) }
        func share(_ index: Int) -> Double {
            let own = targets.reduce(0) { $0 + (Int($1) == index ? weight($1) : 0) }
            return min(max(own / max(total, 1e-300), 1e-9), 1 - 1e-9)
        }
        switch task {
        case .regression: return [targets.reduce(0, +) / Double(max(1, targets.count))]
        case .binary: return [log(share(1) / (1 - share(1)))]
        case .multiclass: return (0..<outputs).map { log(share($0)) }
        }
    }

    /// Derivatives of squared loss, halved, or of log loss by the score.
    @inline(__always)
    func derivatives(score: Double, target: Double) -> (gradient: Double, hessian: Double) {
        if task == .regression { return (score - target, 1) }
        let p = Sigmoid.value(score)
        let weight = weight(target)
        return (weight * (p - target), weight * max(p * (1 - p), 1e-16))
    }

    /// Derivatives of the log loss by one class's score; twice the diagonal of the Hessian, which bounds it (Böhning 1992) and is what
    /// XGBoost takes.
    @inline(__always)
    func derivatives(probability p: Double, of index: Int, target: Double) -> (gradient: Double, hessian: Double) {
        let weight = weight(target)
        return (weight * (p - (Int(target) == index ? 1 : 0)), weight * max(2 * p * (1 - p), 1e-16))
    }

    /// Mean loss: log loss, or half the mean square.
    ///
    /// `scores` are output-major `[outputs, targets.count]`; of more rows than `most` evenly spread ones count.
    func mean(_ scores: Buffer<Double>, _ targets: [Double], most: Int = .max) -> Double {
        let count = targets.count
        guard count > 0 else { return 0 }
        var sum = 0.0
        var weights = 0.0
        let picked = min(count, most)
        for index in 0..<picked {
            let row = picked == count ? index : index * count / picked
            let target = targets[row]
            let weight = weight(target)
            weights += weight
            switch task {
            case .regression:
                let error = scores.base[row] - target
                sum += error * error / 2
            case .binary: sum += weight * Sigmoid.loss(scores.base[row], target: target)
            case .multiclass: sum += weight * Softmax.loss(scores.base + row, step: count, count: outputs, target: Int(target))
            }
        }
        return sum / weights
    }
}
