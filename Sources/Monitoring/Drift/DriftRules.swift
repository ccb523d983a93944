/// The alarms that windows raise: each with two of three, and three clean ones that clear it.
package struct DriftRules: Sendable {
    /// `unlike training`.
    package private(set) var unlike: RaiseRule
    /// The same for windows in which a population has moved, and no source broken.
    package private(set) var population: RaiseRule
    /// `changing now`.
    package private(set) var changing: RaiseRule
    /// Since when windows are changing, while that alarm is raised, UTC milliseconds.
    package private(set) var changingSince: Int64?

    /// What sums of windows found that stands raised.
    private var long: [LongVerdict] = []

    /// Whether `unlike training` is raised: by windows, or by sums of them.
    package var isRaised: Bool { unlike.isRaised || !long.isEmpty }

    /// Whether it is raised because the population moved: only this is worth a training.
    package var isPopulationDrifting: Bool { isRaised && (population.isRaised || long.contains(where: \.isPopulation)) }

    /// What a window changed.
    package struct Changes {
        /// To `unlike training`, by windows.
        package var unlike: RaiseRule.Change?
        /// To `changing now`.
        package var changing: RaiseRule.Change?
    }

    /// Nothing raised.
    package init(_ windowing: DriftWindowing) {
        unlike = RaiseRule(windowing)
        population = RaiseRule(windowing)
        changing = RaiseRule(windowing)
    }

    /// Takes a closed window.
    package mutating func observe(_ report: DriftReport, at now: Int64) -> Changes {
        let bad = report.features.filter { $0.state == .drift }
        let start = report.windowStart
        long = report.long ?? []
        let changes = Changes(
            unlike: unlike.observe(bad: !bad.isEmpty, clean: report.isClean, windowStart: start, at: now),
            changing: changing.observe(
                bad: report.features.contains { $0.verdict?.changing?.state == .drift }, windowStart: start, at: now))
        _ = population.observe(
            bad: bad.contains { $0.verdict?.isPopulation ?? true }, clean: report.isClean, windowStart: start, at: now)
        switch changes.changing {
        case .raised(let onset): changingSince = onset
        case .cleared: changingSince = nil
        case nil: break
        }
        return changes
    }
}
