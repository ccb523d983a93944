/// Rows divided into a part to learn from and a part that judges.
public struct RowDivision: Sendable {
    /// Rows to learn from, ascending; of a cross-validation all of them.
    public var learning: [Int]
    /// Rows that judge, ascending.
    public var judging: [Int]
    /// What later versions need to know of it.
    public var bounds: SplitBounds
    /// The parts of a cross-validation, which together judge; nil without one.
    public var folds: [RowFold]?
    /// Rows on neither side: they go together with rows that judge, and stand before the cut or in the other file.
    public var purged = 0
    /// Of each row that judges, within 0..<1: the position that decided, and the one that would have, had its copies been told apart or not;
    /// empty by other rules than `stratified`, `hash` and `group`.
    var positions: [(deciding: Double, other: Double)] = []

    /// Those of some places in `judging` where another version may be set beside this one.
    ///
    /// Blocks of time were scored by what had learnt the rows before each: scores of different blocks are not of one scale, and the first ones come from
    /// few rows. The latest block stands for the version. Complexity: O(places).
    public func comparable(_ places: [Int]) -> [Int] {
        guard bounds.rule.kind == .time, let latest = folds?.last else { return places }
        let rows = Set(latest.judging)
        return places.filter { rows.contains(judging[$0]) }
    }

    /// The rows of `judging` that a version divided by these bounds never learnt, as places in `judging`; nil where the bounds do not tell.
    ///
    /// `times` and `targets` are those of the rows that judge. A row that has copies is taken only where both of its positions judge: whether the version took copies for one row does not matter
    /// then. Complexity: O(rows that judge).
    public func neverLearnt(by other: SplitBounds, times: [Int64], targets: [Double]) -> [Int]? {
        if let until = other.learntUntil, !times.isEmpty { return times.indices.filter { times[$0] > until } }
        guard let judged = other.judged, positions.count == judging.count, targets.count == judging.count,
            bounds.rule.unit == other.rule.unit
        else { return nil }
        return judging.indices.filter { place in
            let truth = judged.count == 1 ? 0 : Int(exactly: targets[place]) ?? -1
            guard judged.indices.contains(truth) else { return true }
            return max(positions[place].deciding, positions[place].other) <= judged[truth]
        }
    }
}

extension LabelledRows {
    /// The rule of this data where nobody gave one: by time where there is one.
    public func standardRule(share: Double) -> SplitRule { SplitRule(kind: times.isEmpty ? .stratified : .time, share: share) }

    /// The rule by which earlier releases divided this data, whose versions do not say.
    public func earlierRule(share: Double) -> SplitRule { SplitRule(kind: times.isEmpty ? .shuffled : .time, share: share) }

    /// A hash of each row's features: the same row has the same one in every data set of its layout.
    ///
    /// Complexity: O(values).
    package var contents: [UInt64] { RowContents.hashes(self) }

    /// Divides the rows by a rule; by time only where they have times.
    ///
    /// With two rows or more and a share inside 0...1 neither part is empty, unless all rows are of one unit, or purged, or a file's.
    /// Complexity: O(rows · (width + log rows)).
    public func divided(by given: SplitRule) -> RowDivision {
        var rule = given
        // A stored one may say anything.
        rule.share = given.share.isNaN ? 0 : min(max(given.share, 0), 1)
        if let folds = rule.folds { return crossDivided(by: rule, folds: folds) }
        switch rule.kind {
        case .time where !times.isEmpty:
            let cut = count - Self.part(of: count, share: rule.share)
            let bounds = SplitBounds(rule: rule, learntUntil: cut > 0 ? times[cut - 1] : .min)
            return purged(RowDivision(learning: Array(0..<cut), judging: Array(cut..<count), bounds: bounds))
        case .file:
            let cut = count - min(max(rule.heldRows ?? 0, 0), count)
            return purged(RowDivision(learning: Array(0..<cut), judging: Array(cut..<count), bounds: SplitBounds(rule: rule)))
        case .hash: return hashed(rule)
        case .group where rule.group != nil: return grouped(rule)
        case .time where rule.group != nil: return grouped(rule)
        case .shuffled:
            let isJudging = shuffled(share: rule.share)
            return RowDivision(
                learning: isJudging.indices.filter { !isJudging[$0] }, judging: isJudging.indices.filter { isJudging[$0] },
                bounds: SplitBounds(rule: rule))
        case .time, .stratified, .group: return stratified(rule)
        }
    }

    static func part(of count: Int, share: Double) -> Int {
        let size = Int((Double(count) * share).rounded())
        guard share > 0, share < 1, count > 1 else { return size }
        return min(max(size, 1), count - 1)
    }

    // MARK: By content

    /// Copies of one row up to which they stay together, whatever the data; more of them may be half of what judges of its class.
    private static let fewestTogether = 4
    private static let togetherShare = 0.5

    private func stratified(_ rule: SplitRule) -> RowDivision {
        let (deciding, other, isApart) = contentPositions(rule)
        let (isJudging, judged) = taken(deciding, share: rule.share)
        let judging = isJudging.indices.filter { isJudging[$0] }
        var used = rule
        used.kind = .stratified
        used.tellsCopiesApart = isApart
        return RowDivision(
            learning: isJudging.indices.filter { !isJudging[$0] }, judging: judging, bounds: SplitBounds(rule: used, judged: judged),
            positions: judging.map { (deciding[$0], other[$0]) })
    }

    /// Each row's position by its content, within 0..<1, and the one that it would have, had its copies been told apart or not.
    ///
    /// - Parameter keepsHeavy: whether even one row that is most of what judges of its class stays together.
    func contentPositions(
        _ rule: SplitRule, keepsHeavy: Bool = false
    ) -> (deciding: [Double], other: [Double], isApart: Bool) {
        let contents = RowContents(self)
        let isApart = rule.tellsCopiesApart ?? contents.isCoincidence(self)
        let heaviest = heaviest(share: rule.share)
        let isRegression = schema.target.task == .regression
        var (deciding, other) = ([Double](), [Double]())
        for row in 0..<count {
            let joint = Self.position(contents.hashes[row])
            let own = contents.copies[row] > 1 || isApart ? ownPosition(row, contents) : joint
            let isHeavy = !keepsHeavy && contents.copies[row] > heaviest[isRegression ? 0 : targets[row]] ?? 0
            let isAlone = isApart || isHeavy
            deciding.append(isAlone ? own : joint)
            other.append(isApart ? own : isAlone ? joint : own)
        }
        return (deciding, other, isApart)
    }

    /// By class: copies of one row up to which they stay together.
    private func heaviest(share: Double) -> [Double: Int] {
        let isRegression = schema.target.task == .regression
        var sizes: [Double: Int] = [:]
        for target in targets { sizes[isRegression ? 0 : target, default: 0] += 1 }
        return sizes.mapValues { max(Self.fewestTogether, Int(Self.togetherShare * share * Double($0))) }
    }

    /// The rows of each unit among those that judge, by a rule that knows units; else the copies, which a division by content takes for one
    /// row: they agree in all features and in the target.
    ///
    /// Nil where there are none, or where few columns of few values make them. With times too: only the sides are told by time.
    /// Complexity: O(rows · (width + log rows)).
    public func copies(in division: RowDivision) -> RowGroups? { copies(among: division.judging, by: division.bounds.rule) }

    /// The same for some of the rows, as a rule takes copies.
    public func copies(among rows: [Int], by rule: SplitRule) -> RowGroups? {
        if let column = rule.group {
            let units = units(of: column)
            return RowGroups(keys: rows.map { units[$0] }, areUnits: true)
        }
        let contents = RowContents(self)
        guard contents.firsts.count < count else { return nil }
        guard !(rule.tellsCopiesApart ?? contents.isCoincidence(self)) else { return nil }
        let heaviest = heaviest(share: rule.share)
        let isRegression = schema.target.task == .regression
        let keys = rows.map { row -> UInt64 in
            let isAlone = contents.copies[row] > heaviest[isRegression ? 0 : targets[row]] ?? 0
            let own = isAlone ? UInt64(row) : RowContents.bits(targets[row])
            return SplitMix64.mixed(contents.hashes[row] ^ SplitMix64.mixed(own))
        }
        return RowGroups(keys: keys)
    }

    /// Within 0..<1: 53 bits of the hash.
    static func position(_ hash: UInt64) -> Double { Double(hash >> 11) * 0x1p-53 }

    /// A row's own position: by its prediction id, where it has one, else by which of its copies it is.
    private func ownPosition(_ row: Int, _ contents: RowContents) -> Double {
        let hash = contents.hashes[row]
        if ids.indices.contains(row), ids[row] != 0 { return Self.position(SplitMix64.mixed(hash ^ SplitMix64.mixed(ids[row]))) }
        let ordinal = UInt64(contents.ordinals[row])
        return Self.position(ordinal == 0 ? hash : SplitMix64.mixed(hash &+ ordinal &* 0x9E37_79B9_7F4A_7C15))
    }

    /// Of each class the rows with the smallest positions, as many as come nearest to its share without taking equal ones apart.
    private func taken(_ positions: [Double], share: Double) -> (isJudging: [Bool], bounds: [Double]) {
        let isRegression = schema.target.task == .regression
        var classes: [Int: [Int]] = [:]
        for (row, target) in targets.enumerated() { classes[isRegression ? 0 : Int(exactly: target) ?? 0, default: []].append(row) }
        var isJudging = [Bool](repeating: false, count: count)
        var bounds = [Double](repeating: -1, count: isRegression ? 1 : max(1, schema.target.classes.count))
        let largest = classes.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
        for key in classes.keys.sorted() {
            let rows = (classes[key] ?? []).sorted { (positions[$0], $0) < (positions[$1], $1) }
            let size = classes.count == 1 ? Self.part(of: rows.count, share: share) : Int((Double(rows.count) * share).rounded())
            var end = 0
            while end < size {
                let next = rows[end...].firstIndex { positions[$0] > positions[rows[end]] } ?? rows.count
                // The nearer of both; the largest class gives something.
                if next - size > size - end, end > 0 || key != largest || next == rows.count { break }
                end = next
            }
            for row in rows[..<end] { isJudging[row] = true }
            if end > 0, bounds.indices.contains(key) { bounds[key] = positions[rows[end - 1]] }
        }
        if share > 0, share < 1, count > 1 {
            // All rows alike: nothing tells them apart but their place.
            if !isJudging.contains(true) { isJudging[count - 1] = true }
            if !isJudging.contains(false) { isJudging[0] = false }
        }
        return (isJudging, bounds)
    }

    // MARK: As earlier releases did

    private func shuffled(share: Double) -> [Bool] {
        var isJudging = [Bool](repeating: false, count: count)
        var random = SplitMix64(state: 0)
        var groups: [Double: [Int]] = [:]
        for (index, target) in targets.enumerated() { groups[schema.target.task == .regression ? 0 : target, default: []].append(index) }
        for key in groups.keys.sorted() {
            var group = groups[key] ?? []
            let size = groups.count == 1 ? Self.part(of: group.count, share: share) : Int((Double(group.count) * share).rounded())
            group.shuffle(using: &random)
            for index in group.prefix(size) { isJudging[index] = true }
        }
        let inside = share > 0 && share < 1 && count > 1
        if inside, !isJudging.contains(true) { isJudging[count - 1] = true }
        if inside, !isJudging.contains(false) { isJudging[0] = false }
        return isJudging
    }
}
