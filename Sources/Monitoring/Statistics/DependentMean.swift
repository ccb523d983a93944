import Foundation

/// The mean of a series whose neighbours depend on each other, with a standard error that knows it.
///
/// The circular block bootstrap (Politis and Romano 1992) of a mean has its variance in closed form, so that nothing is drawn: blocks begin at
/// every row, and a resample's mean is the mean of n/b of them. The length of a block follows from the series' own correlations (Politis and
/// White 2004, with the correction of Patton, Politis and White 2009).
public struct DependentMean: Sendable, Equatable {
    /// The mean.
    public let mean: Double
    /// Its standard error.
    public let standardError: Double
    /// Rows of a block; 1 where neighbours do not depend on each other.
    public let block: Int
    /// Rows.
    public let count: Int

    /// Independent rows that would have this standard error: n over it.
    public let independentError: Double

    /// Of values in the order in which they came; nil for fewer than two.
    ///
    /// Complexity: O(n · log n) lags.
    public init?(_ values: [Double]) {
        guard values.count > 1 else { return nil }
        let n = values.count
        let center = values.reduce(0, +) / Double(n)
        let residues = values.map { $0 - center }
        let variance = residues.reduce(0) { $0 + $1 * $1 } / Double(n - 1)
        mean = center
        count = n
        independentError = (variance / Double(n)).squareRoot()
        let length = Self.blockLength(residues)
        block = length
        // Few blocks have too little variance, as n rows have with divisor n.
        let correction = Double(n) / Double(max(1, n - length))
        standardError = (Self.blockVariance(residues, length) * correction).squareRoot()
    }

    /// Half of the 95 % interval: Student's, with as many degrees of freedom as there are blocks but one.
    public var halfWidth: Double { standardError * Self.student(degrees: degrees) }

    /// Degrees of freedom of the standard error: as many as there are blocks but one.
    var degrees: Double { max(1, Double(count) / Double(block) - 1) }

    /// The 97.5 % quantile of Student's t, which is the root of F's 95 % quantile.
    static func student(degrees: Double) -> Double { FDistribution.upperQuantile(0.05, 1, degrees).squareRoot() }

    private static func blockVariance(_ residues: [Double], _ length: Int) -> Double {
        let n = residues.count
        var sum = residues[0..<length].reduce(0, +)
        var squares = 0.0
        for start in 0..<n {
            squares += sum * sum
            sum += residues[(start + length) % n] - residues[start]
        }
        return squares / Double(n) / Double(n) / Double(length)
    }

    private static func blockLength(_ residues: [Double]) -> Int {
        let n = residues.count
        let variance = residues.reduce(0) { $0 + $1 * $1 } / Double(n)
        guard variance > 0 else { return 1 }
        func covariance(_ lag: Int) -> Double {
            var sum = 0.0
            for index in 0..<(n - lag) { sum += residues[index] * residues[index + lag] }
            return sum / Double(n)
        }
        let most = min(n / 4, Int(Double(n).squareRoot()) * 3 + 10)
        let band = 2 * (log10(Double(n)) / Double(n)).squareRoot()
        let needed = max(5, Int(log10(Double(n)).squareRoot()))
        var found: [Double] = [variance]
        var quiet = 0
        var last = 0
        // The lag behind which correlations are no more than chance.
        for lag in 1...max(1, most) where quiet < needed {
            let value = covariance(lag)
            found.append(value)
            if abs(value / variance) < band {
                quiet += 1
            } else {
                quiet = 0
                last = lag
            }
        }
        guard last > 0 else { return 1 }
        let width = min(2 * last, most)
        while found.count <= width { found.append(covariance(found.count)) }
        var (spectrum, curvature) = (found[0], 0.0)
        for lag in 1...width {
            let x = Double(lag) / Double(width)
            let weight = x <= 0.5 ? 1 : 2 * (1 - x)
            spectrum += 2 * weight * found[lag]
            curvature += 2 * weight * Double(lag) * found[lag]
        }
        guard spectrum > 0 else { return max(1, last) }
        let length = pow(2 * curvature * curvature / (4.0 / 3 * spectrum * spectrum) * Double(n), 1.0 / 3)
        return min(max(1, Int(length.rounded(.up))), max(1, n / 5))
    }
}
