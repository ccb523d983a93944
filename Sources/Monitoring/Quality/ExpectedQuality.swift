import Foundation

/// A figure of quality without its truth, or with few truths.
public struct QualityFigure: Codable, Sendable, Equatable {
    /// As the realized figure of that name.
    public var name: String
    /// The figure.
    public var value: Double
    /// Its 95 % interval; nil where there is none in closed form.
    public var lower: Double?
    /// See `lower`.
    public var upper: Double?

    /// Makes a figure.
    public init(name: String, value: Double, lower: Double? = nil, upper: Double? = nil) {
        self.name = name
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// With an interval of so many standard errors of a normal law.
    init(name: String, value: Double, error: Double, in range: ClosedRange<Double>) {
        let half = 1.959_963_984_540_054 * error
        self.init(name: name, value: value, lower: max(range.lowerBound, value - half), upper: min(range.upperBound, value + half))
    }
}

/// What quality probabilities promise by themselves: confidence-based performance estimation.
///
/// A row that is answered with 0.8 is right in 80 of 100 cases, if probabilities keep their word: figures are their own expectations (NannyML's CBPE on
/// calibrated probabilities). The intervals are where the realized figure of as many rows lies. Blind to a changed relation between inputs and truth.
public enum ExpectedQuality {
    /// Of two classes: probabilities of the positive one.
    ///
    /// Precision, recall and F1 are ratios of expected counts at 0.5; those that have no denominator are left out. Complexity: O(n log n).
    public static func binary(_ scores: [Double]) -> [QualityFigure] {
        let rows = scores.filter { $0 >= 0 && $0 <= 1 }
        guard !rows.isEmpty else { return [] }
        let expected = rows.map { BinaryLosses($0) }
        var figures: [QualityFigure] = []
        if let area = area(rows) { figures.append(area) }
        figures.append(mean("accuracy", expected.map(\.accuracy), in: 0...1))
        figures.append(mean("logLoss", expected.map(\.logLoss), in: 0...(.infinity)))
        figures.append(mean("brier", expected.map(\.brier), in: 0...1))
        let positives = rows.reduce(0, +)
        let predicted = rows.filter { $0 >= 0.5 }
        let hits = predicted.reduce(0, +)
        if !predicted.isEmpty { figures.append(QualityFigure(name: "precision", value: hits / Double(predicted.count))) }
        if positives > 0 { figures.append(QualityFigure(name: "recall", value: hits / positives)) }
        if positives + Double(predicted.count) > 0 {
            figures.append(QualityFigure(name: "f1", value: 2 * hits / (positives + Double(predicted.count))))
        }
        return figures
    }

    /// Of several classes: rows of probabilities, `[n, classes]`.
    ///
    /// Complexity: O(n · classes · log n).
    public static func multiclass(_ scores: [Double], classes: Int) -> [QualityFigure] {
        guard classes > 1, scores.count >= classes, scores.count % classes == 0 else { return [] }
        let rows = scores.count / classes
        let areas = (0..<classes).compactMap { k in area((0..<rows).map { scores[$0 * classes + k] })?.value }
        var (right, losses): ([ExpectedLoss], [ExpectedLoss]) = ([], [])
        for row in 0..<rows {
            let probabilities = scores[(row * classes)..<((row + 1) * classes)]
            let best = probabilities.max() ?? 0
            right.append(ExpectedLoss(mean: best, square: best))
            losses.append(
                probabilities.reduce(into: ExpectedLoss(mean: 0, square: 0)) { sum, p in
                    guard p > 0 else { return }
                    sum.mean -= p * log(p)
                    sum.square += p * log(p) * log(p)
                })
        }
        var figures: [QualityFigure] = []
        if areas.count == classes { figures.append(QualityFigure(name: "auc", value: areas.reduce(0, +) / Double(classes))) }
        figures.append(mean("accuracy", right, in: 0...1))
        figures.append(mean("logLoss", losses, in: 0...(.infinity)))
        return figures
    }

    /// What is expected of each row's loss: the rows that a realized figure is the mean of, by its name.
    ///
    /// Complexity: O(scores).
    public static func losses(_ scores: [Double], outputs: Int) -> [String: [Double]] {
        guard outputs > 0, scores.count % outputs == 0 else { return [:] }
        if outputs == 1 {
            let rows = scores.map { BinaryLosses(min(1, max(0, $0))) }
            return ["accuracy": rows.map(\.accuracy.mean), "logLoss": rows.map(\.logLoss.mean), "brier": rows.map(\.brier.mean)]
        }
        let rows = (0..<(scores.count / outputs)).map { scores[($0 * outputs)..<(($0 + 1) * outputs)] }
        return [
            "accuracy": rows.map { $0.max() ?? 0 }, "logLoss": rows.map { $0.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 } },
        ]
    }

    /// The mean of rows' expected losses, where the realized mean of as many rows is expected.
    private static func mean(_ name: String, _ losses: [ExpectedLoss], in range: ClosedRange<Double>) -> QualityFigure {
        let n = Double(losses.count)
        let value = losses.reduce(0) { $0 + $1.mean } / n
        let square = losses.reduce(0) { $0 + $1.square } / n
        return QualityFigure(name: name, value: value, error: (max(0, square - value * value) / n).squareRoot(), in: range)
    }

    /// The area under the curve of expected hits over expected false alarms, equal scores in one step, with the standard error of Hanley and McNeil
    /// (1982) at the expected numbers of both classes; nil where one of them is not expected at all.
    private static func area(_ scores: [Double]) -> QualityFigure? {
        let positives = scores.reduce(0, +)
        let negatives = Double(scores.count) - positives
        guard positives > 1e-9, negatives > 1e-9 else { return nil }
        let sorted = scores.sorted(by: >)
        var (hits, alarms, area) = (0.0, 0.0, 0.0)
        var start = 0
        while start < sorted.count {
            var (newHits, newAlarms) = (hits, alarms)
            var end = start
            while end < sorted.count, sorted[end] == sorted[start] {
                newHits += sorted[end]
                newAlarms += 1 - sorted[end]
                end += 1
            }
            area += (newAlarms - alarms) * (hits + newHits) / 2
            (hits, alarms, start) = (newHits, newAlarms, end)
        }
        area /= positives * negatives
        let (q1, q2) = (area / (2 - area), 2 * area * area / (1 + area))
        let variance =
            (area * (1 - area) + max(0, positives - 1) * (q1 - area * area) + max(0, negatives - 1) * (q2 - area * area))
            / (positives * negatives)
        return QualityFigure(name: "auc", value: area, error: max(0, variance).squareRoot(), in: 0...1)
    }
}

/// The expectation of a row's loss and of its square over the truth.
struct ExpectedLoss: Sendable {
    var mean: Double
    var square: Double
}

/// The expected losses of a row whose positive class has a probability.
struct BinaryLosses: Sendable {
    let accuracy: ExpectedLoss
    let logLoss: ExpectedLoss
    let brier: ExpectedLoss

    init(_ p: Double) {
        let right = max(p, 1 - p)
        accuracy = ExpectedLoss(mean: right, square: right)
        let (ifTrue, ifFalse) = (-log(max(p, 1e-15)), -log(max(1 - p, 1e-15)))
        logLoss = ExpectedLoss(mean: p * ifTrue + (1 - p) * ifFalse, square: p * ifTrue * ifTrue + (1 - p) * ifFalse * ifFalse)
        let (missed, mistaken) = ((1 - p) * (1 - p), p * p)
        brier = ExpectedLoss(mean: p * missed + (1 - p) * mistaken, square: p * missed * missed + (1 - p) * mistaken * mistaken)
    }
}
