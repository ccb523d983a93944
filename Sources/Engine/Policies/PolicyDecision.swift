/// What a policy needs to know of its deployment, as plain values.
struct PolicyFacts: Sendable {
    /// Now, UTC milliseconds.
    var now: Int64
    /// Whether the drift alarm is raised.
    var isDrifting: Bool
    /// A feature whose upstream data is broken (missing jump), if any: nothing is learnt from such a window.
    var brokenFeature: String?
    /// Labelled rows so far.
    var labels: Int64
    /// Labelled rows at the last training.
    var labelsAtLastTraining: Int64
    /// The last automatic or manual training, UTC milliseconds.
    var lastTraining: Int64?
    /// When the champion was trained.
    var championTrained: Int64?
    /// Whether a job of this deployment is open.
    var hasOpenJob: Bool
    /// Freezes that stop learning here: who set it.
    var frozenBy: String?
    /// Whether the current drift episode was already answered with a training.
    var answeredDrift: Bool
}

/// What a policy wants now.
enum PolicyDecision: Equatable, Sendable {
    /// Nothing is due.
    case idle
    /// Something is due, but must not be done, and why.
    case blocked(String)
    /// Train now; the trigger's name goes into the journal.
    case train(trigger: String)
}

extension Policy {
    /// Decides what is due.
    ///
    /// Pure: the same facts give the same decision.
    func decide(_ facts: PolicyFacts) -> PolicyDecision {
        guard automation != .manual, let trigger = dueTrigger(facts) else { return .idle }
        if facts.hasOpenJob { return .idle }
        if let by = facts.frozenBy { return .blocked("learning is frozen by \(by)") }
        if let feature = facts.brokenFeature {
            return .blocked("upstream fault in \(feature): a retrain would learn the fault")
        }
        if let last = facts.lastTraining, facts.now - last < cooldown {
            return .blocked("cooling down for \((cooldown - (facts.now - last) + 999) / 1_000) s more")
        }
        let fresh = facts.labels - facts.labelsAtLastTraining
        if fresh < Int64(minimumLabels) {
            return .blocked("\(fresh) new labels, needs \(minimumLabels)")
        }
        return .train(trigger: trigger)
    }

    private func dueTrigger(_ facts: PolicyFacts) -> String? {
        if onDrift, facts.isDrifting, !facts.answeredDrift { return "on_drift" }
        if let afterLabels, facts.labels - facts.labelsAtLastTraining >= Int64(afterLabels) { return "after_labels" }
        if let every, let trained = facts.championTrained, facts.now - max(trained, facts.lastTraining ?? trained) >= every {
            return "every"
        }
        return nil
    }
}
