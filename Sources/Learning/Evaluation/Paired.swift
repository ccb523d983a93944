import Foundation
public import Tabular

/// A figure of two models on the same rows, with the interval of its difference.
public struct PairedFigure: Codable, Sendable, Equatable {
    /// What the interval says of the second model against the first.
    public enum Verdict: String, Codable, Sendable {
        /// Better by its whole interval.
        case better
        /// Worse by its whole interval.
        case worse
        /// Both answer alike, as far as this figure tells.
        case same
        /// The interval holds zero: neither is shown to be better.
        case open = "not shown"
    }

    /// As in `Metric`: `auc`, `logLoss`, `rmse`, …; `calibration` is the expected calibration error.
    public var name: String
    /// Of the first model.
    public var first: Double
    /// Of the second.
    public var second: Double
    /// Lower end of the 95 % interval of second less first.
    public var lower: Double
    /// Upper end.
    public var upper: Double
    /// Whether more is better.
    public var higherIsBetter: Bool

    /// Makes a figure.
    public init(name: String, first: Double, second: Double, lower: Double, upper: Double, higherIsBetter: Bool) {
        self.name = name
        self.first = first
        self.second = second
        self.lower = lower
        self.upper = upper
        self.higherIsBetter = higherIsBetter
    }

    /// Second less first.
    public var difference: Double { second - first }

    /// The same with more as better: what the second model gains, at the least and at the most.
    public var gain: (least: Double, most: Double) { higherIsBetter ? (lower, upper) : (-upper, -lower) }

    /// What the interval says.
    public var verdict: Verdict {
        if lower == 0, upper == 0 { return .same }
        return gain.least > 0 ? .better : gain.most < 0 ? .worse : .open
    }

    /// The first model against the second.
    public var reversed: PairedFigure {
        PairedFigure(name: name, first: second, second: first, lower: -upper, upper: -lower, higherIsBetter: higherIsBetter)
    }
}

extension Evaluation {
    /// The figures of two models on the same rows, the primary one first, with paired 95 % intervals.
    ///
    /// What the rows do not allow is left out. `first` and `second` are row-major `[rows, outputs]`. Complexity: O(n log n), by class for the
    /// primary one.
    ///
    /// - Parameters:
    ///   - hasPrimary: whether the primary figure is wanted.
    ///   - judgement: the loss of a number that is the primary figure, and weights of rows, by which means are taken.
    public static func paired(
        first: [Double], second: [Double], targets: [Double], task: PredictionTask, groups: RowGroups? = nil, hasPrimary: Bool = true,
        judgement: Judgement = Judgement()
    ) -> [PairedFigure] {
        guard !targets.isEmpty, first.count == second.count, first.count % targets.count == 0, first.allSatisfy(\.isFinite),
            second.allSatisfy(\.isFinite)
        else { return [] }
        let own = rowFigures(second, targets, task)
        let others = rowFigures(first, targets, task)
        let means = zip(own, others).map { own, other in
            paired(own.name, other.values, own.values, groups, judgement, higherIsBetter: own.higherIsBetter)
        }
        let calibration = pairedCalibration(first: first, second: second, targets: targets, task: task, groups: groups)
        let primary =
            hasPrimary ? primary(first: first, second: second, targets: targets, task: task, groups: groups, judgement: judgement) : nil
        return [primary].compactMap(\.self) + means.filter { $0.name != primary?.name } + [calibration].compactMap(\.self)
    }

    /// The means of what each row adds to a figure of both.
    private static func paired(
        _ name: String, _ first: [Double], _ second: [Double], _ groups: RowGroups?, _ judgement: Judgement, higherIsBetter: Bool
    ) -> PairedFigure {
        let (own, other) = (judgement.weighed(second), judgement.weighed(first))
        let half = z * varianceOfMean(zip(own, other).map { $0 - $1 }, groups).squareRoot()
        let (a, b) = (mean(other), mean(own))
        return PairedFigure(name: name, first: a, second: b, lower: b - a - half, upper: b - a + half, higherIsBetter: higherIsBetter)
    }

    /// The primary figure of both; nil where the rows do not allow it.
    ///
    /// Binary: areas; several classes: their means. Regression: root mean squares, by the delta method on the paired squared errors, or the
    /// mean of another loss.
    static func primary(
        first: [Double], second: [Double], targets: [Double], task: PredictionTask, groups: RowGroups?, judgement: Judgement = Judgement()
    ) -> PairedFigure? {
        switch task {
        case .regression:
            let objective = judgement.objective
            guard objective != .squared else { return rootMeanSquares(first, second, targets, groups, judgement) }
            func losses(_ scores: [Double]) -> [Double] { zip(scores, targets).map { objective.loss($0, $1) } }
            return paired(objective.figure, losses(first), losses(second), groups, judgement, higherIsBetter: false)
        case .binary:
            guard let a = DeLong(scores: first, targets: targets, groups: groups),
                let b = first == second ? a : DeLong(scores: second, targets: targets, groups: groups)
            else { return nil }
            return areas(a, b, isSame: first == second)
        case .multiclass:
            guard let a = MacroArea(scores: first, targets: targets, groups: groups),
                let b = first == second ? a : MacroArea(scores: second, targets: targets, groups: groups)
            else { return nil }
            return areas(a, b, isSame: first == second)
        }
    }

    /// The same answers differ by nothing, however few the rows are.
    private static func areas<Area: RankedArea>(_ first: Area, _ second: Area, isSame: Bool) -> PairedFigure {
        let found = isSame ? (value: 0, lower: 0, upper: 0) : difference(second, first)
        return PairedFigure(
            name: "auc", first: first.auc, second: second.auc, lower: found.lower, upper: found.upper, higherIsBetter: true)
    }

    private static func rootMeanSquares(
        _ first: [Double], _ second: [Double], _ targets: [Double], _ groups: RowGroups?, _ judgement: Judgement
    ) -> PairedFigure {
        let own = judgement.weighed(zip(second, targets).map { ($0 - $1) * ($0 - $1) })
        let other = judgement.weighed(zip(first, targets).map { ($0 - $1) * ($0 - $1) })
        let (a, b) = (mean(own).squareRoot(), mean(other).squareRoot())
        // d√x = dx / 2√x for each mean square; their paired difference has this variance.
        let terms = zip(own, other).map { $0 / (2 * max(a, 1e-300)) - $1 / (2 * max(b, 1e-300)) }
        let half = z * varianceOfMean(terms, groups).squareRoot()
        return PairedFigure(name: "rmse", first: b, second: a, lower: a - b - half, upper: a - b + half, higherIsBetter: false)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    /// Figures that are means over rows, with what each row adds.
    private static func rowFigures(
        _ scores: [Double], _ targets: [Double], _ task: PredictionTask
    ) -> [(name: String, values: [Double], higherIsBetter: Bool)] {
        switch task {
        case .regression: return [("mae", zip(scores, targets).map { abs($0 - $1) }, false)]
        case .binary:
            return [
                ("logLoss", zip(scores, targets).map { logLoss($1 > 0.5 ? $0 : 1 - $0) }, false),
                ("brier", zip(scores, targets).map { ($0 - $1) * ($0 - $1) }, false),
                ("accuracy", zip(scores, targets).map { ($0 >= 0.5) == ($1 > 0.5) ? 1 : 0 }, true),
            ]
        case .multiclass:
            let classes = scores.count / targets.count
            let truths = targets.map { Int(exactly: $0) ?? -1 }
            guard truths.allSatisfy({ (0..<classes).contains($0) }) else { return [] }
            let rows = truths.enumerated().map { row, truth in (truth, scores[(row * classes)..<((row + 1) * classes)]) }
            return [
                ("logLoss", rows.map { truth, answers in logLoss(answers[answers.startIndex + truth]) }, false),
                (
                    "accuracy",
                    rows.map { truth, answers in
                        let best = answers.max() ?? 0
                        return answers.firstIndex(of: best).map { $0 - answers.startIndex } == truth ? 1 : 0
                    }, true
                ),
            ]
        }
    }

    /// Clipped as is usual, so that one certain mistake does not make the mean infinite.
    private static func logLoss(_ probability: Double) -> Double { -log(min(max(probability, 1e-15), 1)) }
}
