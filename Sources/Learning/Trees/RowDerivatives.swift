/// The first and second derivative of a row's loss by its score.
protocol RowDerivatives: Sendable {
    func at(_ row: Int) -> (gradient: Double, hessian: Double)
}

/// Of squared loss, halved.
struct SquaredDerivatives: RowDerivatives {
    let scores: Buffer<Double>
    let targets: Buffer<Double>

    @inline(__always)
    func at(_ row: Int) -> (gradient: Double, hessian: Double) { (scores.base[row] - targets.base[row], 1) }
}

/// Of the log loss of two classes, rows weighted by class.
struct LogisticDerivatives: RowDerivatives {
    /// Curvatures are not taken as less, so that a row that is sure still counts.
    static let least = 1e-16

    let scores: Buffer<Double>
    let targets: Buffer<Double>
    let weights: (negative: Double, positive: Double)

    @inline(__always)
    func at(_ row: Int) -> (gradient: Double, hessian: Double) {
        let p = 1 / (1 + FastExponential.value(-scores.base[row]))
        let target = targets.base[row]
        let weight = target > 0 ? weights.positive : weights.negative
        let curvature = p * (1 - p)
        return (weight * (p - target), weight * (curvature > Self.least ? curvature : Self.least))
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
    func at(_ row: Int) -> (gradient: Double, hessian: Double) {
        let p = probabilities.base[first + row]
        let target = Int(targets.base[row])
        let weight = weights.base[target]
        let curvature = 2 * p * (1 - p)
        return (weight * (p - (target == index ? 1 : 0)), weight * max(curvature, LogisticDerivatives.least))
    }
}
