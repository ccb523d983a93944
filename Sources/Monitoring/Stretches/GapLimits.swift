import Foundation

/// What missing values may do in one column before a fault is told, replayed on the training.
///
/// Blocks of 25 rows, and two watches. *Part*: has a block ten points more gaps than usual? *Whole*: has it hardly a value? Each sums
/// log likelihood ratios of such blocks at a tolerated share against four in five (Page 1954), and is told beyond its limit: e¹⁴, or one and
/// a half times as far as the training's own gaps went.
public struct GapLimits: Codable, Sendable, Equatable {
    /// Rows of a block.
    public static let block = 25
    /// The least limit: a healthy column without runs of gaps raises about once in a million blocks.
    public static let leastLimit = 14.0
    /// From this share of missing values on a column is not watched.
    public static let unwatchedRate = 0.8

    /// One of the two watches.
    public struct Watch: Codable, Sendable, Equatable {
        /// Missing share from which a block counts.
        public var level: Double
        /// What a block that counts adds.
        public var up: Double
        /// What another block adds; negative.
        public var down: Double
        /// The sum beyond which a fault is told.
        public var limit: Double

        /// Blocks that count, one after the other, until a fault is told.
        var blocksToTell: Int { Int((limit / up).rounded(.down)) + 1 }
    }

    /// Missing share in training.
    public var rate: Double
    /// Ten points more than usual.
    public var part: Watch
    /// Hardly a value.
    public var whole: Watch

    init(rate: Double, part: Watch, whole: Watch) {
        self.rate = rate
        self.part = part
        self.whole = whole
    }

    /// Replays the training's rows, in their order; nil where too many are missing to be watched, and without rows.
    ///
    /// Complexity: O(rows).
    public init?(isMissing: [Bool]) {
        guard !isMissing.isEmpty else { return nil }
        let rate = Double(isMissing.count { $0 }) / Double(isMissing.count)
        guard rate < Self.unwatchedRate else { return nil }
        var shares: [Double] = []
        for start in stride(from: 0, through: isMissing.count - Self.block, by: Self.block) {
            shares.append(Double(isMissing[start..<(start + Self.block)].count { $0 }) / Double(Self.block))
        }
        self.rate = rate
        part = Self.replay(shares, level: rate + 0.1)
        whole = Self.replay(shares, level: 0.9)
    }

    private static func replay(_ shares: [Double], level: Double) -> Watch {
        let counting = shares.map { $0 >= level - 1e-9 }
        let share = shares.isEmpty ? 0 : Double(counting.count { $0 }) / Double(shares.count)
        let tolerated = min(0.5, 1.5 * share + 0.05)
        var watch = Watch(level: level, up: log(0.8 / tolerated), down: log(0.2 / (1 - tolerated)), limit: leastLimit)
        var sum = 0.0
        var greatest = 0.0
        for counts in counting {
            sum = max(0, sum + (counts ? watch.up : watch.down))
            greatest = max(greatest, sum)
        }
        watch.limit = max(leastLimit, 1.5 * greatest)
        return watch
    }

    /// The limits of a training whose order says nothing: its gaps tell nothing of runs.
    var withoutRuns: GapLimits {
        var result = self
        result.part.limit = Self.leastLimit
        result.whole.limit = Self.leastLimit
        return result
    }

    /// Rows of a whole loss until it is told, in blocks as they come.
    public var rowsToTell: Int { min(part.blocksToTell, whole.blocksToTell) * Self.block }

    /// In words: `a loss shows after 150 rows`, `gaps up to 267 rows are usual here; a loss shows after 400`.
    public var text: String {
        let usual = Int(whole.limit / 1.5 / whole.up) * Self.block
        guard whole.limit > Self.leastLimit, usual > 0 else { return "a loss shows after \(rowsToTell) rows" }
        return "gaps up to about \(usual) rows are usual here; a loss shows after \(rowsToTell)"
    }
}

/// The sequential test on each column's missing values, in blocks with limits that were replayed from the training.
public struct GapDetector: Sendable {
    private enum Kind: Sendable { case part, whole }

    private struct Column: Sendable {
        var name: String
        var limits: GapLimits?
        var sums = (part: 0.0, whole: 0.0)
        /// Rows and gaps of a block that is not full yet.
        var rows = 0
        var missing = 0
        /// Rows and gaps since the sums were last at zero.
        var run = (rows: 0, missing: 0, since: Int64(0))
        /// Which watch has told a fault.
        var told: Kind?
    }

    private var columns: [Column]

    /// A detector with the limits of each column; nil: not watched.
    public init(limits: [GapLimits?], names: [String]) {
        columns = zip(limits, names).map { Column(name: $1, limits: $0) }
    }

    var count: Int { columns.count }

    func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }

    /// A column's rate in training, what its long-term rate may be, and what is taken for broken.
    func limits(of index: Int) -> (name: String, reference: Double, tolerated: Double, broken: Double) {
        let rate = columns[index].limits?.rate ?? 1
        let tolerated = rate * 1.5 + 0.01
        return (columns[index].name, rate, tolerated, tolerated + 0.15)
    }

    /// Takes the missing counts of some rows, by column.
    ///
    /// Complexity: O(columns).
    public mutating func observe(counts: [Int], rows: Int, at now: Int64) -> [MissingChange] {
        guard rows > 0, counts.count == columns.count else { return [] }
        var changes: [MissingChange] = []
        for index in columns.indices {
            guard let limits = columns[index].limits else { continue }
            if let change = Self.observe(&columns[index], limits, missing: min(counts[index], rows), rows: rows, at: now) {
                changes.append(change)
            }
        }
        return changes
    }

    private static func observe(_ column: inout Column, _ limits: GapLimits, missing: Int, rows: Int, at now: Int64) -> MissingChange? {
        column.rows += rows
        column.missing += missing
        guard column.rows >= GapLimits.block else { return nil }
        defer { (column.rows, column.missing) = (0, 0) }
        if column.sums == (0, 0) { column.run = (0, 0, now) }
        column.run.rows += column.rows
        column.run.missing += column.missing
        let part = step(limits.part, column)
        let whole = step(limits.whole, column)
        let passed: Kind?
        switch column.told {
        case nil:
            column.sums = (max(0, column.sums.part + part), max(0, column.sums.whole + whole))
            passed = column.sums.part > limits.part.limit ? .part : column.sums.whole > limits.whole.limit ? .whole : nil
        case .some(let watch):
            let towards = watch == .part ? part : whole
            column.sums.part = max(0, column.sums.part - towards)
            passed = column.sums.part > GapLimits.leastLimit ? watch : nil
        }
        guard let passed else { return nil }
        let isRaised = column.told == nil
        column.told = isRaised ? passed : nil
        column.sums = (0, 0)
        return MissingChange(
            feature: column.name, isRaised: isRaised, rate: Double(column.run.missing) / Double(max(1, column.run.rows)),
            referenceRate: limits.rate, threshold: (passed == .part ? limits.part : limits.whole).level, n: column.run.rows,
            since: column.run.since)
    }

    /// What a harvest adds to a watch.
    ///
    /// One of many rows counts as the blocks that its gaps fill, so that a short gap inside it stays short.
    private static func step(_ watch: GapLimits.Watch, _ column: Column) -> Double {
        let share = Double(column.missing) / Double(column.rows)
        let block = Double(GapLimits.block)
        if share >= watch.level - 1e-9 { return max(1, Double(column.missing) / block) * watch.up }
        return Double(column.rows) / block * watch.down
    }
}
