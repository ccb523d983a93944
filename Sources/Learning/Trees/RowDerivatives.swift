/// The first and second derivatives of two rows' losses by their scores.
///
/// Two at a time, because the processor does: these are called for every row of every tree.
protocol RowDerivatives: Sendable {
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>)
}

/// Two rows; the last of an odd number stands for both.
struct RowPair {
    let first: Int
    let second: Int

    @inline(__always)
    func values(_ buffer: Buffer<Double>, from start: Int = 0) -> SIMD2<Double> {
        SIMD2(buffer.base[start &+ first], buffer.base[start &+ second])
    }
}

/// Of squared loss, halved.
struct SquaredDerivatives: RowDerivatives {
    let scores: Buffer<Double>
    let targets: Buffer<Double>

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        (rows.values(scores) - rows.values(targets), SIMD2(repeating: 1))
    }
}

/// Of the log loss of two classes, rows weighted by class.
struct LogisticDerivatives: RowDerivatives {
    /// Curvatures are not taken as less, so that a row that is sure still counts.
    static let least = SIMD2(repeating: 1e-16)

    let scores: Buffer<Double>
    let targets: Buffer<Double>
    let weights: (negative: Double, positive: Double)

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let p = 1 / (1 + FastExponential.values(-rows.values(scores)))
        // 0 or 1.
        let targets = rows.values(targets)
        let weights = weights.negative + targets * (weights.positive - weights.negative)
        let curvatures = p * (1 - p)
        return (weights * (p - targets), weights * Self.least.replacing(with: curvatures, where: curvatures .> Self.least))
    }
}

/// Of the log loss of several classes by the score of one of them, out of its probabilities.
///
/// The curvature is twice the diagonal of the Hessian, which bounds it (Böhning 1992) and is what XGBoost takes.
struct SoftmaxDerivatives: RowDerivatives {
    /// Class-major `[classes, rows]`.
    let probabilities: Buffer<Double>
    /// Where this class's begin.
    let first: Int
    let targets: Buffer<Double>
    let index: Int
    /// By class.
    let weights: Buffer<Double>

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let p = rows.values(probabilities, from: first)
        let targets = rows.values(targets)
        let weights = SIMD2(weights.base[Int(targets.x)], weights.base[Int(targets.y)])
        let isOwn = SIMD2<Double>.zero.replacing(with: 1, where: targets .== Double(index))
        let curvatures = 2 * p * (1 - p)
        let least = LogisticDerivatives.least
        return (weights * (p - isOwn), weights * least.replacing(with: curvatures, where: curvatures .> least))
    }
}
