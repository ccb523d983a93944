import Foundation
import Tabular

extension Evaluation {
    /// Classes beyond which figures of each one are left out.
    private static let mostClassFigures = 50
    private static let resamples = 200

    /// `scores` row-major `[rows, classes]`; without names only the area, the log loss and the accuracy.
    static func multiclass(
        _ scores: [Double], _ targets: [Double], _ names: [String]?, _ groups: RowGroups? = nil, _ judgement: Judgement = Judgement()
    ) -> [Metric] {
        let n = targets.count
        let classes = scores.count / n
        let truths = targets.map { Int(exactly: $0) ?? -1 }
        guard scores.allSatisfy(\.isFinite), truths.allSatisfy({ (0..<classes).contains($0) }) else { return [] }
        var result: [Metric] = []
        if let area = MacroArea(scores: scores, targets: targets, groups: groups) { result.append(Self.area(area, of: n)) }
        let losses = truths.indices.map { -log(max(scores[$0 * classes + truths[$0]], 1e-15)) }
        result.append(mean("logLoss", judgement.weighed(losses), higherIsBetter: false, groups))
        let confusion = Confusion(scores: scores, truths: truths, classes: classes, groups)
        result.append(share("accuracy", confusion.right, of: n, groups?.effective()))
        guard let names else { return result }
        result.append(confusion.balancedAccuracy)
        result.append(confusion.macroF1(resamples: resamples))
        let squares = truths.indices.map { row in
            (0..<classes).reduce(0) { sum, k in
                let error = scores[row * classes + k] - (truths[row] == k ? 1 : 0)
                return sum + error * error
            }
        }
        result.append(mean("brier", judgement.weighed(squares), higherIsBetter: false, groups))
        guard classes <= mostClassFigures else { return result }
        for k in 0..<classes {
            let name = names.indices.contains(k) ? names[k] : "\(k)"
            let (actual, predicted) = (confusion.actual[k], confusion.predicted[k])
            if actual > 0 { result.append(share("recall \(name)", confusion.hits[k], of: actual, confusion.worth(actual: k))) }
            if predicted > 0 { result.append(share("precision \(name)", confusion.hits[k], of: predicted, confusion.worth(predicted: k))) }
        }
        return result
    }
}

/// What was predicted of each class: the likeliest one, the first among equals.
private struct Confusion {
    struct Cell {
        var truth, answer, count: Int
        /// Rows that one row of its own stands for: more than 1 where rows go together.
        var weight = 1.0

        /// How many rows of their own they are worth.
        var worth: Double { Double(count) / weight }
    }

    private let cells: [Cell]
    private let classes: Int
    private(set) var hits: [Int]
    private(set) var actual: [Int]
    private(set) var predicted: [Int]

    var right: Int { hits.reduce(0, +) }
    private var rows: Int { actual.reduce(0, +) }

    /// Rows of a group that were answered differently are taken for groups of their own.
    init(scores: [Double], truths: [Int], classes: Int, _ groups: RowGroups?) {
        var counts: [Int: Int] = [:]
        var places: [Int: [Int]] = [:]
        for row in truths.indices {
            var best = 0
            for k in 1..<max(1, classes) where scores[row * classes + k] > scores[row * classes + best] { best = k }
            counts[truths[row] * classes + best, default: 0] += 1
            if groups != nil { places[truths[row] * classes + best, default: []].append(row) }
        }
        let cells = counts.sorted { $0.key < $1.key }.map { key, count in
            let own = places[key].flatMap { groups?.selecting($0) }?.effective() ?? Double(count)
            return Cell(truth: key / classes, answer: key % classes, count: count, weight: Double(count) / own)
        }
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

    /// How many rows of their own the rows of a class are worth.
    func worth(actual k: Int) -> Double { worth { $0.truth == k } }

    /// How many rows of their own the rows that were taken for a class are worth.
    func worth(predicted k: Int) -> Double { worth { $0.answer == k } }

    /// Of some cells together: (Σ s)² / Σ s² over their groups.
    private func worth(_ isTaken: (Cell) -> Bool) -> Double {
        let taken = cells.filter(isTaken)
        let total = taken.reduce(0.0) { $0 + Double($1.count) }
        let squares = taken.reduce(0.0) { $0 + Double($1.count) * $1.weight }
        return squares > 0 ? total * total / squares : 0
    }

    /// The mean recall of the classes that occur; recalls are independent of each other, so their variances add up.
    var balancedAccuracy: Metric {
        let present = (0..<classes).filter { actual[$0] > 0 }
        let recalls = present.map { Double(hits[$0]) / Double(actual[$0]) }
        let count = Double(max(1, present.count))
        let mean = recalls.reduce(0, +) / count
        let variance = zip(present, recalls).reduce(0) { $0 + $1.1 * (1 - $1.1) / worth(actual: $1.0) } / (count * count)
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
            let drawn = cells.map { cell in
                let worth = Double(Self.poisson(cell.worth, &random))
                return Cell(truth: cell.truth, answer: cell.answer, count: Int((worth * cell.weight).rounded()))
            }
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
