import Monitoring
import Tabular

/// What a deployment's traffic says of stuck columns and of rows that come again, and the alarms for both.
struct SensorAlarms {
    /// The level at which a batch has more repeats than its training.
    private static let alpha = 0.001

    private let windowing: DriftWindowing
    private var watch: SensorWatch?
    private var version: UInt32?
    /// The columns that are stuck and told.
    private var told: [StuckColumn] = []
    private var rule: RaiseRule
    /// The last batch of rows.
    private var last: RowRepeats?
    /// Rows at which nothing was stuck for long enough, so that an earlier start's alarm is over too.
    private var isSettled = false
    /// Whether rows came since it was last asked.
    private(set) var isDue = false

    init(_ windowing: DriftWindowing) {
        self.windowing = windowing
        rule = RaiseRule(windowing)
    }

    /// Begins anew with another version.
    mutating func begin(_ version: LoadedVersion?) {
        let known = told
        self = SensorAlarms(windowing)
        self.version = version?.number
        watch = version.flatMap { SensorWatch($0.reference) }
        // What is told stays told until the new watch has seen enough to say that it is over.
        told = known
    }

    /// Goes on with another version that has the same reference.
    mutating func follow(_ version: LoadedVersion?) { self.version = version?.number }

    /// Takes the rows of a block that the version answered.
    mutating func see(_ block: TrafficBlock) {
        guard let version, watch != nil else { return }
        watch?.see(block, version: version)
        isDue = true
    }

    /// What is to be told of now.
    mutating func settle(_ facts: DriftWatch.Facts, _ categories: Categories, at now: Int64) -> [AlertEvent] {
        isDue = false
        guard watch != nil else { return [] }
        return settleStuck(facts, categories, at: now) + settleRepeats(facts, at: now)
    }

    private mutating func settleStuck(_ facts: DriftWatch.Facts, _ categories: Categories, at now: Int64) -> [AlertEvent] {
        let stuck = (watch?.stuck(categories) ?? []).filter { facts.tuning.mute($0.feature, at: now) == nil }
        let isEnough = (watch?.rows ?? 0) >= windowing.rows
        guard !stuck.isEmpty else {
            guard isEnough, !told.isEmpty || !isSettled else { return [] }
            (told, isSettled) = ([], true)
            return [.over(.stuck, because: "every column says something else again")]
        }
        let isNew = Set(stuck.map(\.feature)) != Set(told.map(\.feature))
        told = stuck
        guard isNew else { return [] }
        let names = SafeText.escape(stuck.prefix(3).map(\.feature).joined(separator: ", "))
        return [
            .found(
                Finding(
                    kind: .stuck, severity: .warning,
                    title: "\(facts.deployment): \(names) \(stuck.count == 1 ? "says" : "say") the same in row after row",
                    reasons: stuck.map { Self.reason($0) }, onset: stuck.map(\.since).min() ?? now))
        ]
    }

    private mutating func settleRepeats(_ facts: DriftWatch.Facts, at now: Int64) -> [AlertEvent] {
        guard let found = watch?.closeBatch(rows: windowing.rows, alpha: Self.alpha) else { return [] }
        last = found
        switch rule.observe(bad: found.isBad, windowStart: now, at: now) {
        case .raised(let onset):
            return [
                .found(
                    Finding(
                        kind: .repeats, severity: .warning, title: "\(facts.deployment): far more rows come again than in training",
                        reasons: [Self.reason(found)], onset: onset))
            ]
        case .cleared: return [.over(.repeats, because: "rows come again as seldom as in training")]
        case nil: return []
        }
    }

    /// Why the data light is not green: stuck columns, and repeats while their alarm stands.
    var reasons: [HealthReason] { told.map { Self.reason($0) } + (rule.isRaised ? last.map { [Self.reason($0)] } ?? [] : []) }

    private static func reason(_ column: StuckColumn) -> HealthReason {
        HealthReason(
            signal: "stuck \(column.feature)", light: .warn, value: Double(column.rows), threshold: Double(column.usual), unit: "rows",
            n: column.rows, since: column.since,
            text:
                "\(SafeText.escape(column.feature)) says \(SafeText.escape(String(column.value.prefix(24)))) in \(Figures.grouped(column.rows)) rows in a row, in training at most \(Figures.grouped(column.longestInTraining))"
        )
    }

    private static func reason(_ found: RowRepeats) -> HealthReason {
        HealthReason(
            signal: "repeated rows", light: .warn, value: found.share * 100, threshold: found.inTraining * 100, unit: "%", n: found.rows,
            since: 0,
            text:
                "\(Figures.short(found.share * 100)) % of \(Figures.grouped(found.rows)) rows came before, in training \(Figures.short(found.inTraining * 100)) %"
        )
    }
}
