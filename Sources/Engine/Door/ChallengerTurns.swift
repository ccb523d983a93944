import Learning
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
        for entry in fleet.inOrder where !entry.challengers.isEmpty {
            // Acting takes time, in which somebody may have given it another share: what was measured of the former one decides nothing then.
            for tally in entry.arms.tallies where entry.challengers.contains(tally.challenger) {
                if let reason = ArmWatch.cut(tally, budgetMilliseconds: budget) {
                    await cut(entry, tally, because: reason)
                } else {
                    watchSplit(entry, tally, at: current)
                }
            }
            // One that nobody has asked since its share began has no tally: its step waits all the same.
            for challenger in entry.challengers where entry.challengers.contains(challenger) {
                let tally = entry.arms.tallies.first { $0.challenger == challenger }
                // One that must be cut and could not be goes no further.
                if let tally, ArmWatch.cut(tally, budgetMilliseconds: budget) != nil { continue }
                await takeStep(entry, challenger, tally?.own ?? ArmTotals(), at: current)
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
            "v\(tally.challenger.version) of \(entry.name) gets \(ArmPlan.percent(seen.share)) of \(tally.drawsText), "
            + "\(ArmPlan.percent(tally.challenger.plan.share)) was asked: chance does not explain it"
        raiseAlert(entry.name, Finding(kind: .split, severity: .warning, title: title, onset: current))
    }

    /// How long a step that was tried and not done waits, milliseconds.
    private static let stepPatience: Int64 = 10_000

    /// The next share of a canary, once the present one has been held for the bake with traffic on it; what is in its way is shown.
    private func takeStep(_ entry: DeploymentEntry, _ challenger: Challenger, _ own: ArmTotals, at current: Int64) async {
        guard let bake = challenger.plan.bake, current - challenger.since >= bake, entry.versions.isWhole else { return }
        if let until = entry.arms.hold(of: challenger)?.until, current < until { return }
        let automatic = Operator.policy("canary")
        let held =
            "\(ArmPlan.percent(challenger.plan.share)) for \(DurationText.text(bake)): \(own.answered) answered, \(own.failed) failed"
        let quality = entry.truths.quality(of: challenger.version)
        let step = CanaryStep.next(
            of: challenger, answered: own.answered, hasSplitAlert: alerts.openKinds(entry.name).contains(.split),
            worse: quality?.figure.verdict == .worse ? quality?.words : nil, entry.rollOut, ask(entry, held, by: automatic))
        let action: Action
        switch step {
        case .take(.promote(let number)): action = .promote(deployment: entry.name, version: number)
        case .take(.share(let number, let share)): action = .share(deployment: entry.name, version: number, share: share)
        case .take, .notDue: return hold(entry, challenger, nil)
        case .waits(let reason): return hold(entry, challenger, Challenger.Hold(challenger, reason))
        }
        // What the rule cannot know of: a model that does not load, a store that refuses.
        if case .failure(let failure) = await perform(ActionRequest(action, reason: held), by: automatic) {
            hold(entry, challenger, Challenger.Hold(challenger, failure.description, until: current + Self.stepPatience))
        }
    }

    /// Keeps why a step waits, and logs it once.
    private func hold(_ entry: DeploymentEntry, _ challenger: Challenger, _ hold: Challenger.Hold?) {
        let former = entry.arms.hold(of: challenger)
        guard former != hold else { return }
        entry.write { $0.arms.keep(hold, of: challenger) }
        isDirty = true
        guard let hold, hold.reason != former?.reason else { return }
        logger.notice("\(entry.name): v\(challenger.version) stays at \(ArmPlan.percent(challenger.plan.share)): \(hold.reason)")
    }
}
