import Foundation
import Tabular

/// Loss, gradient and curvature of a task.
struct TreeLoss: Sendable {
    let task: PredictionTask

    /// The constant score with the least loss.
    func start(_ targets: [Double]) -> Double {
        let mean = targets.reduce(0, +) / Double(max(1, targets.count))
        guard task == .binary else { return mean }
        let rate = min(max(mean, 1e-9), 1 - 1e-9)
        return log(rate / (1 - rate))
    }

    func derivatives(_ scores: [Double], _ targets: [Double]) -> (gradients: [Double], hessians: [Double]) {
        var gradients = [Double](repeating: 0, count: scores.count)
        var hessians = [Double](repeating: 1, count: scores.count)
        if task == .binary {
            for index in scores.indices {
                let p = Sigmoid.value(scores[index])
                gradients[index] = p - targets[index]
                hessians[index] = max(p * (1 - p), 1e-16)
            }
        } else {
            for index in scores.indices { gradients[index] = scores[index] - targets[index] }
        }
        return (gradients, hessians)
    }

    /// Mean loss: log loss, or half the mean square.
    func mean(_ scores: [Double], _ targets: [Double]) -> Double {
        guard !scores.isEmpty else { return 0 }
        var sum = 0.0
        if task == .binary {
            for index in scores.indices { sum += Sigmoid.loss(scores[index], target: targets[index]) }
        } else {
            for index in scores.indices {
                let error = scores[index] - targets[index]
                sum += error * error / 2
            }
        }
        return sum / Double(scores.count)
    }
}
