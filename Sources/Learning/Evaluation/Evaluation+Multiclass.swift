import Foundation
import Tabular

extension Evaluation {
    /// Classes beyond which figures of each one are left out.
    private static let mostClassFigures = 50
    private static let resamples = 200

    /// `scores` row-major `[rows, classes]`; without names only the area, the log loss and the accuracy.
    static func multiclass(_ scores: [Double], _ targets: [Double], _ names: [String]?) -> [Metric] {
        let n = targets.count
        let classes = scores.count / n
        let truths = targets.map { Int(exactly: $0) ?? -1 }
        guard scores.allSatisfy(\.isFinite), truths.allSatisfy({ (0..<classes).contains($0) }) else { return [] }
        var result: [Metric] = []
        if let area = MacroArea(scores: scores, targets: targets) { result.append(Self.area(area, of: n)) }
        result.append(
            mean("logLoss", truths.indices.map { -log(max(scores[$0 * classes + truths[$0]], 1e-15)) }, higherIsBetter: false))
        let confusion = Confusion(scores: scores, truths: truths, classes: classes)
        result.append(share("accuracy", confusion.right, of: n))
        guard let names else { return result }
        result.append(confusion.balancedAccuracy)
        result.append(confusion.macroF1(resamples: resamples))
        let squares = truths.indices.map { row in
            (0..<classes).reduce(0) { sum, k in
                let error = scores[row * classes + k] - (truths[row] == k ? 1 : 0)
                return sum + error * error
            }
        }
        result.append(mean("brier", squares, higherIsBetter: false))
        guard classes <= mostClassFigures else { return result }
        for k in 0..<classes {
            let name = names.indices.contains(k) ? names[k] : "\(k)"
            if confusion.actual[k] > 0 { result.append(share("recall \(name)", confusion.hits[k], of: confusion.actual[k])) }
            if confusion.predicted[k] > 0 { result.append(share("precision \(name)", confusion.hits[k], of: confusion.predicted[k])) }
        }
        return result
    }
}

/// What was predicted of each class: the likeliest one, the first among equals.
private struct Confusion {
    struct Cell {
        var truth, answer, count: Int
    }

    private let cells: [Cell]
    private let classes: Int
    private(set) var hits: [Int]
    private(set) var actual: [Int]
    private(set) var predicted: [Int]

    var right: Int { hits.reduce(0, +) }
    private var rows: Int { actual.reduce(0, +) }

    init(scores: [Double], truths: [Int], classes: Int) {
        var counts: [Int: Int] = [:]
        for row in truths.indices {
            var best = 0
            for k in 1..<max(1, classes) where scores[row * classes + k] > scores[row * classes + best] { best = k }
            counts[truths[row] * classes + best, default: 0] += 1
        }
        let cells = counts.sorted { $0.key < $1.key }.map { Cell(truth: $0.key / classes, answer: $0.key % classes, count: $0.value) }
        self.init(cells: cells, classes: classes)
    }

    private init(cells: [Cell], classes: Int) {
        self.cells = cells
        self.classes = classes
        hits = [Int](repeating: 0, count: classes)
        actual = hits
        predicted = hits
        for cell in cells {
            actual[cell.truth] += cell.count
            predicted[cell.answer] += cell.count
            if cell.truth == cell.answer { hits[cell.truth] += cell.count }
        }
    }

    /// The mean recall of the classes that occur; recalls are independent of each other, so their variances add up.
    var balancedAccuracy: Metric {
        let present = (0..<classes).filter { actual[$0] > 0 }
        let recalls = present.map { Double(hits[$0]) / Double(actual[$0]) }
        let count = Double(max(1, present.count))
        let mean = recalls.reduce(0, +) / count
        let variance = zip(present, recalls).reduce(0) { $0 + $1.1 * (1 - $1.1) / Double(actual[$1.0]) } / (count * count)
        let half = Evaluation.z * variance.squareRoot()
        return Metric(
            name: "balancedAccuracy", value: mean, lower: max(0, mean - half), upper: min(1, mean + half), n: rows,
            higherIsBetter: true, interval: "normal 95 % of a mean of shares")
    }

    private var f1: Double {
        let present = (0..<classes).filter { actual[$0] + predicted[$0] > 0 }
        return present.reduce(0) { $0 + 2 * Double(hits[$1]) / Double(actual[$1] + predicted[$1]) } / Double(max(1, present.count))
    }

    /// The mean F1 of the classes, its interval by resampling (percentiles; Efron 1979).
    ///
    /// Rows with the same truth and answer are alike, so counts are drawn, not rows: each a Poisson number about its own (Hanley and MacGibbon
    /// 2006), whatever the number of rows.
    func macroF1(resamples: Int) -> Metric {
        var random = SplitMix64(state: 0)
        let values = (0..<resamples).map { _ in
            let drawn = cells.map { Cell(truth: $0.truth, answer: $0.answer, count: Self.poisson(Double($0.count), &random)) }
            return Confusion(cells: drawn, classes: classes).f1
        }.sorted()
        let edge = resamples / 40
        return Metric(
            name: "macroF1", value: f1, lower: values[edge], upper: values[resamples - 1 - edge], n: rows, higherIsBetter: true,
            interval: "Poisson bootstrap 95 %, \(resamples) resamples")
    }

    /// By products of uniform numbers (Knuth) for small means; by the normal distribution, rounded, for others.
    private static func poisson(_ mean: Double, _ random: inout SplitMix64) -> Int {
        guard mean < 50 else {
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
            let normal = radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &random))
            return max(0, Int((mean + mean.squareRoot() * normal).rounded()))
        }
        let limit = exp(-mean)
        var product = Double.random(in: 0..<1, using: &random)
        var count = 0
        while product > limit {
            count += 1
            product *= Double.random(in: 0..<1, using: &random)
        }
        return count
    }
}
