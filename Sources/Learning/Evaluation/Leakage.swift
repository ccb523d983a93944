import Foundation
public import Tabular

/// A column that tells the target by itself.
public struct LeakingFeature: Codable, Sendable, Equatable {
    /// The column.
    public var name: String
    /// How well the column alone ranks or explains the target on rows that it was not learnt from: an area under the curve, R² of ranks, or
    /// the share of several classes' entropy that it takes away.
    public var strength: Double
    /// `auc`, `r2` or `entropy`.
    public var metric: String
    /// Rows it was measured on.
    public var n: Int

    /// One line: what: where: what to do.
    public var description: String {
        let figure = metric == "entropy" ? "share of the classes' entropy" : metric
        return "column \(SafeText.escape(name)) alone tells the target: \(figure) \((strength * 1_000).rounded() / 1_000) on \(n) rows:"
            + " exclude it, or allow it with --allow-leakage and a --reason if it is known when a prediction is asked for"
    }
}

/// Looks for columns that are too good to be true: known only after what they predict, or a copy of it.
public enum Leakage {
    /// Area from which one column alone is suspect.
    public static let suspectAUC = 0.85
    /// Share of several classes' entropy from which one column alone is suspect.
    ///
    /// That a column tells one class from the others is no sign: an end of a scale is easily told.
    public static let suspectEntropy = 0.8
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
    /// target by heart. A number to predict counts by its rank, so that a few huge values decide nothing. Several classes: the share of the
    /// log loss of their rates alone that the groups' rates take away. Complexity: O(features · n log n) with n ≤ 20,000.
    public static func suspects(_ rows: LabelledRows) -> [LeakingFeature] {
        guard rows.count >= fewestRows, rows.features.count == rows.count * rows.schema.width else { return [] }
        let step = max(1, rows.count / mostRows)
        let picked = rows.selecting(Array(stride(from: 0, to: rows.count, by: step)))
        let target = rows.schema.target
        let isRegression = target.task == .regression
        let limit = isRegression ? suspectR2 : suspectAUC
        let truth = isRegression ? DeLong.midranks(picked.targets) : picked.targets
        var found: [LeakingFeature] = []
        for (column, feature) in rows.schema.features.enumerated()
        where feature.kind != .time && feature.role == nil && feature.name != rows.schema.groupColumn {
            let values = (0..<picked.count).map { picked.features[$0 * picked.schema.width + column] }
            if target.task == .multiclass {
                let group = feature.kind == .categorical ? byFrequency(values) : byValue(values) ?? byQuantile(values)
                let share = explainedEntropy(group, picked.targets, classes: target.classes.count)
                if share >= suspectEntropy {
                    found.append(LeakingFeature(name: feature.name, strength: share, metric: "entropy", n: picked.count))
                }
                continue
            }
            let group = feature.kind == .categorical ? byFrequency(values) : byQuantile(values)
            let estimates = crossFitted(group, truth)
            let grouped = isRegression ? explained(estimates, truth) : DeLong(scores: estimates, targets: truth)?.auc
            // Groups blur a number that ranks the target by itself; its own order has one thing to choose, the direction, and so learns nothing by heart.
            let direct = feature.kind == .categorical ? nil : inItsOrder(values, truth, isRegression: isRegression)
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
    private static func inItsOrder(_ values: [Double], _ truth: [Double], isRegression: Bool) -> Double? {
        let present = values.indices.filter { values[$0].isFinite }
        guard present.count * 2 >= values.count, present.count >= fewestRows else { return nil }
        let scores = present.map { values[$0] }
        let targets = present.map { truth[$0] }
        guard isRegression else { return DeLong(scores: scores, targets: targets).map { max($0.auc, 1 - $0.auc) } }
        return squaredCorrelation(DeLong.midranks(scores), targets)
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

    /// For each row the smoothed mean of its group among the rows of the other parity.
    private static func crossFitted(_ group: [Int], _ truth: [Double]) -> [Double] {
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

    /// By how much the classes' rates in a row's group, among the rows of the other parity, tell more than their rates in all: the share of
    /// the latter's log loss that is gone; conditional on the rates, so that a rare class counts by its rows.
    ///
    /// Complexity: O(rows + groups · classes).
    private static func explainedEntropy(_ group: [Int], _ targets: [Double], classes: Int) -> Double {
        var (loss, plainLoss) = (0.0, 0.0)
        for parity in 0...1 {
            var counts = [Double](repeating: 0, count: (mostGroups + 1) * classes)
            var totals = [Double](repeating: 0, count: mostGroups + 1)
            // One of each: a class that the half lacks is rare, not impossible.
            var rates = [Double](repeating: 1, count: classes)
            for row in stride(from: 1 - parity, to: targets.count, by: 2) {
                guard let truth = Int(exactly: targets[row]), truth < classes else { continue }
                counts[group[row] * classes + truth] += 1
                totals[group[row]] += 1
                rates[truth] += 1
            }
            let sum = rates.reduce(0, +)
            for row in stride(from: parity, to: targets.count, by: 2) {
                guard let truth = Int(exactly: targets[row]), truth < classes else { continue }
                let rate = rates[truth] / sum
                plainLoss -= log(rate)
                loss -= log((counts[group[row] * classes + truth] + smoothing * rate) / (totals[group[row]] + smoothing))
            }
        }
        return plainLoss > 0 ? 1 - loss / plainLoss : 0
    }

    /// Group 0 is for missing values, the others for one value each; nil where there are more.
    private static func byValue(_ values: [Double]) -> [Int]? {
        var numbers: [Double: Int] = [:]
        var result: [Int] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard value.isFinite else {
                result.append(0)
                continue
            }
            let number = numbers[value] ?? numbers.count + 1
            guard number <= mostGroups else { return nil }
            numbers[value] = number
            result.append(number)
        }
        return result
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
