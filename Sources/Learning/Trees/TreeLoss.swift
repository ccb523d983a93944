import Foundation
import Tabular

/// Loss, gradient and curvature of what is predicted, rows weighted by their class and by themselves.
struct TreeLoss: Sendable {
    let task: PredictionTask
    /// Of a number; squares where classes are predicted.
    let objective: Objective
    /// Scores a row: one a class of several, else one.
    let outputs: Int
    /// By class index; empty: every row counts once.
    let classWeights: [Double]
    /// The same where rows are many: one a class, 1 where every row counts once.
    private let weights: Buffer<Double>
    /// One a row; empty: every row counts once.
    private let rowWeights: Buffer<Double>
    private let largestRowWeight: Double

    init(_ target: Target, objective: Objective, classWeights: [Double], truths: TreeTruths) {
        task = target.task
        self.objective = target.task == .regression ? objective : .squared
        outputs = task == .multiclass ? target.classes.count : 1
        self.classWeights = classWeights
        let all = classWeights.isEmpty ? target.classes.map { _ in 1.0 } : classWeights
        weights = Buffer(all, empty: 1)
        rowWeights = truths.weights
        largestRowWeight = truths.weights.array.max() ?? 1
    }

    private var hasRowWeights: Bool { rowWeights.count > 0 }
    /// Whether derivatives differ by more than their task's bounds, so that they need finer levels.
    var isWeighted: Bool { !classWeights.isEmpty || hasRowWeights || objective.variancePower != nil }
    private var largestWeight: Double { (classWeights.max() ?? 1) * largestRowWeight }

    /// Whether each row's curvature is 1.
    var isUnit: Bool { task == .regression && objective.variancePower == nil && !hasRowWeights }

    @inline(__always)
    private func weight(_ row: Int, _ target: Double) -> Double {
        (classWeights.isEmpty ? 1 : classWeights[Int(target)]) * (hasRowWeights ? rowWeights.base[row] : 1)
    }

    /// The constant scores with the least loss.
    func start(_ targets: [Double]) -> [Double] {
        var total = 0.0
        var sums = [Double](repeating: 0, count: max(2, outputs))
        for (row, target) in targets.enumerated() {
            let weight = weight(row, target)
            total += weight
            if task == .regression { sums[0] += weight * target } else { sums[Int(target)] += weight }
        }
        func share(_ index: Int) -> Double { min(max(sums[index] / max(total, 1e-300), 1e-9), 1 - 1e-9) }
        switch task {
        case .regression:
            if let level = objective.quantileLevel {
                return [WeightedQuantile.value(targets, weights: rowWeights.array, level: level)]
            }
            let mean = sums[0] / (hasRowWeights ? max(total, 1e-300) : Double(max(1, targets.count)))
            return [objective.variancePower == nil ? mean : log(mean)]
        case .binary: return [log(share(1) / (1 - share(1)))]
        case .multiclass: return (0..<outputs).map { log(share($0)) }
        }
    }

    /// What gives leaves their answers where derivatives do not; nil elsewhere.
    func renewal(_ targets: Buffer<Double>) -> LeafRenewal? {
        guard task == .regression else { return nil }
        return objective.quantileLevel.map { LeafRenewal(level: $0, targets: targets, weights: rowWeights) }
    }

    /// What a pass over the rows works on; `scores` and `probabilities` are output-major, the latter only matter to several classes.
    struct Pass {
        var scores, probabilities, targets: Buffer<Double>
        /// Differs from tree to tree.
        var salt: UInt64
        var team: WorkerTeam
    }

    /// Packs the derivatives by one output's score.
    ///
    /// False when a score is no number. Complexity: O(rows).
    func pack(into stage: GradientStage, output: Int, _ pass: Pass) -> Bool {
        let (scores, targets) = (pass.scores, pass.targets)
        switch task {
        case .regression: return packNumbers(into: stage, pass)
        case .binary:
            let logistic = LogisticDerivatives(scores: scores, targets: targets, weights: (weights.base[0], weights.base[1]))
            pack(logistic, into: stage, gradient: largestWeight, hessian: largestWeight / 4, salt: pass.salt)
        case .multiclass:
            let softmax = SoftmaxDerivatives(
                probabilities: pass.probabilities, first: output * targets.count, targets: targets, index: output, weights: weights)
            pack(softmax, into: stage, gradient: largestWeight, hessian: largestWeight / 2, salt: pass.salt)
        }
        return true
    }

    private func packNumbers(into stage: GradientStage, _ pass: Pass) -> Bool {
        let (scores, targets) = (pass.scores, pass.targets)
        switch objective {
        case .squared:
            var largest = 0.0
            var sum = 0.0
            for row in 0..<targets.count {
                let size = abs(scores.base[row] - targets.base[row])
                sum += size
                largest = size > largest ? size : largest
            }
            // A comparison would overlook a number that is none; the sum does not.
            guard sum.isFinite else { return false }
            let squared = SquaredDerivatives(scores: scores, targets: targets)
            pack(squared, into: stage, gradient: largest * largestRowWeight, hessian: largestRowWeight, salt: pass.salt)
        case .absolute, .quantile:
            let level = objective.quantileLevel ?? 0.5
            let pinball = QuantileDerivatives(scores: scores, targets: targets, level: level)
            pack(pinball, into: stage, gradient: max(level, 1 - level) * largestRowWeight, hessian: largestRowWeight, salt: pass.salt)
        case .poisson: return packMeasured(PoissonDerivatives(scores: scores, targets: targets), into: stage, pass)
        case .gamma, .tweedie:
            let tweedie = TweedieDerivatives(scores: scores, targets: targets, power: objective.variancePower ?? 2)
            return packMeasured(tweedie, into: stage, pass)
        }
        return true
    }

    private func pack(_ derivatives: some RowDerivatives, into stage: GradientStage, gradient: Double, hessian: Double, salt: UInt64) {
        guard hasRowWeights else { return stage.pack(derivatives, gradient: gradient, hessian: hessian, salt: salt) }
        stage.pack(WeightedDerivatives(base: derivatives, weights: rowWeights), gradient: gradient, hessian: hessian, salt: salt)
    }

    /// Packs derivatives of which nobody knows how large they get, after a look at all of them.
    private func packMeasured(_ derivatives: some RowDerivatives, into stage: GradientStage, _ pass: Pass) -> Bool {
        guard hasRowWeights else { return packMeasured(plain: derivatives, into: stage, pass) }
        return packMeasured(plain: WeightedDerivatives(base: derivatives, weights: rowWeights), into: stage, pass)
    }

    private func packMeasured(plain derivatives: some RowDerivatives, into stage: GradientStage, _ pass: Pass) -> Bool {
        let rows = pass.targets.count
        let blocks = (rows + Self.lossBlock - 1) / Self.lossBlock
        // The largest gradient and curvature of each block, and a sum that is no number where one of these is none.
        let found = Buffer(repeating: SIMD4<Double>.zero, count: blocks)
        pass.team.divide(0..<blocks, least: 2) { _, part in
            for block in part {
                var (gradient, hessian, sum) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
                let end = min(rows, (block + 1) * Self.lossBlock)
                for first in stride(from: block * Self.lossBlock, to: end, by: 2) {
                    let (own, curvature) = derivatives.at(RowPair(first: first, second: min(first &+ 1, end &- 1)))
                    let size = own.replacing(with: -own, where: own .< 0)
                    gradient.replace(with: size, where: size .> gradient)
                    hessian.replace(with: curvature, where: curvature .> hessian)
                    sum += size + curvature
                }
                found.base[block] = SIMD4(max(gradient.x, gradient.y), max(hessian.x, hessian.y), sum.x + sum.y, 0)
            }
        }
        var (gradient, hessian, sum) = (0.0, 0.0, 0.0)
        for block in 0..<blocks {
            gradient = max(gradient, found.base[block].x)
            hessian = max(hessian, found.base[block].y)
            sum += found.base[block].z
        }
        guard sum.isFinite else { return false }
        stage.pack(derivatives, gradient: gradient, hessian: hessian, salt: pass.salt)
        return true
    }

    /// Mean loss: log loss, half the mean square, the pinball loss, or the deviance.
    ///
    /// `scores` are output-major `[outputs, rows]`; of more rows than `most` evenly spread ones count. Summed block by block and the
    /// blocks in order: the same bits for any number of threads.
    func mean(_ scores: Buffer<Double>, of truths: TreeTruths, most: Int = .max, team: WorkerTeam) -> Double {
        let targets = truths.targets
        let (rows, picked) = (targets.count, min(targets.count, most))
        guard picked > 0 else { return 0 }
        let blocks = (picked + Self.lossBlock - 1) / Self.lossBlock
        let sums = Buffer(repeating: SIMD2<Double>.zero, count: blocks)
        let rowWeights = truths.weights
        team.divide(0..<blocks, least: 1) { _, part in
            for block in part {
                for index in (block * Self.lossBlock)..<min(picked, (block + 1) * Self.lossBlock) {
                    let row = picked == rows ? index : index * rows / picked
                    var weight = classWeights.isEmpty ? 1 : weights.base[Int(targets.base[row])]
                    if rowWeights.count > 0 { weight *= rowWeights.base[row] }
                    sums.base[block] += SIMD2(weight * loss(row, scores, targets), weight)
                }
            }
        }
        let sum = (0..<blocks).reduce(SIMD2<Double>.zero) { $0 + sums.base[$1] }
        return sum.y > 0 ? sum.x / sum.y : 0
    }

    private static let lossBlock = 2_048

    @inline(__always)
    private func loss(_ row: Int, _ scores: Buffer<Double>, _ targets: Buffer<Double>) -> Double {
        let target = targets.base[row]
        switch task {
        case .regression:
            if objective == .squared { return (scores.base[row] - target) * (scores.base[row] - target) / 2 }
            return objective.loss(objective.variancePower == nil ? scores.base[row] : exp(scores.base[row]), target)
        case .binary: return Sigmoid.loss(scores.base[row], target: target)
        case .multiclass: return Softmax.loss(scores.base + row, step: targets.count, count: outputs, target: Int(target))
        }
    }
}
