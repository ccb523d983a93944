import Tabular

extension Evaluation {
    /// Figures of two classes where a probability of one half or more decides for the positive one, and of the order of the scores.
    ///
    /// What the rows do not allow is left out: a precision without a row decided for, a recall or an F1 without one to find.
    static func decisions(_ scores: [Double], _ targets: [Double], _ groups: RowGroups? = nil) -> [Metric] {
        guard scores.allSatisfy(\.isFinite) else { return [] }
        var hits = 0
        var (found, actual) = (0, 0)
        for (score, target) in zip(scores, targets) {
            if score >= 0.5 { found += 1 }
            if target > 0.5 { actual += 1 }
            if score >= 0.5, target > 0.5 { hits += 1 }
        }
        let n = scores.count
        let negatives = n - actual
        var result: [Metric] = []
        let positives = groups?.effective { targets[$0] > 0.5 }
        let recall = actual > 0 ? share("recall", hits, of: actual, positives) : nil
        if let recall, negatives > 0 {
            let right = share("specificity", negatives - (found - hits), of: negatives, groups?.effective { targets[$0] <= 0.5 })
            result.append(balanced(recall, right, of: n))
        }
        if found > 0 { result.append(share("precision", hits, of: found, groups?.effective { scores[$0] >= 0.5 })) }
        if let recall {
            result.append(recall)
            let either = groups?.effective { scores[$0] >= 0.5 || targets[$0] > 0.5 }
            result.append(f1(share("f1", hits, of: found + actual - hits, either)))
        }
        if let value = averagePrecision(scores, targets) {
            let (lower, upper) = wilson(value, positives ?? Double(actual))
            result.append(
                Metric(
                    name: "averagePrecision", value: value, lower: lower, upper: upper, n: n, higherIsBetter: true,
                    interval: "Wilson 95 % over the positive rows"))
        }
        return result
    }

    /// The mean of two independent shares, its interval by squaring and adding the distances to the ends of theirs (Newcombe 1998).
    private static func balanced(_ recall: Metric, _ specificity: Metric, of n: Int) -> Metric {
        func length(_ end: (Metric) -> Double?) -> Double {
            let parts = [recall, specificity].map { (end($0) ?? $0.value) - $0.value }
            return parts.reduce(0) { $0 + $1 * $1 }.squareRoot() / 2
        }
        let value = (recall.value + specificity.value) / 2
        return Metric(
            name: "balancedAccuracy", value: value, lower: value - length(\.lower), upper: value + length(\.upper), n: n,
            higherIsBetter: true, interval: "Wilson 95 % of both recalls, squared and added")
    }

    /// F1 by the share of hits among the rows that are positive or were decided for.
    ///
    /// It grows with their share J, F1 = 2 J / (1 + J), so the share's interval gives its own.
    private static func f1(_ share: Metric) -> Metric {
        func scaled(_ share: Double) -> Double { 2 * share / (1 + share) }
        return Metric(
            name: "f1", value: scaled(share.value), lower: share.lower.map(scaled), upper: share.upper.map(scaled), n: share.n,
            higherIsBetter: true, interval: "Wilson 95 % of hits among rows that are positive or were taken for it")
    }

    /// The mean precision over recalls: Σ (Rᵢ − Rᵢ₋₁) Pᵢ over the distinct scores from the largest down; nil without a positive row.
    ///
    /// Its interval treats it as a share of the positive rows (the binomial interval of Boyd, Eng and Page 2013, in Wilson's form). Complexity: O(n log n).
    private static func averagePrecision(_ scores: [Double], _ targets: [Double]) -> Double? {
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        let positives = targets.count { $0 > 0.5 }
        guard positives > 0 else { return nil }
        var sum = 0.0
        var (hits, start) = (0, 0)
        while start < order.count {
            var end = start
            var gained = 0
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if targets[order[end]] > 0.5 { gained += 1 }
                end += 1
            }
            hits += gained
            sum += Double(gained) * Double(hits) / Double(end)
            start = end
        }
        return min(1, sum / Double(positives))
    }
}
