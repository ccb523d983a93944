import Foundation

/// How far apart two distributions are: figures that are shown beside the population stability index, and judge nothing.
package enum Distances {
    /// The Jensen–Shannon distance of two rows of counts, base 2: 0 for equal shares, 1 where nothing is shared.
    ///
    /// As `scipy.spatial.distance.jensenshannon`; nil when one of them is empty. Complexity: O(bins).
    package static func jensenShannon(_ a: [Int], _ b: [Int]) -> Double? {
        let (n, m) = (Double(a.reduce(0, +)), Double(b.reduce(0, +)))
        guard n > 0, m > 0 else { return nil }
        let divergence = zip(a, b).reduce(0.0) { sum, pair in
            let (p, q) = (Double(pair.0) / n, Double(pair.1) / m)
            let middle = (p + q) / 2
            return sum + (p > 0 ? p * log2(p / middle) : 0) / 2 + (q > 0 ? q * log2(q / middle) : 0) / 2
        }
        return max(0, divergence).squareRoot()
    }

    /// The greatest difference between two shares of the same bin; nil when one row of counts is empty.
    package static func largestDifference(_ a: [Int], _ b: [Int]) -> Double? {
        let (n, m) = (Double(a.reduce(0, +)), Double(b.reduce(0, +)))
        guard n > 0, m > 0 else { return nil }
        return zip(a, b).reduce(0) { max($0, abs(Double($1.0) / n - Double($1.1) / m)) }
    }

    /// Pearson's χ² of two rows of counts, its chance under one distribution, and Cramér's V = √(χ²/N).
    ///
    /// Bins that are empty in both do not count. As `scipy.stats.chi2_contingency` without Yates' correction; nil below two bins or without rows.
    package static func chiSquared(_ a: [Int], _ b: [Int]) -> (statistic: Double, df: Int, pValue: Double, cramersV: Double)? {
        let (n, m) = (Double(a.reduce(0, +)), Double(b.reduce(0, +)))
        let bins = zip(a, b).filter { $0.0 + $0.1 > 0 }
        guard n > 0, m > 0, bins.count > 1 else { return nil }
        let statistic = bins.reduce(0.0) { sum, pair in
            let share = Double(pair.0 + pair.1) / (n + m)
            let (left, right) = (Double(pair.0) - share * n, Double(pair.1) - share * m)
            return sum + left * left / (share * n) + right * right / (share * m)
        }
        return (
            statistic, bins.count - 1, ChiSquared.upperTail(statistic, df: bins.count - 1), (statistic / (n + m)).squareRoot()
        )
    }

    /// How far apart the distribution functions of two streams of numbers are.
    package struct Gaps: Sendable, Equatable {
        /// The Kolmogorov–Smirnov statistic: the greatest difference between them, as `scipy.stats.ks_2samp`.
        package var greatest = 0.0
        /// The first Wasserstein distance, in the numbers' unit: the area between them, as `scipy.stats.wasserstein_distance`.
        package var area = 0.0
    }

    /// Both in one pass; nil when one of the streams is empty.
    ///
    /// Complexity: O(distinct numbers).
    package static func gaps(_ a: ValueRuns, _ b: ValueRuns) -> Gaps? {
        guard a.total > 0, b.total > 0 else { return nil }
        var gaps = Gaps()
        walk(a, b) { value, next, difference in
            let apart = abs(difference)
            if apart > gaps.greatest { gaps.greatest = apart }
            if let next { gaps.area += apart * (next - value) }
        }
        return gaps
    }

    /// Goes over the distinct numbers of both; hands out each, the next one, and the difference of the distribution functions between them.
    private static func walk(_ a: ValueRuns, _ b: ValueRuns, _ body: (_ value: Double, _ next: Double?, _ difference: Double) -> Void) {
        var (left, right, fromA, fromB) = (0, 0, 0, 0)
        var value = min(a.values[0], b.values[0])
        while true {
            if left < a.values.count, a.values[left] == value {
                fromA += a.counts[left]
                left += 1
            }
            if right < b.values.count, b.values[right] == value {
                fromB += b.counts[right]
                right += 1
            }
            let next: Double? =
                switch (left < a.values.count, right < b.values.count) {
                case (true, true): min(a.values[left], b.values[right])
                case (true, false): a.values[left]
                case (false, true): b.values[right]
                case (false, false): nil
                }
            body(value, next, Double(fromA) / Double(a.total) - Double(fromB) / Double(b.total))
            guard let next else { return }
            value = next
        }
    }
}
