/// The watch on each feature's missing values: when a jump is told, and when it is over.
///
/// Two rules, one after the other. At first a sequential test (`MissingJumpDetector`) that has held for some seconds (`MissingHold`) raises and
/// clears: an upstream fault is told at once. That test takes rows for independent; where gaps come in runs, run after run takes the end back,
/// and the alarm would stand for ever though no more is missing than ever was. So once a feature is told, its rate over a long stretch is
/// watched as well, and when that is within its usual limits the alarm clears. From then on the feature's gaps are known to come in runs, and
/// only its rate over a stretch raises it again.
///
/// Where the training's rows came in order, its own runs of gaps are known instead (`GapLimits`): what goes beyond them is told at once, and
/// nothing else has to be learnt from traffic.
public struct MissingWatch: Sendable {
    /// The sequential test.
    private enum Test: Sendable {
        /// Row by row, as if rows were independent: versions without a table of stretches.
        case rows(MissingJumpDetector)
        /// By blocks, with limits replayed from the training.
        case blocks(GapDetector)

        var count: Int {
            switch self {
            case .rows(let detector): detector.count
            case .blocks(let detector): detector.count
            }
        }

        func index(of name: String) -> Int? {
            switch self {
            case .rows(let detector): detector.index(of: name)
            case .blocks(let detector): detector.index(of: name)
            }
        }

        func limits(of index: Int) -> (name: String, reference: Double, tolerated: Double, broken: Double) {
            switch self {
            case .rows(let detector): detector.limits(of: index)
            case .blocks(let detector): detector.limits(of: index)
            }
        }

        mutating func observe(counts: [Int], rows: Int, at now: Int64) -> [MissingChange] {
            switch self {
            case .rows(var detector):
                defer { self = .rows(detector) }
                return detector.observe(counts: counts, rows: rows, at: now)
            case .blocks(var detector):
                defer { self = .blocks(detector) }
                return detector.observe(counts: counts, rows: rows, at: now)
            }
        }
    }

    private var detector: Test
    private var hold: MissingHold
    /// Whether the training's runs of gaps are known.
    private let knowsRuns: Bool
    private var stretches: [Int: MissingStretch] = [:]
    /// Features whose gaps come in runs, by name.
    private var clustered: Set<String> = []
    /// Of those, the ones that are told.
    private var raised: Set<String> = []

    /// A watch on the features of a profile.
    public init(profile: BoundProfile) {
        guard let table = profile.profile.stretches, table.columns.count == profile.names.count else {
            self.init(.rows(MissingJumpDetector(profile: profile)), knowsRuns: false)
            return
        }
        let limits = table.columns.map { table.hasOrder ? $0.gaps : $0.gaps?.withoutRuns }
        self.init(.blocks(GapDetector(limits: limits, names: profile.names)), knowsRuns: table.hasOrder)
    }

    /// A watch on features with those missing rates in training.
    public init(referenceRates: [Double], names: [String]) {
        self.init(.rows(MissingJumpDetector(referenceRates: referenceRates, names: names)), knowsRuns: false)
    }

    private init(_ detector: Test, knowsRuns: Bool) {
        self.detector = detector
        self.knowsRuns = knowsRuns
        hold = knowsRuns ? MissingHold(raiseMilliseconds: 0) : MissingHold()
    }

    /// Features that look broken now but have not done so for long enough to be told, by name.
    public var suspects: [String] { hold.suspects.filter { !clustered.contains($0) } }

    /// Whether nothing waits to be told: `settle` would return nothing.
    public var isQuiet: Bool { hold.isQuiet && stretches.isEmpty }

    /// Takes the missing counts of some rows, by feature, at UTC milliseconds.
    ///
    /// Complexity: O(features).
    public mutating func observe(counts: [Int], rows: Int, at now: Int64) {
        guard rows > 0, counts.count == detector.count else { return }
        hold.take(detector.observe(counts: counts, rows: rows, at: now), at: now)
        for index in stretches.keys { stretches[index]?.add(missing: min(counts[index], rows), rows: rows, at: now) }
    }

    /// The changes that are told now, each one once, by feature name.
    ///
    /// Complexity: O(waiting changes).
    public mutating func settle(at now: Int64) -> [MissingChange] {
        var told: [MissingChange] = []
        for change in hold.settle(at: now) where !clustered.contains(change.feature) {
            told.append(change)
            guard !knowsRuns, let index = detector.index(of: change.feature) else { continue }
            stretches[index] = change.isRaised ? MissingStretch(start: now) : nil
        }
        for (index, stretch) in stretches { if let change = judge(index, stretch, at: now) { told.append(change) } }
        return told.sorted { $0.feature < $1.feature }
    }

    /// What a feature's rate over a long stretch says.
    private mutating func judge(_ index: Int, _ stretch: MissingStretch, at now: Int64) -> MissingChange? {
        guard stretch.isLong(at: now) else { return nil }
        let limits = detector.limits(of: index)
        let isRaised = clustered.contains(limits.name) ? raised.contains(limits.name) : true
        if isRaised, stretch.rate <= limits.tolerated {
            clustered.insert(limits.name)
            raised.remove(limits.name)
        } else if !isRaised, stretch.rate > (limits.tolerated + limits.broken) / 2 {
            raised.insert(limits.name)
        } else {
            return nil
        }
        return MissingChange(
            feature: limits.name, isRaised: !isRaised, rate: stretch.rate, referenceRate: limits.reference, threshold: limits.tolerated,
            n: stretch.rows, since: stretch.start)
    }
}

/// A feature's rows and gaps over the last minutes.
struct MissingStretch: Sendable {
    /// Length, milliseconds.
    static let milliseconds: Int64 = 300_000
    /// Rows without which it says nothing; it is as long as it must be to hold them.
    static let minimumRows = 1_000
    /// Length of a part that is forgotten at once, milliseconds.
    private static let part: Int64 = 30_000

    private var parts: [(start: Int64, rows: Int, missing: Int)] = []
    private let begun: Int64
    /// Rows in all.
    private(set) var rows = 0
    private var missing = 0

    init(start: Int64) { begun = start }

    /// When the oldest row came that still counts, UTC milliseconds.
    var start: Int64 { parts.first?.start ?? begun }

    /// Share of gaps, 0…1.
    var rate: Double { rows == 0 ? 0 : Double(missing) / Double(rows) }

    /// Whether it is long enough in time and rows.
    func isLong(at now: Int64) -> Bool { now - begun >= Self.milliseconds && rows >= Self.minimumRows }

    mutating func add(missing count: Int, rows more: Int, at now: Int64) {
        if let last = parts.indices.last, now - parts[last].start < Self.part {
            parts[last].rows += more
            parts[last].missing += count
        } else {
            parts.append((now, more, count))
        }
        rows += more
        missing += count
        while let first = parts.first, now - first.start > Self.milliseconds, rows - first.rows >= Self.minimumRows {
            rows -= first.rows
            missing -= first.missing
            parts.removeFirst()
        }
    }
}
