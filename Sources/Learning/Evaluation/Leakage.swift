import Foundation
public import Tabular

/// A column that tells the target by itself.
public struct LeakingFeature: Codable, Sendable, Equatable {
    /// The column.
    public var name: String
    /// How well the column alone ranks or explains the target on rows that it was not learnt from: an area under the curve, or R² of ranks.
    public var strength: Double
    /// `auc` or `r2`.
    public var metric: String
    /// Rows it was measured on.
    public var n: Int

    /// One line: what: where: what to do.
    public var description: String {
        "column \(SafeText.escape(name)) alone tells the target: \(metric) \((strength * 1_000).rounded() / 1_000) on \(n) rows: exclude it unless it is"
            + " known when a prediction is asked for"
    }
}

/// Looks for columns that are too good to be true: known only after what they predict, or a copy of it.
public enum Leakage {
    /// Area from which one column alone is suspect.
    public static let suspectAUC = 0.85
    /// Area from which one column alone is suspect to tell one of several classes from the others: an end of a scale is easily told.
    public static let suspectClassAUC = 0.95
    /// R² of the ranks from which one column alone is suspect.
    public static let suspectR2 = 0.9
    /// Rows that are looked at; evenly spread.
    private static let mostRows = 20_000
    /// Fewest rows that prove anything.
    private static let fewestRows = 100
    private static let mostGroups = 64
    /// Rows of a group, about, where there are few.
    private static let groupRows = 40
    /// Rows of pure prior that each group is mixed with.
    private static let smoothing = 1.0

    /// The columns that alone reach the suspect strength, the strongest first.
    ///
    /// Each column is cut into at most 64 groups (quantiles, or the most frequent texts, missing apart); the groups' mean targets on one half
    /// of the rows, smoothed, score the other half, and the other way round. Two halves, so that a column with many texts cannot learn the
    /// target by heart. A number to predict counts by its rank, so that a few huge values decide nothing. Complexity: O(features · n log n) with n ≤ 20,000.
    public static func suspects(_ rows: LabelledRows) -> [LeakingFeature] {
        guard rows.count >= fewestRows, rows.features.count == rows.count * rows.schema.width else { return [] }
        let step = max(1, rows.count / mostRows)
        let picked = rows.selecting(Array(stride(from: 0, to: rows.count, by: step)))
        let target = rows.schema.target
        let isRegression = target.task == .regression
        let limit = isRegression ? suspectR2 : target.task == .multiclass ? suspectClassAUC : suspectAUC
        // Several classes: each one told from the others.
        let truths =
            target.task == .multiclass
            ? target.classes.indices.map { index in picked.targets.map { $0 == Double(index) ? 1.0 : 0.0 } }
            : [isRegression ? DeLong.midranks(picked.targets) : picked.targets]
        var found: [LeakingFeature] = []
        for (column, feature) in rows.schema.features.enumerated() where feature.kind != .time {
            let values = (0..<picked.count).map { picked.features[$0 * picked.schema.width + column] }
            let group = feature.kind == .categorical ? byFrequency(values) : byQuantile(values)
            let estimates = crossFitted(group, truths)
            let grouped = isRegression ? explained(estimates[0], truths[0]) : bestArea(estimates, truths)
            // Groups blur a number that ranks the target by itself; its own order has one thing to choose, the direction, and so learns nothing by heart.
            let direct = feature.kind == .categorical ? nil : inItsOrder(values, truths, isRegression: isRegression)
            guard let strength = [grouped, direct].compactMap(\.self).max(), strength >= limit else { continue }
            found.append(LeakingFeature(name: feature.name, strength: strength, metric: isRegression ? "r2" : "auc", n: picked.count))
        }
        return found.sorted { ($1.strength, $0.name) < ($0.strength, $1.name) }
    }

    private static func explained(_ estimates: [Double], _ targets: [Double]) -> Double? {
        let mean = targets.reduce(0, +) / Double(targets.count)
        let spread = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let rest = zip(estimates, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return spread > 0 && spread.isFinite && rest.isFinite ? 1 - rest / spread : nil
    }

    /// How well the values themselves rank the target, whichever way round; nil when fewer than half of them are there.
    private static func inItsOrder(_ values: [Double], _ truths: [[Double]], isRegression: Bool) -> Double? {
        let present = values.indices.filter { values[$0].isFinite }
        guard present.count * 2 >= values.count, present.count >= fewestRows else { return nil }
        let scores = present.map { values[$0] }
        return truths.compactMap { truth -> Double? in
            let targets = present.map { truth[$0] }
            guard isRegression else { return DeLong(scores: scores, targets: targets).map { max($0.auc, 1 - $0.auc) } }
            return squaredCorrelation(DeLong.midranks(scores), targets)
        }.max()
    }

    private static func squaredCorrelation(_ x: [Double], _ y: [Double]) -> Double? {
        let n = Double(x.count)
        let meanX = x.reduce(0, +) / n
        let meanY = y.reduce(0, +) / n
        let xx = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let yy = y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
        let xy = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        let share = xy * xy / (xx * yy)
        return share.isFinite ? share : nil
    }

    private static func bestArea(_ estimates: [[Double]], _ truths: [[Double]]) -> Double? {
        zip(estimates, truths).compactMap { DeLong(scores: $0, targets: $1)?.auc }.max()
    }

    /// For each row the smoothed mean of its group among the rows of the other parity; once for each truth.
    private static func crossFitted(_ group: [Int], _ truths: [[Double]]) -> [[Double]] {
        truths.map { truth in
            var result = [Double](repeating: 0, count: truth.count)
            for parity in 0...1 {
                var sums = [Double](repeating: 0, count: mostGroups + 1)
                var counts = [Double](repeating: 0, count: mostGroups + 1)
                for row in stride(from: 1 - parity, to: truth.count, by: 2) {
                    sums[group[row]] += truth[row]
                    counts[group[row]] += 1
                }
                let prior = sums.reduce(0, +) / max(1, counts.reduce(0, +))
                for row in stride(from: parity, to: truth.count, by: 2) {
                    result[row] = (sums[group[row]] + smoothing * prior) / (counts[group[row]] + smoothing)
                }
            }
            return result
        }
    }

    /// Group 0 is for missing values, the others for equal shares of the sorted ones; equal values stay together.
    private static func byQuantile(_ values: [Double]) -> [Int] {
        let groups = min(mostGroups, max(2, values.count / groupRows))
        let order = values.indices.filter { values[$0].isFinite }.sorted { values[$0] < values[$1] }
        var result = [Int](repeating: 0, count: values.count)
        var last = 0
        for (rank, row) in order.enumerated() {
            let isEqual = rank > 0 && values[order[rank - 1]] == values[row]
            if !isEqual { last = 1 + rank * groups / order.count }
            result[row] = last
        }
        return result
    }

    /// Group 0 is for missing and rare texts, the others for the most frequent ones.
    private static func byFrequency(_ codes: [Double]) -> [Int] {
        var counts: [Double: Int] = [:]
        for code in codes where code.isFinite { counts[code, default: 0] += 1 }
        let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostGroups)
        let numbers = Dictionary(uniqueKeysWithValues: frequent.enumerated().map { ($1.key, $0 + 1) })
        return codes.map { numbers[$0] ?? 0 }
    }
}
