import Foundation

/// What a number is predicted for: the loss that trees lessen, and by which versions are set beside each other.
///
/// With the mean m, the loss of a row y is (y − m)²; |y − m|; the pinball loss of a level; or the deviance of a distribution whose variance
/// grows with a power of its mean: 1 Poisson's, 2 the gamma's, between them Tweedie's (Jørgensen 1997).
public enum Objective: Sendable, Equatable {
    /// The mean, by squares.
    case squared
    /// The median.
    case absolute
    /// The value that a share of the rows, the level, stays below.
    case quantile(Double)
    /// Counts.
    case poisson
    /// Positive amounts.
    case gamma
    /// Amounts of which many are zero; the power of the variance, 1…2 without the ends.
    case tweedie(Double)

    /// The setting.
    static let parameter = ParameterSpec(
        name: "objective",
        summary:
            "what numbers are predicted by: standard, the squared error (Poisson's deviance where there is an exposure); the median, a quantile, or the mean of counts (poisson), amounts (gamma) or amounts with many zeros (tweedie)",
        kind: .choice(["standard", "absolute", "quantile", "poisson", "gamma", "tweedie"]), defaultText: "standard")
    /// The share that a quantile stays above.
    static let level = ParameterSpec(
        name: "level", summary: "share of the rows that a predicted quantile is above", kind: .real(0.001...0.999), defaultText: "0.5")
    /// The power of Tweedie's variance.
    static let power = ParameterSpec(
        name: "power", summary: "power of the mean that a tweedie variance grows with", kind: .real(1.01...1.99), defaultText: "1.5")

    /// What settings ask for; nil where they name no objective, as those of most algorithms.
    ///
    /// - Parameter hasExposure: whether the rows have a column of exposures, of which counts are expected.
    public init?(settings: [String: String], hasExposure: Bool) {
        func number(_ spec: ParameterSpec) -> Double { (settings[spec.name] ?? spec.defaultText).number }
        switch settings[Self.parameter.name] {
        case "standard": self = hasExposure ? .poisson : .squared
        case "absolute": self = .absolute
        case "quantile": self = .quantile(number(Self.level))
        case "poisson": self = .poisson
        case "gamma": self = .gamma
        case "tweedie": self = .tweedie(number(Self.power))
        default: return nil
        }
    }

    /// Its name among the settings.
    var word: String {
        switch self {
        case .squared: "standard"
        case .absolute: "absolute"
        case .quantile: "quantile"
        case .poisson: "poisson"
        case .gamma: "gamma"
        case .tweedie: "tweedie"
        }
    }

    /// The power of the mean that the variance grows with; nil where a loss is no deviance with a logarithmic link.
    var variancePower: Double? {
        switch self {
        case .squared, .absolute, .quantile: nil
        case .poisson: 1
        case .gamma: 2
        case .tweedie(let power): power
        }
    }

    /// The share of the rows that the answer is above, where that is what is predicted.
    var quantileLevel: Double? {
        switch self {
        case .absolute: 0.5
        case .quantile(let level): level
        default: nil
        }
    }

    /// The figure by which versions are compared.
    public var figure: String {
        switch self {
        case .squared: "rmse"
        case .absolute: "mae"
        case .quantile: "pinball"
        case .poisson: "poissonDeviance"
        case .gamma: "gammaDeviance"
        case .tweedie: "tweedieDeviance"
        }
    }

    /// What targets must be; nil where any number will do.
    var targetRule: String? {
        switch self {
        case .squared, .absolute, .quantile: nil
        case .poisson, .tweedie: "0 or more, and not all 0"
        case .gamma: "above 0"
        }
    }

    func allows(_ target: Double) -> Bool {
        switch self {
        case .squared, .absolute, .quantile: true
        case .poisson, .tweedie: target >= 0
        case .gamma: target > 0
        }
    }

    /// The least mean that a deviance is taken at: an answer of zero would make it infinite.
    private static let leastMean = 1e-12

    /// What a row adds to the mean that `figure` is, or whose root it is.
    ///
    /// Deviances as in scikit-learn's `mean_tweedie_deviance`: 2 (y log(y/m) − y + m), 2 (log(m/y) + y/m − 1) and
    /// 2 (y^(2−p) / ((1−p)(2−p)) − y m^(1−p) / (1−p) + m^(2−p) / (2−p)).
    func loss(_ score: Double, _ target: Double) -> Double {
        switch self {
        case .squared: return (score - target) * (score - target)
        case .absolute: return abs(score - target)
        case .quantile(let level): return target >= score ? level * (target - score) : (1 - level) * (score - target)
        case .poisson:
            let mean = max(score, Self.leastMean)
            return 2 * ((target > 0 ? target * log(target / mean) : 0) - target + mean)
        case .gamma:
            let (mean, own) = (max(score, Self.leastMean), max(target, Self.leastMean))
            return 2 * (log(mean / own) + own / mean - 1)
        case .tweedie(let p):
            let (mean, own) = (max(score, Self.leastMean), max(target, 0))
            let parts = (pow(own, 2 - p) / ((1 - p) * (2 - p)), own * pow(mean, 1 - p) / (1 - p), pow(mean, 2 - p) / (2 - p))
            return 2 * (parts.0 - parts.1 + parts.2)
        }
    }
}

extension String {
    /// A number that was checked when the settings were made.
    fileprivate var number: Double { Double(self) ?? 0 }
}
