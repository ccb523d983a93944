import Foundation

/// A mean over all rows from the few that have their truth and an estimate for each: valid whatever the estimates are worth, and narrower than
/// the truths alone where they are worth something.
///
/// Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, "Prediction-powered inference", with the weight of Angelopoulos, Duchi and Zrnic 2023
/// ("PPI++"), which is the one that makes the interval shortest. It takes the rows with a truth for a random part of all.
public struct PredictionPowered: Sendable, Equatable {
    /// The mean.
    public let value: Double
    /// Its standard error.
    public let standardError: Double
    /// The standard error of the mean of the truths alone.
    public let labelsAloneError: Double
    /// How much the estimates weigh, 0…1.
    public let weight: Double
    /// Degrees of freedom of the standard error.
    private let degrees: Double

    /// - Parameters:
    ///   - truths: what was found on rows with a truth, in the order in which they were answered.
    ///   - estimates: what was expected of the same rows.
    ///   - others: what is expected of rows without a truth.
    /// - Returns: nil for fewer than two rows with a truth, or rows that do not match. Complexity: O(rows).
    public init?(truths: [Double], estimates: [Double], others: [Double]) {
        guard truths.count == estimates.count, truths.count > 1 else { return nil }
        let n = Double(truths.count)
        let alone = DependentMean(truths)
        labelsAloneError = alone?.standardError ?? 0
        // Student's law as Welch and Satterthwaite put two standard errors together.
        func welch(_ first: DependentMean, _ second: DependentMean) -> Double {
            let (a, b) = (first.standardError * first.standardError, second.standardError * second.standardError)
            return a + b > 0 ? (a + b) * (a + b) / (a * a / first.degrees + b * b / second.degrees) : 1
        }
        guard others.count > 1 else {
            (value, standardError, weight, degrees) = (truths.reduce(0, +) / n, labelsAloneError, 0, alone?.degrees ?? 1)
            return
        }
        let share = n / Double(others.count)
        let all = Moments.of(estimates + others)
        let weight = all.variance > 0 ? min(1, max(0, Self.covariance(truths, estimates) / ((1 + share) * all.variance))) : 0
        let remainders = zip(truths, estimates).map { $0 - weight * $1 }
        guard let rest = DependentMean(remainders), let base = DependentMean(others.map { weight * $0 }) else { return nil }
        value = base.mean + rest.mean
        standardError = (base.standardError * base.standardError + rest.standardError * rest.standardError).squareRoot()
        self.weight = weight
        degrees = welch(base, rest)
    }

    /// Half of the 95 % interval.
    public var halfWidth: Double { standardError * DependentMean.student(degrees: degrees) }

    private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
        let (left, right) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
        return zip(a, b).reduce(0) { $0 + ($1.0 - left) * ($1.1 - right) } / Double(a.count - 1)
    }
}
