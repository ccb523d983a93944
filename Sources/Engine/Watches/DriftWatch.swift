import Monitoring
import Tabular

/// The drift of one deployment: the open window of its champion, the raise rule, the sequential watch on missing values.
struct DriftWatch {
    /// When windows close and alarms raise.
    let windowing: DriftWindowing
    /// The version whose reference the window is counted against.
    private(set) var version: UInt32?
    /// The open window.
    private(set) var window: WindowCounts?
    /// The judge of windows, with what it has seen.
    private var judge: WindowJudge?
    /// Two of three raise, three clean ones clear.
    private(set) var rules: DriftRules
    /// The watch on each feature's missing rate.
    private var missing: MissingWatch?
    /// Features whose missing rate has jumped, with what was seen when it did.
    private(set) var broken: [String: MissingChange] = [:]
    /// The verdict on the last closed window.
    private(set) var report: DriftReport?
    /// Clean windows in a row, up to as many as clear an alarm.
    private var cleanWindows = 0
    /// When the window was opened, UTC milliseconds.
    private(set) var openedAt: Int64
    /// Stuck columns and repeated rows.
    var sensors: SensorAlarms

    init(windowing: DriftWindowing, now: Int64) {
        self.windowing = windowing
        rules = DriftRules(windowing)
        openedAt = now
        sensors = SensorAlarms(windowing)
    }

    /// Begins anew against another version: what was counted against the old reference says nothing about the new one.
    mutating func begin(version: LoadedVersion?, now: Int64) {
        self.version = version?.number
        window = version.map { WindowCounts($0.profile, start: now) }
        missing = version.map { MissingWatch(profile: $0.profile) }
        sensors.begin(version)
        broken = [:]
        beginAnew(version?.reference, now: now)
    }

    /// Goes on with another version that has the same reference: what was counted stands.
    mutating func follow(_ version: LoadedVersion?) {
        self.version = version?.number
        sensors.follow(version)
    }

    /// Begins to judge windows anew.
    private mutating func beginAnew(_ reference: ReferenceProfile?, now: Int64) {
        window?.reset(start: now)
        judge = reference.map { WindowJudge($0) }
        rules = DriftRules(windowing)
        report = nil
        cleanWindows = 0
        openedAt = now
    }

    // MARK: What stands

    /// Whether the drift alarm is raised: by windows, or by sums of them.
    var isRaised: Bool { rules.isRaised }

    /// Which of the alarms are raised.
    var raised: DataSignal.Raised { DataSignal.Raised(isUnlike: isRaised, isChanging: rules.changing.isRaised) }

    /// Whether the drift alarm is raised because the population moved: only this is worth a training.
    var isPopulationDrifting: Bool { rules.isPopulationDrifting }

    /// What the drift alarm is raised for, when it is raised and no population moved.
    var suspect: String? {
        guard isRaised, !isPopulationDrifting else { return nil }
        return report?.features.filter { $0.state == .drift }.max { $0.excess < $1.excess }?.feature
    }

    /// Whether nothing is raised, and as many windows were clean as clear an alarm.
    var isClear: Bool { !isRaised && cleanWindows >= windowing.clearAfter }

    // MARK: Counting

    /// Folds a harvest of that version.
    mutating func fold(_ counts: WindowCounts, version number: UInt32, now: Int64) {
        guard number == version, window != nil else { return }
        missing?.observe(counts: counts.missingCounts, rows: counts.n, at: now)
        judge?.take(counts)
        _ = window?.merge(counts)
    }

    /// Whether no change of a missing rate waits to be told.
    var isQuiet: Bool { missing?.isQuiet ?? true }

    /// The changes of missing rates that have lasted long enough to be told.
    private mutating func settleMissing(at now: Int64) -> [MissingChange] {
        let changes = missing?.settle(at: now) ?? []
        for change in changes {
            if change.isRaised { broken[change.feature] = change } else { broken[change.feature] = nil }
        }
        return changes
    }

    /// A feature that nothing may be learnt from now: its values are missing, or look as if they were.
    ///
    /// A drift alarm may come before the fault has lasted long enough to be told.
    var untrustworthy: String? { broken.keys.sorted().first ?? missing?.suspects.first }

    /// Whether the open window is full in rows and time.
    func isFull(at now: Int64) -> Bool { (window?.n ?? 0) >= windowing.rows && now - openedAt >= windowing.milliseconds }

    /// How full the open window is; nil without a champion.
    func fill(now: Int64) -> WindowFill? {
        guard let window else { return nil }
        return WindowFill(
            rows: window.n, rowsNeeded: windowing.rows, milliseconds: max(0, now - openedAt), millisecondsNeeded: windowing.milliseconds)
    }
}

// MARK: Decisions

/// What a watch on drift and missing values found: for the alerts, for the charts, for the policy.
struct WatchOutcome {
    /// For the alerts.
    var alerts: [AlertEvent] = []
    /// For the charts: the window that was closed.
    var report: DriftReport?
    /// Whether a drift is to be answered from now on, whatever was done about an earlier one.
    var isUnanswered = false
    /// Whether the drift alarm was raised just now.
    var isAlarm = false
}

extension DriftWatch {
    /// What closing a window depends on, beside what was counted.
    struct Facts {
        /// The deployment, for the alert's title.
        var deployment: String
        var champion: LoadedVersion
        /// Expected false alarms a day.
        var falseAlarmsPerDay: Double
        /// What operators have said of the columns.
        var tuning = DriftTuning()
    }

    /// Closes a full window; nil while it is not full.
    mutating func closeWindow(_ facts: Facts, at now: Int64) -> WatchOutcome? {
        guard isFull(at: now), var full = window, version == facts.champion.number, judge != nil else { return nil }
        full.start = openedAt
        let wasRaised = isRaised
        guard
            let verdict = judge?.close(
                full, end: now, falseAlarmsPerDay: facts.falseAlarmsPerDay, changingSince: rules.changingSince,
                tuning: facts.tuning)
        else { return nil }
        report = verdict
        let isBad = verdict.features.contains { $0.state == .drift }
        cleanWindows = isBad || verdict.isClean == false ? 0 : min(cleanWindows + 1, windowing.clearAfter)
        let changes = rules.observe(verdict, at: now)
        window?.reset(start: now)
        openedAt = now
        return outcome(verdict, changes, wasRaised: wasRaised, facts, at: now)
    }

    private func outcome(
        _ report: DriftReport, _ changes: DriftRules.Changes, wasRaised: Bool, _ facts: Facts, at now: Int64
    ) -> WatchOutcome {
        var outcome = WatchOutcome(report: report)
        if isRaised, !wasRaised {
            outcome.isAlarm = true
            outcome.isUnanswered = true
            var onset = report.windowStart
            if case .raised(let first)? = changes.unlike { onset = first }
            outcome.alerts.append(.found(finding(report, facts, onset: onset)))
        } else if wasRaised, !isRaised {
            outcome.isUnanswered = true
        }
        // Also what an earlier start of the engine raised is over once this one has seen enough to say so.
        if (wasRaised && !isRaised) || isClear { outcome.alerts.append(.over(.drift, because: "\(windowing.clearAfter) clean windows")) }
        switch changes.changing {
        case .raised(let onset): outcome.alerts.append(.found(changingFinding(report, facts, onset: onset)))
        case .cleared: outcome.alerts.append(.over(.changing, because: "\(windowing.clearAfter) windows like those before"))
        case nil: if !rules.changing.isRaised, isClear { outcome.alerts.append(.over(.changing, because: "windows like those before")) }
        }
        if broken.isEmpty { outcome.alerts.append(.over(.missing, because: "a whole window has its usual missing rates")) }
        return outcome
    }

    private func finding(_ report: DriftReport, _ facts: Facts, onset: Int64) -> Finding {
        let drifting = report.features.filter { $0.state == .drift }.sorted { $0.excess > $1.excess }
        let long = report.long ?? []
        let all = drifting.map(\.feature) + long.flatMap(\.columns).map(\.name).filter { name in !drifting.contains { $0.feature == name } }
        let names = all.prefix(3).joined(separator: ", ")
        return Finding(
            kind: .drift, severity: .warning,
            title: "\(facts.deployment): \(names.isEmpty ? "its data" : SafeText.escape(names)) drifted"
                + " from what v\(facts.champion.number) was trained on",
            reasons: drifting.map { Lights.reason($0, window: report, since: onset) } + long.map { DataSignal.reason($0) }, onset: onset)
    }

    private func changingFinding(_ report: DriftReport, _ facts: Facts, onset: Int64) -> Finding {
        let changing = report.features.filter { $0.verdict?.changing?.state == .drift }.sorted {
            ($0.verdict?.changing?.worst.excess ?? 0) > ($1.verdict?.changing?.worst.excess ?? 0)
        }
        let names = changing.prefix(3).map(\.feature).joined(separator: ", ")
        let reasons = changing.compactMap { DataSignal.changingReason($0) }.map { reason in
            var reason = reason
            reason.since = onset
            return reason
        }
        return Finding(
            kind: .changing, severity: .warning,
            title:
                "\(facts.deployment): \(names.isEmpty ? "its data" : SafeText.escape(names)) \(changing.count == 1 ? "is" : "are") changing now",
            reasons: reasons, onset: onset)
    }

    /// Tells jumps of missing rates that have lasted, and their ends; nil while there are none.
    mutating func settle(_ deployment: String, at now: Int64) -> WatchOutcome? {
        let changes = settleMissing(at: now)
        guard let last = changes.last else { return nil }
        guard broken.isEmpty else {
            let worst = broken.values.sorted { $0.rate > $1.rate }
            let names = SafeText.escape(worst.map(\.feature).joined(separator: ", "))
            return WatchOutcome(alerts: [
                .found(
                    Finding(
                        kind: .missing, severity: .critical, title: "\(deployment): \(names) is missing far more often than in training",
                        reasons: worst.map { Lights.reason($0) }, onset: worst.map(\.since).min() ?? now))
            ])
        }
        // What was counted during an upstream fault says nothing about the population.
        beginAnew(window?.reference, now: now)
        return WatchOutcome(
            alerts: [
                .over(.missing, because: "the missing rate of \(last.feature) is back to normal"),
                .over(.drift, because: "the upstream fault is over, drift is measured anew"),
                .over(.changing, because: "the upstream fault is over, windows are compared anew"),
            ], isUnanswered: true)
    }
}
