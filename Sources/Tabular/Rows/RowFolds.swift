/// A part of a cross-validation: what is learnt, and what it judges.
public struct RowFold: Sendable, Equatable {
    /// Rows to learn from, ascending.
    public var learning: [Int]
    /// Rows that judge, ascending.
    public var judging: [Int]
}

extension LabelledRows {
    /// Divides the rows into parts that judge in turn; what is kept learns all of them.
    ///
    /// By time, in blocks: after a first one, each is judged by what learnt the rows before it (without the units of the block), as
    /// scikit-learn's `TimeSeriesSplit`. By units: the largest first, each to the smallest part, as its `GroupKFold`. Else by the rows'
    /// positions, of each class (or of all rows of a regression) equally many, copies together.
    /// Complexity: O(rows · (width + log rows) + rows · folds).
    func crossDivided(by rule: SplitRule, folds count: Int) -> RowDivision {
        let wanted = min(max(count, SplitRule.foldRange.lowerBound), SplitRule.foldRange.upperBound)
        var used = rule
        var positions: [(deciding: Double, other: Double)] = []
        let folds: [RowFold]
        if rule.kind == .time, !times.isEmpty {
            folds = blocks(rule, wanted)
        } else if rule.group != nil {
            used.kind = .group
            folds = Self.folds(unitFolds(rule, wanted), wanted)
            positions = unitPositions(rule).map { ($0, $0) }
        } else {
            let found = contentPositions(rule)
            used.kind = .stratified
            used.tellsCopiesApart = found.isApart
            folds = Self.folds(classFolds(found.deciding, wanted), wanted)
            positions = zip(found.deciding, found.other).map { ($0, $1) }
        }
        let judging = folds.flatMap(\.judging).sorted()
        return RowDivision(
            learning: Array(0..<self.count), judging: judging, bounds: SplitBounds(rule: used, learntUntil: times.max()), folds: folds,
            positions: positions.isEmpty ? [] : judging.map { positions[$0] })
    }

    /// The rows of each part, and the others; parts without rows are left out.
    private static func folds(_ numbers: [Int], _ count: Int) -> [RowFold] {
        let folds = (0..<count).compactMap { fold -> RowFold? in
            let judging = numbers.indices.filter { numbers[$0] == fold }
            return judging.isEmpty ? nil : RowFold(learning: numbers.indices.filter { numbers[$0] != fold }, judging: judging)
        }
        // What nobody else judges is no cross-validation.
        return folds.count > 1 ? folds : []
    }

    private func blocks(_ rule: SplitRule, _ folds: Int) -> [RowFold] {
        let size = max(1, count / (folds + 1))
        let units = rule.group.map { self.units(of: $0) }
        var result: [RowFold] = []
        for fold in 0..<folds {
            let start = count - (folds - fold) * size
            guard start > 0 else { continue }
            let judging = Array(start..<(start + size))
            var learning = Array(0..<start)
            if let units { learning = without(judging, learning, units) }
            let classes = Set(learning.map { targets[$0] })
            // Before the first row of a second class there is nothing to tell apart.
            guard !learning.isEmpty, schema.target.task == .regression || classes.count > 1 else { continue }
            result.append(RowFold(learning: learning, judging: judging))
        }
        return result
    }

    /// The part of each row.
    private func unitFolds(_ rule: SplitRule, _ folds: Int) -> [Int] {
        let units = units(of: rule.group ?? "")
        var sizes: [UInt64: Int] = [:]
        for unit in units { sizes[unit, default: 0] += 1 }
        var rows = [Int](repeating: 0, count: folds)
        var parts: [UInt64: Int] = [:]
        for (unit, size) in sizes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let part = rows.indices.min { (rows[$0], $0) < (rows[$1], $1) } ?? 0
            rows[part] += size
            parts[unit] = part
        }
        return units.map { parts[$0] ?? 0 }
    }

    private func classFolds(_ positions: [Double], _ folds: Int) -> [Int] {
        let isRegression = schema.target.task == .regression
        var classes: [Double: [Int]] = [:]
        for (row, target) in targets.enumerated() { classes[isRegression ? 0 : target, default: []].append(row) }
        var result = [Int](repeating: 0, count: count)
        for members in classes.values {
            let ordered = members.sorted { (positions[$0], $0) < (positions[$1], $1) }
            var start = 0
            for (rank, row) in ordered.enumerated() {
                // Rows of one position stand together.
                if positions[row] != positions[ordered[start]] { start = rank }
                result[row] = start * folds / ordered.count
            }
        }
        return result
    }
}
