/// Judges the windows of one version, one after the other: what was found so far is part of the next verdict.
///
/// A version whose reference has no table of stretches (made by an earlier release, or from fewer than 1,000 rows) is judged as if its rows
/// were independent, and says so.
public struct WindowJudge: Sendable {
    /// What a version with a table needs.
    private struct Parts: Sendable {
        var judge: StretchJudge
        var changing: ChangingNow
        var guarding: OrderGuard?
        var long: LongWindows
        var training: BinCounts
    }

    private let profile: ReferenceProfile
    private var parts: Parts?

    /// A judge that has seen nothing.
    public init(_ profile: ReferenceProfile) {
        self.profile = profile
        guard let judge = StretchJudge(profile) else { return }
        parts = Parts(
            judge: judge, changing: ChangingNow(profile), guarding: judge.table.hasOrder ? nil : OrderGuard(profile),
            long: LongWindows(profile), training: .training(profile))
    }

    /// Whether windows are judged by the stretches of the training.
    public var hasTable: Bool { parts != nil }

    /// Takes a harvest as it comes: where the training had no order, traffic says whether rows depend on each other.
    public mutating func take(_ harvest: WindowCounts) {
        guard harvest.n > 0, var guarding = parts?.guarding, let training = parts?.training else { return }
        guarding.take(BinCounts(harvest), training)
        parts?.guarding = guarding
    }

    /// The verdicts on a closed window.
    ///
    /// - Parameters:
    ///   - changingSince: since when the alarm `changing now` is raised, if it is.
    ///   - tuning: what operators have said of the columns.
    public mutating func close(
        _ window: WindowCounts, end: Int64, falseAlarmsPerDay: Double = 0.1, changingSince: Int64? = nil,
        tuning: DriftTuning = DriftTuning()
    ) -> DriftReport {
        let wall = Double(max(0, end - window.start)) / 86_400_000
        let days = max(wall, window.span?.days ?? 0)
        let alpha = Drift.alpha(days: days, falseAlarmsPerDay: falseAlarmsPerDay)
        guard var parts else { return Drift.report(reference: profile, window: window, end: end, alpha: alpha, tuning: tuning) }
        let said = ColumnTuning(tuning, profile.features.map(\.name), at: end)
        let counts = BinCounts(window)
        let rate = window.span.map { parts.judge.rate(rows: counts.rows, $0) } ?? 1
        var verdicts = parts.judge.judge(counts, StretchJudge.Occasion(alpha: alpha, rate: rate))
        let psi = parts.changing.psi(counts)
        var changes = parts.changing.judge(counts, psi, by: parts.judge, alpha: alpha)
        let judged = parts.judge.judged
        if let guarding = parts.guarding {
            guarding.restrain(&verdicts, judged, alpha: alpha)
            changes = changes.map { guarding.restrained($0, judged, alpha: alpha) }
        }
        // Mutes and floors change what is said, not what is learnt.
        let isBad = verdicts.contains { $0.state == .drift }
        verdicts = said.applied(to: verdicts)
        changes = changes.map { said.applied(to: $0) }
        parts.guarding?.learn(psi, isBad: isBad, judged: judged)
        parts.changing.note(changes, isRaised: changingSince != nil)
        parts.changing.merge(counts)
        if parts.guarding == nil {
            parts.long.add(
                counts, days: wall, span: window.span, start: window.start, by: parts.judge, falseAlarmsPerDay: falseAlarmsPerDay,
                tuning: said)
        }
        for index in verdicts.indices {
            verdicts[index].changing = changes?[index]
            if verdicts[index].changing?.state == .drift { verdicts[index].changing?.since = changingSince }
        }
        self.parts = parts
        var report = report(verdicts, parts, window, end: end, alpha: alpha)
        report.isClean = parts.judge.isClean(verdicts, said)
        report.long = parts.long.raised(profile.features.map(\.name), said)
        for index in report.features.indices {
            report.features[index].mute = said.mute(index)
            report.features[index].floor = tuning.floors[report.features[index].feature]
        }
        return report
    }

    private func report(_ verdicts: [ColumnVerdict], _ parts: Parts, _ window: WindowCounts, end: Int64, alpha: Double) -> DriftReport {
        let rows = max(1, min(window.n, profile.rows / 10))
        let features = profile.features.indices.map { index in
            let reference = profile.features[index]
            let verdict = verdicts[index]
            let calendar = parts.judge.table.columns[index].calendar
            return FeatureDrift(
                feature: reference.name, psi: verdict.shape.psi, excess: verdict.shape.excess, threshold: verdict.usual,
                pValue: verdict.shape.pValue,
                degreesOfFreedom: Stability.degreesOfFreedom(parts.training.columns[index].bins, rows: Double(rows)), n: rows,
                m: profile.rows, state: Self.state(verdict, calendar: calendar, rows: window.n),
                missing: window.n > 0 ? Double(window.missingCounts[index]) / Double(window.n) : 0,
                referenceMissing: profile.rows > 0 ? Double(reference.missing) / Double(profile.rows) : 0,
                missingState: window.n < Drift.minimumRows ? .notEnoughData : verdict.missing.state, verdict: verdict, calendar: calendar)
        }
        var report = DriftReport(features: features, n: window.n, windowStart: window.start, windowEnd: end, alpha: alpha)
        report.referenceNeeded = 10 * parts.judge.table.windowRows
        if let guarding = parts.guarding, !guarding.isReady, guarding.blocksDiffer(parts.judge.judged) {
            report.learning = OrderProgress(windows: guarding.windows, needed: OrderGuard.windowsToLearn)
        }
        return report
    }

    private static func state(_ verdict: ColumnVerdict, calendar: String?, rows: Int) -> DriftState {
        if calendar != nil { return .calendar }
        return rows < Drift.minimumRows ? .notEnoughData : verdict.state
    }
}

/// How much has been learnt from traffic of a version whose training had no order.
public struct OrderProgress: Codable, Sendable, Equatable {
    /// Windows seen.
    public var windows: Int
    /// Windows needed.
    public var needed: Int
}
