package import Tabular

/// The area under the ROC curve with its variance.
///
/// The variance is sound where both classes have `AreaInterval.ordinary` rows and the area is neither 0 nor 1; `interval` minds that.
/// Structural components by midranks (DeLong, DeLong and Clarke-Pearson 1988; fast form of Sun and Xu 2014).
/// Where rows go together, the components of a group are added before they are squared (Obuchowski 1997, with each class's number of groups in
/// the place of its rows). Complexity: O(n log n).
package struct DeLong {
    package let auc: Double
    package let variance: Double
    /// Of each positive row: the share of negatives that it beats.
    ///
    /// In the order of the rows.
    let positives: [Double]
    /// Of each negative row: the share of positives that beat it.
    let negatives: [Double]
    /// How many rows of their own those of each class are worth.
    let effective: (positives: Double, negatives: Double)
    /// Groups that have a row of a class.
    private let groupCounts: (positives: Int, negatives: Int)
    /// What each group pulls the area by; nil where each row is its own.
    private let pulls: [Double]?

    /// Nil unless both classes are there.
    package init?(scores: [Double], targets: [Double], groups: RowGroups? = nil) {
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
        guard let groups else {
            effective = (Double(m), Double(n))
            groupCounts = (m, n)
            pulls = nil
            variance = Self.covariance(positives, positives) / Double(m) + Self.covariance(negatives, negatives) / Double(n)
            return
        }
        effective = (groups.effective { isPositive[$0] }, groups.effective { !isPositive[$0] })
        groupCounts = (groups.count { isPositive[$0] }, groups.count { !isPositive[$0] })
        let sums = groups.sums(Self.influences(targets, positives, negatives, auc: auc, groupCounts))
        pulls = sums
        variance = sums.reduce(0) { $0 + $1 * $1 }
    }

    /// The variance of the difference of two areas on the same rows.
    package func varianceOfDifference(_ b: DeLong) -> Double {
        guard positives.count == b.positives.count, negatives.count == b.negatives.count else { return variance + b.variance }
        if let pulls, let others = b.pulls, pulls.count == others.count {
            return zip(pulls, others).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let shared =
            Self.covariance(positives, b.positives) / Double(positives.count) + Self.covariance(negatives, b.negatives)
            / Double(negatives.count)
        return variance + b.variance - 2 * shared
    }

    /// What each row pulls the area by, in the order of the rows: the squares of its groups' sums sum to the variance.
    func influences(_ targets: [Double]) -> [Double] { Self.influences(targets, positives, negatives, auc: auc, groupCounts) }

    private static func influences(
        _ targets: [Double], _ positives: [Double], _ negatives: [Double], auc: Double, _ groups: (positives: Int, negatives: Int)
    ) -> [Double] {
        /// One group has no spread (areas of so few have no interval by it); with two or more the divisor of a sample's variance.
        func scale(_ groups: Int, _ rows: Int) -> Double {
            groups > 1 ? (Double(groups) / Double(groups - 1)).squareRoot() / Double(rows) : 0
        }
        let (own, other) = (scale(groups.positives, positives.count), scale(groups.negatives, negatives.count))
        var next = (positive: 0, negative: 0)
        return targets.map { target in
            if target > 0.5 {
                next.positive += 1
                return (positives[next.positive - 1] - auc) * own
            }
            next.negative += 1
            return (negatives[next.negative - 1] - auc) * other
        }
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
