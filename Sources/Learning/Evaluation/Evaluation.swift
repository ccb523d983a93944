import Foundation
public import Tabular

/// Figures of quality on held-out rows, each with an interval.
public enum Evaluation {
    static let z = 1.959_963_984_540_054

    /// The figure by which versions are compared: `auc` or `rmse`.
    public static func primary(_ task: PredictionTask) -> String { task == .regression ? "rmse" : "auc" }

    /// Whether more of a primary figure is better.
    static func isHigherBetter(_ primary: String) -> Bool { primary == self.primary(.binary) }

    /// All figures of a task.
    ///
    /// Figures that the rows do not allow (an AUC of one class) are left out, and so is an area's interval with fewer than `fewestOfClass`
    /// rows of a class. `scores` is row-major `[rows, outputs]`; `classes` names the
    /// figures of each of several classes. Several classes: `auc` is the mean over the classes, each against the others.
    ///
    /// - Parameters:
    ///   - groups: rows that go together, such as copies: figures are those of all rows, intervals those of as many groups.
    ///   - judgement: the loss of a number that stands beside the usual figures, and weights of rows, by which means are taken; areas, and
    ///     shares of rows that were decided for, count each row once.
    public static func metrics(
        scores: [Double], targets: [Double], task: PredictionTask, classes: [String] = [], groups: RowGroups? = nil,
        judgement: Judgement = Judgement()
    ) -> [Metric] {
        guard !targets.isEmpty, !scores.isEmpty else { return [] }
        var result: [Metric] = []
        if task == .multiclass {
            result = scores.count % targets.count == 0 ? multiclass(scores, targets, classes, groups, judgement) : []
        } else if scores.count == targets.count {
            result = task == .regression ? regression(scores, targets, groups, judgement) : binary(scores, targets, groups, judgement)
        }
        guard let groups else { return result }
        return result.map { metric in
            var said = metric
            said.interval = metric.interval.map { $0 + (groups.areUnits ? byUnits : grouped) }
            return said
        }
    }

    /// What the name of an interval says where rows go together.
    private static let grouped = ", copies counted once"
    private static let byUnits = ", by units"

    private static func binary(_ scores: [Double], _ targets: [Double], _ groups: RowGroups?, _ judgement: Judgement) -> [Metric] {
        let n = scores.count
        var result: [Metric] = []
        if let area = DeLong(scores: scores, targets: targets, groups: groups) { result.append(Self.area(area, of: n)) }
        // Clipped as is usual, so that one certain mistake does not make the mean infinite.
        let losses = zip(scores, targets).map { score, target in
            let p = min(max(score, 1e-15), 1 - 1e-15)
            return target > 0.5 ? -log(p) : -log1p(-p)
        }
        result.append(mean("logLoss", judgement.weighed(losses), higherIsBetter: false, groups))
        let right = zip(scores, targets).count { ($0 >= 0.5) == ($1 > 0.5) }
        result.append(share("accuracy", right, of: n, groups?.effective()))
        let squares = zip(scores, targets).map { ($0 - $1) * ($0 - $1) }
        result.append(mean("brier", judgement.weighed(squares), higherIsBetter: false, groups))
        return result + decisions(scores, targets, groups)
    }

    private static func regression(_ scores: [Double], _ targets: [Double], _ groups: RowGroups?, _ judgement: Judgement) -> [Metric] {
        let errors = zip(scores, targets).map { $0 - $1 }
        let squares = mean("mse", judgement.weighed(errors.map { $0 * $0 }), higherIsBetter: false, groups)
        // The root of the mean's interval: monotone, so it covers as well.
        var result = [
            Metric(
                name: "rmse", value: squares.value.squareRoot(), lower: max(0, squares.lower ?? 0).squareRoot(),
                upper: max(0, squares.upper ?? 0).squareRoot(), n: errors.count, higherIsBetter: false,
                interval: "normal 95 % of the mean square"),
            mean("mae", judgement.weighed(errors.map { abs($0) }), higherIsBetter: false, groups),
            medianError(errors.map { abs($0) }, groups?.effective()),
            mean("bias", judgement.weighed(errors), higherIsBetter: false, groups),
        ]
        if !result.contains(where: { $0.name == judgement.objective.figure }) {
            let losses = zip(scores, targets).map { judgement.objective.loss($0, $1) }
            result.insert(mean(judgement.objective.figure, judgement.weighed(losses), higherIsBetter: false, groups), at: 0)
        }
        let weighed = judgement.weighed(targets)
        let average = weighed.reduce(0, +) / Double(targets.count)
        let squaresOfTargets = judgement.weighed(targets.map { ($0 - average) * ($0 - average) })
        let spread = squaresOfTargets.reduce(0, +) / Double(targets.count)
        if spread > 0 {
            result.append(
                Metric(
                    name: "r2", value: 1 - squares.value / spread, lower: squares.upper.map { 1 - $0 / spread },
                    upper: squares.lower.map { min(1, 1 - max(0, $0) / spread) }, n: errors.count, higherIsBetter: true,
                    interval: "normal 95 % of the mean square, spread taken as known"))
        }
        return result
    }

    /// The median, between two order statistics that enclose it whatever the distribution (David and Nagaraja 2003, 7.1).
    private static func medianError(_ sizes: [Double], _ effective: Double?) -> Metric {
        let sorted = sizes.sorted()
        let n = sorted.count
        let half = z * Double(n) / (2 * (effective ?? Double(n)).squareRoot())
        let lower = max(0, Int((Double(n) / 2 - half).rounded(.down)) - 1)
        let upper = min(n - 1, Int((Double(n) / 2 + half).rounded(.up)))
        return Metric(
            name: "medianError", value: (sorted[(n - 1) / 2] + sorted[n / 2]) / 2, lower: sorted[lower], upper: sorted[upper], n: n,
            higherIsBetter: false, interval: "order statistics 95 %")
    }

    static func mean(_ name: String, _ values: [Double], higherIsBetter: Bool, _ groups: RowGroups? = nil) -> Metric {
        let mean = values.reduce(0, +) / Double(values.count)
        let half = z * varianceOfMean(values, groups).squareRoot()
        return Metric(
            name: name, value: mean, lower: mean - half, upper: mean + half, n: values.count, higherIsBetter: higherIsBetter,
            interval: "normal 95 %")
    }

    /// The variance of the mean of some values; where rows go together, the deviations of a group are added before they are squared.
    static func varianceOfMean(_ values: [Double], _ groups: RowGroups?) -> Double {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        guard let groups else { return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1) / n }
        let count = Double(groups.count)
        let squares = groups.sums(values.map { $0 - mean }).reduce(0) { $0 + $1 * $1 }
        return squares / (n * n) * count / max(1, count - 1)
    }

    /// - Parameter effective: how many rows of their own the `n` rows are worth, where it is not all.
    static func share(_ name: String, _ count: Int, of n: Int, _ effective: Double? = nil) -> Metric {
        let (lower, upper) = wilson(Double(count) / Double(n), effective ?? Double(n))
        return Metric(
            name: name, value: Double(count) / Double(n), lower: lower, upper: upper, n: n, higherIsBetter: true, interval: "Wilson 95 %")
    }

    /// The 95 % interval of a share of `n` (Wilson 1927).
    static func wilson(_ share: Double, _ total: Double) -> (Double, Double) {
        let center = (share + z * z / (2 * total)) / (1 + z * z / total)
        let half = z / (1 + z * z / total) * (share * (1 - share) / total + z * z / (4 * total * total)).squareRoot()
        return (max(0, center - half), min(1, center + half))
    }

    /// The candidate's primary figure less the champion's on the same rows, with a paired 95 % interval.
    public static func compare(
        candidate: [Double], champion: [Double], targets: [Double], task: PredictionTask, groups: RowGroups? = nil
    ) -> (metric: String, difference: Double, lower: Double, upper: Double, higherIsBetter: Bool) {
        // The same answers differ by nothing, and rows that allow no figure allow any difference.
        guard let found = primary(first: champion, second: candidate, targets: targets, task: task, groups: groups) else {
            return candidate == champion ? ("auc", 0, 0, 0, true) : ("auc", 0, -1, 1, true)
        }
        return (found.name, found.difference, found.lower, found.upper, found.higherIsBetter)
    }
}
