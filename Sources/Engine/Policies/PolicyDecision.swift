/// What a policy needs to know of its deployment, as plain values.
package struct PolicyFacts: Sendable {
    /// Now, UTC milliseconds.
    package var now: Int64
    /// Whether the drift alarm is raised because the population moved.
    package var isDrifting: Bool
    /// Whether realized quality is below its value at promotion, and no training has answered that yet.
    package var isQualityLow = false
    /// Windows to wait until a drift is learnt from again.
    package var driftWait = 0
    /// What the drift alarm is raised for when no population moved: a fault, until a person or time says otherwise.
    package var suspect: String?
    /// A feature whose upstream data is broken (missing jump), if any: nothing is learnt from such a window.
    package var brokenFeature: String?
    /// Labelled rows so far.
    package var labels: Int64
    /// Labelled rows at the last training.
    package var labelsAtLastTraining: Int64
    /// The last automatic or manual training, UTC milliseconds.
    package var lastTraining: Int64?
    /// When a person has last returned to a version: the cool-down begins anew, and no other time does.
    package var quietSince: Int64?
    /// When the champion was trained.
    package var championTrained: Int64?
    /// Whether a job of this deployment is open.
    package var hasOpenJob: Bool
    /// Freezes that stop learning here: who set it.
    package var frozenBy: String?
    /// Whether the current drift episode was already answered with a training.
    package var answeredDrift: Bool

    package init(
        now: Int64, isDrifting: Bool = false, brokenFeature: String? = nil, labels: Int64 = 0, labelsAtLastTraining: Int64 = 0,
        lastTraining: Int64? = nil, championTrained: Int64? = nil, hasOpenJob: Bool = false, frozenBy: String? = nil,
        answeredDrift: Bool = false
    ) {
        self.now = now
        self.isDrifting = isDrifting
        self.brokenFeature = brokenFeature
        self.labels = labels
        self.labelsAtLastTraining = labelsAtLastTraining
        self.lastTraining = lastTraining
        self.championTrained = championTrained
        self.hasOpenJob = hasOpenJob
        self.frozenBy = frozenBy
        self.answeredDrift = answeredDrift
    }
}

/// What a policy wants now.
package enum PolicyDecision: Equatable, Sendable {
    /// Nothing is due.
    case idle
    /// Something is due, but must not be done, and why.
    case blocked(String)
    /// Train now; the trigger's words go into the journal.
    case train(trigger: PolicyTrigger)
}

extension Policy {
    /// Decides what is due.
    ///
    /// Pure: the same facts give the same decision.
    package func decide(_ facts: PolicyFacts) -> PolicyDecision {
        guard automation != .manual else { return .idle }
        guard let trigger = dueTrigger(facts) else {
            guard onDrift, let suspect = facts.suspect, !facts.hasOpenJob else { return .idle }
            return .blocked("\(suspect) looks like a fault at its source, and not like another population: a person decides")
        }
        if facts.hasOpenJob { return .idle }
        if trigger == .onDrift, facts.driftWait > 0 {
            let windows = facts.driftWait == 1 ? "1 window" : "\(facts.driftWait) windows"
            return .blocked("a drift was learnt from not long ago: \(windows) more")
        }
        if let by = facts.frozenBy { return .blocked("learning is frozen by \(by)") }
        if let feature = facts.brokenFeature {
            return .blocked("upstream fault in \(feature): a retrain would learn the fault")
        }
        if let last = [facts.lastTraining, facts.quietSince].compactMap(\.self).max(), facts.now - last < cooldown {
            return .blocked("cooling down for \((cooldown - (facts.now - last) + 999) / 1_000) s more")
        }
        let fresh = facts.labels - facts.labelsAtLastTraining
        if fresh < Int64(minimumLabels) {
            return .blocked("\(fresh) new labels, needs \(minimumLabels)")
        }
        return .train(trigger: trigger)
    }

    private func dueTrigger(_ facts: PolicyFacts) -> PolicyTrigger? {
        if onDrift, facts.isDrifting, !facts.answeredDrift { return .onDrift }
        if onQualityDrop != nil, facts.isQualityLow { return .onQualityDrop }
        if let afterLabels, facts.labels - facts.labelsAtLastTraining >= Int64(afterLabels) { return .afterLabels }
        if let every, let trained = facts.championTrained, facts.now - max(trained, facts.lastTraining ?? trained) >= every {
            return .every
        }
        return nil
    }
}
