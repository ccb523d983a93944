import Logging
import Monitoring
import Tabular

/// What the engine does with challengers by itself: it cuts one that fails or is slow, takes the next step of a canary that has done well for
/// its bake, and says when a split is not the one that was asked for. All of it through the one door.
extension EngineCore {
    /// Four times a second, after what the loops gathered has been folded.
    func watchArms(at current: Int64) async {
        guard configuration.runsPolicies else { return }
        let budget = workspace.configuration.latencyBudgetMilliseconds
        for entry in entries.values where !entry.challengers.isEmpty {
            // Acting takes time, in which somebody may have given it another share: what was measured of the former one decides nothing then.
            for tally in entry.arms.tallies where entry.challengers.contains(tally.challenger) {
                if let reason = ArmWatch.cut(tally, budgetMilliseconds: budget) {
                    await cut(entry, tally, because: reason)
                } else {
                    watchSplit(entry, tally, at: current)
                    await takeStep(entry, tally, at: current)
                }
            }
        }
        for alert in alerts.open where alert.kind == .split && entries[alert.deployment]?.challengers.answering == nil {
            resolveAlert(alert.deployment, kind: .split, because: "the champion answers alone")
        }
        for alert in alerts.open where alert.kind == .arm && entries[alert.deployment]?.challengers.answering != nil {
            resolveAlert(alert.deployment, kind: .arm, because: "another version gets a part")
        }
    }

    private func cut(_ entry: DeploymentEntry, _ tally: ArmWatch.Tally, because reason: String) async {
        let challenger = tally.challenger
        let name = entry.name
        let request = ActionRequest(.abort(deployment: name, version: challenger.version), reason: reason)
        switch await perform(request, by: .policy("arm_guard")) {
        case .success:
            let title = "v\(challenger.version) of \(name) was cut (\(challenger.plan.words)): \(reason)"
            raiseAlert(name, Finding(kind: .arm, severity: .critical, title: title, onset: now()))
        case .failure(let failure): logger.error("\(name): v\(challenger.version) must be cut and is not: \(failure)")
        }
    }

    private func watchSplit(_ entry: DeploymentEntry, _ tally: ArmWatch.Tally, at current: Int64) {
        guard let odds = tally.splitOdds, odds > ArmWatch.splitAlarm, let seen = tally.observed else { return }
        let title =
            "v\(tally.challenger.version) of \(entry.name) gets \(ArmPlan.percent(seen.share)) of \(tally.requests) requests, "
            + "\(ArmPlan.percent(tally.challenger.plan.share)) was asked: chance does not explain it"
        raiseAlert(entry.name, Finding(kind: .split, severity: .warning, title: title, onset: current))
    }

    /// The next share of a canary, once the present one has been held for the bake with traffic on it.
    private func takeStep(_ entry: DeploymentEntry, _ tally: ArmWatch.Tally, at current: Int64) async {
        let challenger = tally.challenger
        guard let bake = challenger.plan.bake, current - challenger.since >= bake, tally.own.answered > 0, entry.state == .live,
            !alerts.openKinds(entry.name).contains(.split)
        else { return }
        let automatic = Operator.policy("canary")
        // A freeze holds it where it is; it goes on when that is lifted.
        guard Asker(isAutomatic: true, hasReason: true).freeze(freezes, of: entry.name) == nil else { return }
        let held =
            "\(ArmPlan.percent(challenger.plan.share)) for \(DurationText.text(bake)): \(tally.own.answered) answered, \(tally.own.failed) failed"
        let action: Action
        if challenger.plan.share >= 1 {
            action = .promote(deployment: entry.name, version: challenger.version)
        } else if let next = challenger.plan.steps.first(where: { $0 > challenger.plan.share }) {
            action = .share(deployment: entry.name, version: challenger.version, share: next)
        } else {
            return
        }
        if case .failure(let failure) = await perform(ActionRequest(action, reason: held), by: automatic) {
            logger.warning("\(entry.name): v\(challenger.version) stays at \(ArmPlan.percent(challenger.plan.share)): \(failure)")
        }
    }
}
