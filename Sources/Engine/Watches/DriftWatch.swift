import Monitoring

/// The drift of one deployment: the open window of its champion, the raise rule, the sequential watch on missing values.
struct DriftWatch {
    /// When windows close and alarms raise.
    let windowing: DriftWindowing
    /// The version whose reference the window is counted against.
    private(set) var version: UInt32?
    /// The open window.
    private(set) var window: WindowCounts?
    /// Two of three raise, three clean ones clear.
    private(set) var rule: RaiseRule
    /// The watch on each feature's missing rate.
    private(set) var missing: MissingJumpDetector?
    /// What the watch says is told once it has lasted.
    private var hold = MissingHold()
    /// Features whose missing rate has jumped, with what was seen when it did.
    private(set) var broken: [String: MissingChange] = [:]
    /// The verdict on the last closed window.
    private(set) var report: DriftReport?
    /// Clean windows in a row, up to as many as clear an alarm.
    private var cleanWindows = 0
    /// When the window was opened, UTC milliseconds.
    private(set) var openedAt: Int64

    init(windowing: DriftWindowing, now: Int64) {
        self.windowing = windowing
        rule = RaiseRule(windowing)
        openedAt = now
    }

    /// Begins anew against another version: what was counted against the old reference says nothing about the new one.
    mutating func begin(version: LoadedVersion?, now: Int64) {
        self.version = version?.number
        window = version.map { WindowCounts($0.profile, start: now) }
        missing = version.map { MissingJumpDetector(profile: $0.profile) }
        hold = MissingHold()
        rule = RaiseRule(windowing)
        broken = [:]
        report = nil
        cleanWindows = 0
        openedAt = now
    }

    /// Goes on with another version that has the same reference: what was counted stands.
    mutating func follow(_ version: LoadedVersion?) { self.version = version?.number }

    /// Whether nothing is raised, and as many windows were clean as clear an alarm.
    var isClear: Bool { !rule.isRaised && cleanWindows >= windowing.clearAfter }

    /// Folds a harvest of that version.
    mutating func fold(_ counts: WindowCounts, version number: UInt32, now: Int64) {
        guard number == version, window != nil else { return }
        hold.take(missing?.observe(counts: counts.missingCounts, rows: counts.n, at: now) ?? [], at: now)
        _ = window?.merge(counts)
    }

    /// The changes of missing rates that have lasted long enough to be told.
    mutating func settleMissing(at now: Int64) -> [MissingChange] {
        let changes = hold.settle(at: now)
        for change in changes {
            if change.isRaised { broken[change.feature] = change } else { broken[change.feature] = nil }
        }
        return changes
    }

    /// A feature that nothing may be learnt from now: its values are missing, or look as if they were.
    ///
    /// A drift alarm may come before the fault has lasted long enough to be told.
    var untrustworthy: String? { broken.keys.sorted().first ?? hold.suspects.first }

    /// Begins to measure drift anew, against the same version: what was counted during an upstream fault says nothing about the population.
    mutating func forgetFault(now: Int64) {
        window?.reset(start: now)
        rule = RaiseRule(windowing)
        report = nil
        cleanWindows = 0
        openedAt = now
    }

    /// Closes the window if it is full in rows and time: the verdict, and whether it raises or clears the alarm.
    mutating func close(champion: LoadedVersion, now: Int64, rowsPerSecond: Double, falseAlarmsPerDay: Double) -> (
        DriftReport, RaiseRule.Change?
    )? {
        guard var full = window, version == champion.number, full.n >= windowing.rows, now - openedAt >= windowing.milliseconds else {
            return nil
        }
        full.start = openedAt
        let seconds = max(Double(windowing.milliseconds) / 1_000, rowsPerSecond > 0 ? Double(windowing.rows) / rowsPerSecond : 86_400)
        let verdict = Drift.report(
            reference: champion.reference, window: full, end: now, windowsPerDay: 86_400 / seconds, falseAlarmsPerDay: falseAlarmsPerDay)
        report = verdict
        let isBad = verdict.features.contains { $0.state == .drift }
        cleanWindows = isBad ? 0 : min(cleanWindows + 1, windowing.clearAfter)
        let change = rule.observe(bad: isBad, windowStart: openedAt, at: now)
        window?.reset(start: now)
        openedAt = now
        return (verdict, change)
    }

    /// How full the open window is; nil without a champion.
    func fill(now: Int64) -> WindowFill? {
        guard let window else { return nil }
        return WindowFill(
            rows: window.n, rowsNeeded: windowing.rows, milliseconds: max(0, now - openedAt), millisecondsNeeded: windowing.milliseconds)
    }
}
