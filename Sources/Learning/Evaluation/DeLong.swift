/// The area under the ROC curve with its variance.
///
/// The variance is sound where both classes have `AreaInterval.ordinary` rows and the area is neither 0 nor 1; `interval` minds that.
/// Structural components by midranks (DeLong, DeLong and Clarke-Pearson 1988; fast form of Sun and Xu 2014). Complexity: O(n log n).
package struct DeLong {
    package let auc: Double
    package let variance: Double
    /// Of each positive row: the share of negatives that it beats.
    ///
    /// In the order of the rows.
    let positives: [Double]
    /// Of each negative row: the share of positives that beat it.
    let negatives: [Double]

    /// Nil unless both classes are there.
    package init?(scores: [Double], targets: [Double]) {
        let isPositive = targets.map { $0 > 0.5 }
        let m = isPositive.count { $0 }
        let n = scores.count - m
        guard m > 0, n > 0, scores.allSatisfy(\.isFinite) else { return nil }
        let all = Self.midranks(scores)
        let own = Self.midranks(zip(scores, isPositive).filter(\.1).map(\.0))
        let other = Self.midranks(zip(scores, isPositive).filter { !$0.1 }.map(\.0))
        var positives: [Double] = []
        var negatives: [Double] = []
        for index in scores.indices {
            if isPositive[index] {
                positives.append((all[index] - own[positives.count]) / Double(n))
            } else {
                negatives.append(1 - (all[index] - other[negatives.count]) / Double(m))
            }
        }
        self.positives = positives
        self.negatives = negatives
        auc = positives.reduce(0, +) / Double(m)
        variance = Self.covariance(positives, positives) / Double(m) + Self.covariance(negatives, negatives) / Double(n)
    }

    /// The variance of the difference of two areas on the same rows.
    package func varianceOfDifference(_ b: DeLong) -> Double {
        guard positives.count == b.positives.count, negatives.count == b.negatives.count else { return variance + b.variance }
        let shared =
            Self.covariance(positives, b.positives) / Double(positives.count) + Self.covariance(negatives, b.negatives)
            / Double(negatives.count)
        return variance + b.variance - 2 * shared
    }

    private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
        guard a.count > 1 else { return 0 }
        let n = Double(a.count)
        let meanA = a.reduce(0, +) / n
        let meanB = b.reduce(0, +) / n
        return zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) } / (n - 1)
    }

    /// Ranks from 1, equal values sharing their mean rank.
    static func midranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for position in start..<end { ranks[order[position]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }
}
