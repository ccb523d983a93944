import Foundation
import Tabular

/// Loss, gradient and curvature of a task, rows weighted by their class.
struct TreeLoss: Sendable {
    let task: PredictionTask
    /// Scores a row: one a class of several, else one.
    let outputs: Int
    /// By class index; empty: every row counts once.
    let classWeights: [Double]
    /// The same where rows are many: one a class, 1 where every row counts once.
    private let weights: Buffer<Double>

    init(_ target: Target, classWeights: [Double]) {
        task = target.task
        outputs = task == .multiclass ? target.classes.count : 1
        self.classWeights = classWeights
        let all = classWeights.isEmpty ? target.classes.map { _ in 1.0 } : classWeights
        weights = Buffer(all, empty: 1)
    }

    var isWeighted: Bool { !classWeights.isEmpty }
    private var largestWeight: Double { classWeights.max() ?? 1 }

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

    /// Packs the derivatives by one output's score.
    ///
    /// `scores` and `probabilities` are output-major; the latter only matter to several classes. False when a score is no number.
    /// Complexity: O(rows).
    func pack(
        into stage: GradientStage, output: Int, scores: Buffer<Double>, probabilities: Buffer<Double>, targets: Buffer<Double>, salt: UInt64
    ) -> Bool {
        switch task {
        case .regression:
            let squared = SquaredDerivatives(scores: scores, targets: targets)
            var largest = 0.0
            var sum = 0.0
            for row in 0..<targets.count {
                let size = abs(scores.base[row] - targets.base[row])
                sum += size
                largest = size > largest ? size : largest
            }
            // A comparison would overlook a number that is none; the sum does not.
            guard sum.isFinite else { return false }
            stage.pack(squared, gradient: largest, hessian: 1, salt: salt)
        case .binary:
            let logistic = LogisticDerivatives(scores: scores, targets: targets, weights: (weights.base[0], weights.base[1]))
            stage.pack(logistic, gradient: largestWeight, hessian: largestWeight / 4, salt: salt)
        case .multiclass:
            let softmax = SoftmaxDerivatives(
                probabilities: probabilities, first: output * targets.count, targets: targets, index: output, weights: weights)
            stage.pack(softmax, gradient: largestWeight, hessian: largestWeight / 2, salt: salt)
        }
        return true
    }

    /// Mean loss: log loss, or half the mean square.
    ///
    /// `scores` are output-major `[outputs, targets.count]`; of more rows than `most` evenly spread ones count. Summed block by block and the
    /// blocks in order: the same bits for any number of threads.
    func mean(_ scores: Buffer<Double>, _ targets: Buffer<Double>, most: Int = .max, team: WorkerTeam) -> Double {
        let (rows, picked) = (targets.count, min(targets.count, most))
        guard picked > 0 else { return 0 }
        let blocks = (picked + Self.lossBlock - 1) / Self.lossBlock
        let sums = Buffer(repeating: SIMD2<Double>.zero, count: blocks)
        team.divide(0..<blocks, least: 1) { _, part in
            for block in part {
                for index in (block * Self.lossBlock)..<min(picked, (block + 1) * Self.lossBlock) {
                    let row = picked == rows ? index : index * rows / picked
                    let weight = isWeighted ? weights.base[Int(targets.base[row])] : 1
                    sums.base[block] += SIMD2(weight * loss(row, scores, targets), weight)
                }
            }
        }
        let sum = (0..<blocks).reduce(SIMD2<Double>.zero) { $0 + sums.base[$1] }
        return sum.x / sum.y
    }

    private static let lossBlock = 2_048

    @inline(__always)
    private func loss(_ row: Int, _ scores: Buffer<Double>, _ targets: Buffer<Double>) -> Double {
        let target = targets.base[row]
        switch task {
        case .regression: return (scores.base[row] - target) * (scores.base[row] - target) / 2
        case .binary: return Sigmoid.loss(scores.base[row], target: target)
        case .multiclass: return Softmax.loss(scores.base + row, step: targets.count, count: outputs, target: Int(target))
        }
    }
}
