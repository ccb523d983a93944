import COpenBLAS
import Foundation
public import Tabular

/// Logistic regression with an L2 penalty, by Newton's method on OpenBLAS.
///
/// Minimises ½ λ ‖w‖² + Σ log(1 + e^(−y(w·x + b))), the intercept b not penalised: what scikit-learn minimises with C = 1/λ.
public struct Logistic: Estimator {
    /// `logistic`
    public static let name = "logistic"
    /// One sentence.
    public static let summary = "logistic regression: linear, calibrated, quick, easy to read"
    /// Two classes.
    public static let tasks: [PredictionTask] = [.binary]
    /// Penalty and stopping.
    public static let parameters = [
        ParameterSpec(name: "l2", summary: "strength λ of the penalty on the weights", kind: .real(0.000_001...1_000_000), defaultText: "1.0"),
        ParameterSpec(name: "iterations", summary: "most Newton steps", kind: .integer(1...200), defaultText: "50"),
        ParameterSpec(name: "tolerance", summary: "largest gradient entry, a row, at which it stops", kind: .real(0.000_000_000_001...0.1), defaultText: "0.00000001"),
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns. Complexity: O(iterations · rows · columns²) in BLAS; memory O(columns²).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try AlgorithmRegistry.check(Self.self, task: rows.schema.target.task)
        let layout = DesignLayout(rows)
        guard layout.columns > 0 else { throw .noFeatures }
        var solver = NewtonSolver(rows: rows, layout: layout.bind(rows.categories), penalty: settings.real("l2"))
        let weights = try solver.solve(
            iterations: settings.integer("iterations"), tolerance: settings.real("tolerance"), validation: validation, hooks: hooks)
        return LinearModel(layout: layout, weights: weights)
    }
}

/// Newton's method for the penalised logistic loss, the Hessian summed block by block through `dsyrk`.
private struct NewtonSolver {
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

    mutating func solve(iterations: Int, tolerance: Double, validation: LabelledRows?, hooks: TrainingHooks) throws(LearningFailure) -> [Double] {
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
            } while !(next <= loss * (1 + 1e-12)) && scale > 1e-6
            guard next.isFinite, candidate.allSatisfy(\.isFinite) else { throw .diverged(iteration: iteration) }
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
        for index in hessian.indices { hessian[index] = 0 }
        for index in gradient.indices { gradient[index] = index < columns ? penalty * weights[index] : 0 }
        var loss = weights.dropLast().reduce(0) { $0 + 0.5 * penalty * $1 * $1 }
        for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
            if start % (Self.blockRows * 32) == 0 { try hooks.checkpoint() }
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

/// The logistic function and its loss, without overflow.
enum Sigmoid {
    /// 1 / (1 + e^−x)
    @inline(__always)
    static func value(_ x: Double) -> Double {
        if x >= 0 { return 1 / (1 + exp(-x)) }
        let e = exp(x)
        return e / (1 + e)
    }

    /// −log of the probability given to the target.
    static func loss(_ x: Double, target: Double) -> Double { max(x, 0) - x * target + log1p(exp(-abs(x))) }
}

/// Solves symmetric positive definite systems.
enum Cholesky {
    /// x of A x = b; `a` holds the upper triangle, row-major. Nil when A is not positive definite. Complexity: O(n³/6).
    static func solve(_ a: [Double], _ b: [Double], size n: Int) -> [Double]? {
        var factor = a
        var x = b
        let solved = factor.withUnsafeMutableBufferPointer { u -> Bool in
            for k in 0..<n {
                let pivot = u[k * n + k]
                guard pivot > 0, pivot.isFinite else { return false }
                let root = pivot.squareRoot()
                for j in k..<n { u[k * n + j] /= root }
                for i in (k + 1)..<max(k + 1, n) {
                    let scale = u[k * n + i]
                    if scale == 0 { continue }
                    for j in i..<n { u[i * n + j] -= scale * u[k * n + j] }
                }
            }
            return true
        }
        guard solved else { return nil }
        // Uᵀ y = b, then U x = y.
        for i in 0..<n {
            x[i] /= factor[i * n + i]
            for j in (i + 1)..<max(i + 1, n) { x[j] -= factor[i * n + j] * x[i] }
        }
        for i in stride(from: n - 1, through: 0, by: -1) {
            var sum = x[i]
            for j in (i + 1)..<max(i + 1, n) { sum -= factor[i * n + j] * x[j] }
            x[i] = sum / factor[i * n + i]
        }
        return x
    }
}
