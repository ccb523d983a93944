import Foundation
package import Tabular

extension Evaluation {
    /// How often the errors of calibration are drawn anew.
    private static let calibrationDraws = 400

    /// The expected calibration errors of two models on the same rows, as `CalibrationReport` has them, with the interval of their difference; nil
    /// for numbers.
    ///
    /// The error is Σ |S| / n over the ten groups of each model's rows, S being what came true in a group less what was promised. Both are
    /// drawn anew together: the parts that lie in the same groups of both, from the normal distribution that a bootstrap with Poisson weights
    /// (Hanley and MacGibbon 2006) has in the limit, with mean Σ r and variance Σ r² over the rows' residuals r. Rows that go together are one
    /// residual. Draws seem worse than the rows, by as much for both models, so that the interval lies about the difference that was found.
    /// Complexity: O(n log n).
    package static func pairedCalibration(
        first: [Double], second: [Double], targets: [Double], task: PredictionTask, groups: RowGroups? = nil
    ) -> PairedFigure? {
        guard task != .regression, !targets.isEmpty else { return nil }
        let (a, b) = (Residuals(first, targets), Residuals(second, targets))
        let figure = PairedFigure(name: "calibration", first: a.error, second: b.error, lower: 0, upper: 0, higherIsBetter: false)
        guard first != second else { return figure }
        let cells = CalibrationCell.all(a, b, groups)
        var random = SplitMix64(state: 0)
        let draws = (0..<calibrationDraws).map { _ in
            var sums = (a: [Double](repeating: 0, count: a.groups), b: [Double](repeating: 0, count: b.groups))
            for cell in cells {
                let drawn = cell.drawn(&random)
                sums.a[cell.a] += drawn.a
                sums.b[cell.b] += drawn.b
            }
            return (sums.b.reduce(0) { $0 + abs($1) } - sums.a.reduce(0) { $0 + abs($1) }) / Double(targets.count)
        }.sorted()
        let edge = calibrationDraws / 40
        let shift = figure.difference - draws.reduce(0, +) / Double(draws.count)
        return PairedFigure(
            name: figure.name, first: figure.first, second: figure.second, lower: draws[edge] + shift,
            upper: draws[calibrationDraws - 1 - edge] + shift, higherIsBetter: false)
    }

    /// The calibration error that a model which keeps its word perfectly shows on so few rows by chance: Σ √(2 Σ r² / π) / n.
    package static func calibrationNoise(_ scores: [Double], targets: [Double], groups: RowGroups? = nil) -> Double {
        let residuals = Residuals(scores, targets)
        var squares = [Double](repeating: 0, count: residuals.groups)
        for cell in CalibrationCell.all(residuals, residuals, groups) { squares[cell.a] += cell.squares.a }
        return squares.reduce(0) { $0 + (2 * $1 / Double.pi).squareRoot() } / Double(max(1, targets.count))
    }
}

/// What came true less what was promised, row by row, and the group of about equal probability that each row is in.
private struct Residuals {
    let values: [Double]
    let members: [Int]
    let groups: Int

    init(_ scores: [Double], _ targets: [Double]) {
        let pairs = CalibrationReport.pairs(scores, targets)
        values = pairs.map { ($0.isTrue ? 1 : 0) - $0.probability }
        let order = pairs.indices.sorted { pairs[$0].probability < pairs[$1].probability }
        let cuts = CalibrationReport.cuts(order.map { pairs[$0].probability })
        var members = [Int](repeating: 0, count: pairs.count)
        for (group, (start, end)) in zip(cuts, cuts.dropFirst() + [pairs.count]).enumerated() {
            for place in start..<end { members[order[place]] = group }
        }
        self.members = members
        groups = cuts.count
    }

    var error: Double {
        var sums = [Double](repeating: 0, count: groups)
        for (group, value) in zip(members, values) { sums[group] += value }
        return sums.reduce(0) { $0 + abs($1) } / Double(max(1, values.count))
    }
}

/// The rows that lie in one group of the first model and in one of the second.
private struct CalibrationCell {
    let a: Int
    let b: Int
    /// Σ r of both.
    var sums = (a: 0.0, b: 0.0)
    /// Σ r² of both, and Σ of the products.
    var squares = (a: 0.0, b: 0.0)
    var products = 0.0

    /// Rows that go together and lie in the same cell are one residual.
    static func all(_ a: Residuals, _ b: Residuals, _ groups: RowGroups?) -> [CalibrationCell] {
        var cells: [Int: CalibrationCell] = [:]
        var parts: [Int: (cell: Int, a: Double, b: Double)] = [:]
        for row in a.values.indices {
            let key = a.members[row] * b.groups + b.members[row]
            let part = groups.map { $0.members[row] * a.groups * b.groups + key } ?? row
            parts[part, default: (key, 0, 0)].a += a.values[row]
            parts[part, default: (key, 0, 0)].b += b.values[row]
        }
        for part in parts.keys.sorted() {
            guard let found = parts[part] else { continue }
            cells[found.cell, default: CalibrationCell(a: found.cell / b.groups, b: found.cell % b.groups)].add(found.a, found.b)
        }
        return cells.keys.sorted().compactMap { cells[$0] }
    }

    private mutating func add(_ first: Double, _ second: Double) {
        sums = (sums.a + first, sums.b + second)
        squares = (squares.a + first * first, squares.b + second * second)
        products += first * second
    }

    /// Both sums, drawn anew.
    func drawn(_ random: inout SplitMix64) -> (a: Double, b: Double) {
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
        let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &random)
        let (one, other) = (radius * cos(angle), radius * sin(angle))
        let own = squares.a.squareRoot()
        let shared = own > 0 ? products / own : 0
        let rest = max(0, squares.b - shared * shared).squareRoot()
        return (sums.a + own * one, sums.b + shared * one + rest * other)
    }
}
