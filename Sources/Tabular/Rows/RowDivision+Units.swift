/// Rows that go together, and divisions by a bound that no other row moves.
extension LabelledRows {
    /// Whose rows each one is: a hash of its value in a column, the same in every data set; of its own features where it has none.
    ///
    /// A category counts by its text. Rows whose text a full dictionary did not take have no unit. Complexity: O(rows · width).
    package func units(of column: String) -> [UInt64] {
        units(of: column, else: RowContents.hashes(self))
    }

    private func units(of column: String, else contents: [UInt64]) -> [UInt64] {
        guard let position = schema.index(of: column) else { return contents }
        let names = schema.features[position].kind == .categorical ? categories[column].table.names.map { $0.map(RowContents.hash) } : nil
        return contents.indices.map { row in
            let value = features[row * schema.width + position]
            guard value.isFinite else { return contents[row] }
            guard let names else { return SplitMix64.mixed(RowContents.bits(value) ^ Self.unitSalt) }
            guard let code = Int(exactly: value), names.indices.contains(code), let name = names[code] else { return contents[row] }
            return SplitMix64.mixed(name ^ Self.unitSalt)
        }
    }

    private static let unitSalt: UInt64 = 0x756E_6974

    /// Units of up to the share of all positions judge: a unit's side depends on nothing else.
    ///
    /// Where no unit lies there the first one judges, and where all do the last one is learnt. Complexity: O(rows · width).
    func grouped(_ rule: SplitRule, salt: UInt64 = 0) -> RowDivision {
        let positions = unitPositions(rule, salt: salt)
        var used = rule
        used.kind = .group
        return bounded(positions, positions, used)
    }

    /// Within 0..<1, one a row.
    func unitPositions(_ rule: SplitRule, salt: UInt64 = 0) -> [Double] {
        units(of: rule.group ?? "").map { Self.position(SplitMix64.mixed($0 &+ salt)) }
    }

    /// Rows of up to the share of all positions judge: a row's side depends on its features alone, given whether copies are told apart.
    func hashed(_ rule: SplitRule) -> RowDivision {
        let (deciding, other, isApart) = contentPositions(rule, keepsHeavy: true)
        var used = rule
        used.tellsCopiesApart = isApart
        return bounded(deciding, other, used)
    }

    private func bounded(_ deciding: [Double], _ other: [Double], _ rule: SplitRule) -> RowDivision {
        let least = deciding.min() ?? 0
        let greatest = deciding.max() ?? 0
        var bound = max(rule.share, least)
        if greatest <= bound { bound = deciding.filter { $0 < greatest }.max() ?? -1 }
        let judging = deciding.indices.filter { deciding[$0] <= bound }
        return RowDivision(
            learning: deciding.indices.filter { deciding[$0] > bound }, judging: judging,
            bounds: SplitBounds(rule: rule, judged: [bound]), positions: judging.map { (deciding[$0], other[$0]) })
    }

    /// The division without rows to learn from that go together with rows that judge: those of their units, or their copies.
    ///
    /// A division by time takes no notice of copies: rows that recur are what it is asked about.
    func purged(_ division: RowDivision) -> RowDivision {
        let rule = division.bounds.rule
        guard rule.group != nil || rule.kind == .file else { return division }
        var result = division
        if rule.group == nil {
            let contents = RowContents(self)
            let isApart = rule.tellsCopiesApart ?? contents.isCoincidence(self)
            result.bounds.rule.tellsCopiesApart = isApart
            guard !isApart else { return result }
        }
        result.learning = without(division.judging, division.learning, units(of: rule.group ?? ""))
        result.purged = division.learning.count - result.learning.count
        return result
    }

    /// The rows to learn from whose units do not judge.
    func without(_ judging: [Int], _ learning: [Int], _ units: [UInt64]) -> [Int] {
        let judged = Set(judging.map { units[$0] })
        return learning.filter { !judged.contains(units[$0]) }
    }

    /// Divides rows that a division left to learn from once more, for what is chosen or corrected on a part of them: units stay together.
    ///
    /// Without units as `split(holdout:)`. Complexity: O(rows · (width + log rows)).
    public func split(holdout: Double, inside rule: SplitRule?) -> (train: LabelledRows, holdout: LabelledRows) {
        guard let rule, let group = rule.group else { return split(holdout: holdout) }
        let inner = SplitRule(kind: rule.kind == .time ? .time : .group, share: holdout, group: group)
        // Other positions than those that decided who is here.
        let division = inner.kind == .time && !times.isEmpty ? divided(by: inner) : grouped(inner, salt: 1)
        return (selecting(division.learning), selecting(division.judging))
    }
}

extension RowDivision {
    /// The rows that are learnt or judge, in their order.
    public func used(of rows: LabelledRows) -> LabelledRows {
        purged == 0 ? rows : rows.selecting((learning + judging).sorted())
    }
}
