import Learning
import Monitoring
import Store

/// Asks the policies what is due, and does it through the one door.
extension EngineCore {
    /// Decides for each deployment what is due, and orders it.
    func runPolicies(at current: Int64) async {
        for entry in fleet.inOrder where entry.policy.automation != .manual && entry.record.champion != nil {
            guard entry.versions.isWhole else {
                setBlocked("its older versions are still being read", entry)
                continue
            }
            switch entry.policy.decide(policyFacts(entry, at: current)) {
            case .idle: setBlocked(nil, entry)
            case .blocked(let reason): setBlocked(reason, entry)
            case .train(let trigger):
                setBlocked(nil, entry)
                let order = TrainOrder(
                    deployment: entry.name,
                    training: TrainingRequest(
                        algorithm: entry.policy.algorithm, settings: [:], seed: UInt64(entry.versions.count), holdout: 0.2),
                    promoteWhenBlessed: entry.policy.automation == .auto, trigger: trigger)
                if case .failure(let failure) = await perform(ActionRequest(.train(order)), by: .policy(trigger.rawValue)) {
                    setBlocked("\(failure)", entry)
                }
            }
        }
    }

    private func policyFacts(_ entry: DeploymentEntry, at current: Int64) -> PolicyFacts {
        var facts = PolicyFacts(
            now: current, isDrifting: entry.drift.isPopulationDrifting, brokenFeature: entry.drift.untrustworthy,
            labels: entry.labels.accepted,
            labelsAtLastTraining: entry.memory.policy.labelsAtLastTraining, lastTraining: entry.memory.policy.lastTraining,
            championTrained: entry.championSummary?.createdAt, hasOpenJob: jobs.open[entry.name] != nil,
            frozenBy: freezes.first { $0.stops(.learning, in: entry.name) }?.by, answeredDrift: entry.memory.policy.answeredDrift)
        facts.quietSince = entry.memory.policy.quietSince
        facts.driftWait = entry.memory.policy.backoff?.wait ?? 0
        facts.isQualityLow = entry.quality.raisedSince != nil && entry.memory.policy.answeredQuality != true
        facts.suspect = entry.drift.suspect
        return facts
    }

    private func setBlocked(_ reason: String?, _ entry: DeploymentEntry) {
        guard entry.blocked != reason else { return }
        entry.blocked = reason
        isDirty = true
    }

    /// Promotes what a policy trained, within its promotions a day, unless frozen.
    ///
    /// The version was compared with one champion; when another answers by now, a person decides.
    func promoteByPolicy(_ entry: DeploymentEntry, _ number: UInt32, comparedWith champion: UInt32?, trigger: PolicyTrigger) async {
        let request = ActionRequest(
            .promote(deployment: entry.name, version: number), expected: ExpectedState(champion: champion),
            reason: "policy \(trigger.rawValue)")
        if case .failure(let failure) = await perform(request, by: .policy(trigger.rawValue)) {
            entry.memory.loop?.ended = "v\(number) waits for a person: \(failure.cause)"
            entry.isMemoryDirty = true
        }
    }
}
