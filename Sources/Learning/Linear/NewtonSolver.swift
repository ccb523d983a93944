import Foundation
import Tabular

/// Newton's method for the penalised logistic loss; with an L1 penalty the proximal one, as in glmnet (Friedman, Hastie and Tibshirani 2010).
struct NewtonSolver {
    let objective: LogisticObjective
    /// Strength of the L1 penalty on all weights but the intercept.
    let l1: Double
    let iterations: Int
    /// Largest entry of the (sub)gradient, a row, at which it stops.
    let tolerance: Double

    /// Complexity: O(iterations) evaluations and factorisations.
    ///
    /// - Throws: `.cancelled`, `.diverged`.
    func solve(
        start: Double, rows: Int, hooks: TrainingHooks, watch: ([Double]) throws(LearningFailure) -> Double?
    ) throws(LearningFailure) -> [Double] {
        let size = objective.size
        var weights = [Double](repeating: 0, count: size)
        weights[size - 1] = start
        var loss = try objective.evaluate(weights, hooks: hooks)
        for iteration in 1...iterations {
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: iteration, iterations: iterations, trainLoss: loss / Double(rows),
                    validationLoss: try watch(weights), fraction: min(0.85, 0.2 + 0.65 * Double(iteration) / 10), secondsLeft: nil))
            if slope(weights) / Double(rows) < tolerance { break }
            guard let step = try step(weights, hooks) else { throw .diverged(iteration: iteration) }
            // Halve the step until the loss falls: far from the minimum the quadratic model may overshoot.
            var scale = 1.0
            var next = loss
            var candidate = weights
            repeat {
                for index in weights.indices { candidate[index] = weights[index] + scale * step[index] }
                next = try objective.evaluate(candidate, hooks: hooks) + penalty(candidate)
                scale /= 2
            } while !(next <= loss) && scale > 1e-6
            guard next.isFinite, candidate.allSatisfy(\.isFinite) else { throw .diverged(iteration: iteration) }
            // No step is better: as near as rounding allows.
            guard next <= loss else { break }
            let gain = loss - next
            weights = candidate
            loss = next
            if gain < 1e-13 * abs(loss) { break }
        }
        return weights
    }

    private func penalty(_ weights: [Double]) -> Double { l1 == 0 ? 0 : l1 * weights.dropLast().reduce(0) { $0 + abs($1) } }

    /// The largest entry of the subgradient of least size: zero at the minimum.
    private func slope(_ weights: [Double]) -> Double {
        var largest = 0.0
        for (index, slope) in objective.gradient.enumerated() {
            let isFree = l1 == 0 || index == weights.count - 1
            let own = isFree ? slope : weights[index] == 0 ? max(0, abs(slope) - l1) : slope + (weights[index] > 0 ? l1 : -l1)
            largest = max(largest, abs(own))
        }
        return largest
    }

    private func step(_ weights: [Double], _ hooks: TrainingHooks) throws(LearningFailure) -> [Double]? {
        if l1 > 0 { return try proximalStep(weights, hooks) }
        return Cholesky.solve(objective.hessian, objective.gradient, size: objective.size).map { $0.map { -$0 } }
    }

    /// The step d that minimises g·d + ½ dᵀHd + λ₁ Σ |w + d|, by coordinate descent.
    private func proximalStep(_ weights: [Double], _ hooks: TrainingHooks) throws(LearningFailure) -> [Double]? {
        let size = objective.size
        let hessian = objective.hessian
        var step = [Double](repeating: 0, count: size)
        /// H d.
        var curved = [Double](repeating: 0, count: size)
        for _ in 0..<1_000 {
            try hooks.checkpoint()
            var largest = 0.0
            for index in 0..<size {
                let own = hessian[index * size + index]
                guard own > 0 else { return nil }
                let free = own * (weights[index] + step[index]) - objective.gradient[index] - curved[index]
                let limit = index == size - 1 ? 0 : l1
                let wanted = abs(free) <= limit ? 0 : (free - (free > 0 ? limit : -limit)) / own
                let change = wanted - weights[index] - step[index]
                guard change != 0 else { continue }
                step[index] += change
                for other in 0..<index { curved[other] += change * hessian[other * size + index] }
                for other in index..<size { curved[other] += change * hessian[index * size + other] }
                largest = max(largest, abs(change) * own.squareRoot())
            }
            if largest < 1e-10 { break }
        }
        return step.allSatisfy(\.isFinite) ? step : nil
    }
}
