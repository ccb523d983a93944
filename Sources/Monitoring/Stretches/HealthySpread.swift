import Foundation

/// The distribution of a healthy window's PSI: F, with the mean and the spread that the training's stretches have at its length.
///
/// On independent rows it is χ²/df over the noise of counting. Second-order corrected as Rao and Scott (1984) correct χ² for clusters.
struct HealthySpread {
    /// What stretches vary beyond counting noise counts twice: a few of them underestimate the tail.
    static let spread = 2.0

    /// μ: the mean.
    let mean: Double
    /// k: the mean squared over the variance.
    let shape: Double
    /// G: the stretches behind them.
    let stretches: Double

    init(mean: Double, shape: Double, stretches: Double) {
        self.mean = mean
        self.shape = shape
        self.stretches = stretches
    }

    init(df: Int, noise: Double, excess: Excess, stretches: Double) {
        let df = Double(df)
        mean = df * noise + excess.mean
        let variance = 2 * df * noise * noise + Self.spread * (4 * noise * excess.mean + excess.variance)
        shape = mean * mean / variance
        self.stretches = stretches
    }

    /// The chance of such a PSI among healthy windows.
    func upperTail(_ psi: Double) -> Double { FDistribution.upperTail(psi / mean, 2 * shape, 2 * shape * stretches) }

    /// The PSI that a healthy window exceeds with that chance.
    func upperQuantile(_ tail: Double) -> Double { mean * FDistribution.upperQuantile(tail, 2 * shape, 2 * shape * stretches) }
}
