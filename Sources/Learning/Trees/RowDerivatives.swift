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

/// Of the absolute error and of quantiles' pinball loss, whose curvature is taken as 1; leaves are renewed afterwards: `LeafRenewal`.
struct QuantileDerivatives: RowDerivatives {
    let scores: Buffer<Double>
    let targets: Buffer<Double>
    /// The share of the rows that the answer is to be above.
    let level: Double

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let isBelow = rows.values(targets) .> rows.values(scores)
        return (SIMD2(repeating: 1 - level).replacing(with: -level, where: isBelow), SIMD2(repeating: 1))
    }
}

/// Of Poisson's deviance, halved, by the logarithm of the mean.
///
/// The curvature is taken e^0.7 times as large, so that no leaf of few events leaps (as LightGBM and XGBoost do).
struct PoissonDerivatives: RowDerivatives {
    private static let caution = 2.013_752_707_470_476_6

    let scores: Buffer<Double>
    let targets: Buffer<Double>

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let means = FastExponential.values(rows.values(scores))
        return (means - rows.values(targets), means * Self.caution)
    }
}

/// Of a deviance with a variance of some power p of the mean, 1 < p ≤ 2, halved, by the logarithm of the mean: y m^(1−p) and m^(2−p) decide.
struct TweedieDerivatives: RowDerivatives {
    let scores: Buffer<Double>
    let targets: Buffer<Double>
    let power: Double

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let scores = rows.values(scores)
        let own = rows.values(targets) * FastExponential.values(scores * (1 - power))
        let expected = FastExponential.values(scores * (2 - power))
        return (expected - own, own * (power - 1) + expected * (2 - power))
    }
}

/// Any of the others, each row as often as its weight says.
struct WeightedDerivatives<Base: RowDerivatives>: RowDerivatives {
    let base: Base
    let weights: Buffer<Double>

    @inline(__always)
    func at(_ rows: RowPair) -> (gradients: SIMD2<Double>, hessians: SIMD2<Double>) {
        let (gradients, hessians) = base.at(rows)
        let weights = rows.values(weights)
        return (gradients * weights, hessians * weights)
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
