import COpenBLAS
import Foundation
import Tabular

/// Newton's method for the penalised logistic loss, the Hessian summed block by block through `dsyrk`.
struct NewtonSolver {
    static let blockRows = 512

    let rows: LabelledRows
    let layout: BoundLayout
    let penalty: Double
    /// Columns and the intercept, which comes last.
    let size: Int
    private var dense: [Double]
    private var hessian: [Double]
    private var gradient: [Double]

    init(rows: LabelledRows, layout: BoundLayout, penalty: Double) {
        self.rows = rows
        self.layout = layout
        self.penalty = penalty
        size = layout.layout.columns + 1
        dense = [Double](repeating: 0, count: Self.blockRows * size)
        hessian = [Double](repeating: 0, count: size * size)
        gradient = [Double](repeating: 0, count: size)
    }

    mutating func solve(iterations: Int, tolerance: Double, validation: LabelledRows?, hooks: TrainingHooks) throws(LearningFailure)
        -> [Double]
    {
        var weights = [Double](repeating: 0, count: size)
        let positives = rows.targets.count { $0 > 0.5 }
        let rate = (Double(positives) + 0.5) / (Double(rows.count) + 1)
        weights[size - 1] = log(rate / (1 - rate))
        var loss = try derivatives(weights, hooks: hooks)
        for iteration in 1...iterations {
            let validationLoss = validation.map { Self.loss(weights, $0, layout) }
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: iteration, iterations: iterations, trainLoss: loss / Double(rows.count),
                    validationLoss: validationLoss, fraction: min(0.85, 0.2 + 0.65 * Double(iteration) / 10), secondsLeft: nil))
            if (gradient.map { abs($0) }.max() ?? 0) / Double(rows.count) < tolerance { break }
            guard let step = Cholesky.solve(hessian, gradient, size: size) else { throw .diverged(iteration: iteration) }
            // Halve the step until the loss falls: far from the minimum the quadratic model may overshoot.
            var scale = 1.0
            var next = loss
            var candidate = weights
            repeat {
                for index in weights.indices { candidate[index] = weights[index] - scale * step[index] }
                next = try derivatives(candidate, hooks: hooks)
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

    /// Loss, gradient and Hessian at the weights.
    private mutating func derivatives(_ weights: [Double], hooks: TrainingHooks) throws(LearningFailure) -> Double {
        let width = rows.schema.width
        let columns = size - 1
        hooks.breathe()
        for index in hessian.indices { hessian[index] = 0 }
        for index in gradient.indices { gradient[index] = index < columns ? penalty * weights[index] : 0 }
        var loss = weights.dropLast().reduce(0) { $0 + 0.5 * penalty * $1 * $1 }
        for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
            if hooks.isCancelled() { throw .cancelled }
            let count = min(Self.blockRows, rows.count - start)
            loss += rows.features.withUnsafeBufferPointer { features in
                features.baseAddress.map { addBlock($0 + start * width, start: start, count: count, weights: weights) } ?? 0
            }
        }
        for index in 0..<columns { hessian[index * size + index] += penalty }
        return loss
    }

    /// Adds a block of rows: each row is written √(p(1−p)) times its columns, so that the Hessian is one symmetric product.
    private mutating func addBlock(_ block: UnsafePointer<Double>, start: Int, count: Int, weights: [Double]) -> Double {
        let size = size
        let width = rows.schema.width
        var loss = 0.0
        let layout = layout
        let targets = rows.targets
        dense.withUnsafeMutableBufferPointer { dense in
            gradient.withUnsafeMutableBufferPointer { gradient in
                weights.withUnsafeBufferPointer { weights in
                    for row in 0..<count {
                        let line = UnsafeMutableBufferPointer(rebasing: dense[(row * size)..<((row + 1) * size)])
                        line.update(repeating: 0)
                        let raw = block + row * width
                        var score = weights[size - 1]
                        layout.forEach(raw) { score += weights[$0] * $1 }
                        let p = Sigmoid.value(score)
                        let error = p - targets[start + row]
                        loss += Sigmoid.loss(score, target: targets[start + row])
                        let root = max(p * (1 - p), 1e-12).squareRoot()
                        layout.forEach(raw) {
                            line[$0] = root * $1
                            gradient[$0] += error * $1
                        }
                        line[size - 1] = root
                        gradient[size - 1] += error
                    }
                }
            }
        }
        cblas_dsyrk(
            CblasRowMajor, CblasUpper, CblasTrans, Int32(size), Int32(count), 1, dense, Int32(size), 1, &hessian, Int32(size))
        return loss
    }

    private static func loss(_ weights: [Double], _ rows: LabelledRows, _ layout: BoundLayout) -> Double {
        var sum = 0.0
        rows.features.withUnsafeBufferPointer { features in
            guard let base = features.baseAddress else { return }
            for row in 0..<rows.count {
                var score = weights[weights.count - 1]
                layout.forEach(base + row * rows.schema.width) { score += weights[$0] * $1 }
                sum += Sigmoid.loss(score, target: rows.targets[row])
            }
        }
        return sum / Double(max(1, rows.count))
    }
}
