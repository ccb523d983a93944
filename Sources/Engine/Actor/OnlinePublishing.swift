import Learning
import Logging
import Monitoring
import Store
import Tabular

/// Making what was learnt label by label a version: through the gates of every version, and one swap.
extension EngineCore {
    /// Publishes where enough labels or enough time have gone by, in the name of `policy:online`.
    ///
    /// Not awaited: judging takes a moment, and the heartbeat goes on.
    func publishWhatIsDue(at current: Int64) {
        guard online != nil else { return }
        for entry in fleet.inOrder where onlineFacts(entry).isPublicationDue(at: current) {
            entry.online.attempted = current
            let request = ActionRequest(.publish(deployment: entry.name))
            services.errands.begin()
            Task {
                defer { services.errands.end() }
                switch await self.perform(request, by: .policy("online")) {
                case .success: entry.online.attempted = 0
                case .failure(let failure): self.logger.notice("online learning: \(failure)")
                }
            }
        }
    }

    /// Makes a version of what was learnt; it answers from the next request on if it passes its gates and nothing speaks against it.
    func publishOnline(_ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        let plan = try checkPublishable(entry)
        guard let online else {
            throw .unavailable("engine: it runs no policies and so learns nothing by itself: start it with flyball serve")
        }
        entry.online.isPublishing = true
        defer { entry.online.isPublishing = false }
        let made = try await online.worker.publication(plan) { online.thread.poke() }.get()
        // Others may have acted while it was judged.
        try checkStillWanted(request, entry)
        guard entry.online.epoch == plan.epoch, entry.record.champion == plan.champion.number else {
            throw .changed(
                what: "\(entry.name)'s champion", expected: "v\(plan.champion.number)",
                found: entry.record.champion.map { "v\($0)" } ?? "none")
        }
        return try await register(made, plan, entry, request, by: who)
    }

    private func checkPublishable(_ entry: DeploymentEntry) throws(ActionFailure) -> OnlinePlan {
        guard let plan = onlinePlan(entry) else {
            throw .refused(what: "\(entry.name): v\(entry.record.champion ?? 0) is not in memory", advice: "roll back or promote another")
        }
        if entry.online.isPublishing { throw .refused(what: "\(entry.name) is being published", advice: "nothing to do") }
        return plan
    }

    private func register(
        _ made: OnlinePublication, _ plan: OnlinePlan, _ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator
    ) async throws(ActionFailure) -> Receipt {
        let current = now()
        let former = plan.champion.number
        let world = try world(of: request.action, request, by: who)
        let registration = Registration(
            candidate: Candidate(made, plan, by: who, release: configuration.productVersion), verb: .publish, reason: request.reason,
            details: [
                "former": "v\(former)", "base": "v\(plan.base)", "data": made.dataHash, "artefact": made.artefactHash,
                "labels": "\((plan.after ?? 0) + 1) to \(made.after)",
            ],
            update: { step, _, memory in
                // A learner that answers goes on from what stands behind its answers, until that is another champion.
                let isBase =
                    switch step.verdict {
                    case .refused: false
                    case .promoted: true
                    case .waits, nil: !plan.live.isLive
                    }
                var online = memory.online ?? OnlineMemory(base: plan.base)
                online.base = isBase ? step.version ?? plan.base : plan.base
                online.after = isBase ? made.after : plan.after
                online.published = current
                online.quietUntil = nil
                memory.online = online
            })
        var (step, receipt) = try await register(registration, in: entry, by: who)
        applyRetention(entry)
        entry.online.report?.fresh = 0
        switch step.verdict {
        case .promoted:
            entry.online.report?.learnt -= made.learnt
            receipt.inverse = step.version.flatMap { Action.promote(deployment: entry.name, version: $0).inverse(before: world) }
        case .waits: if !plan.live.isLive { entry.online.report?.learnt -= made.learnt }
        case .refused, nil: break
        }
        online?.thread.poke()
        return receipt
    }
}

extension Candidate {
    /// What was learnt label by label.
    init(_ made: OnlinePublication, _ plan: OnlinePlan, by who: Operator, release: String) {
        let outcome = made.outcome
        let labels = "\(made.learnt) \(made.learnt == 1 ? "label" : "labels")"
        var draft = VersionSummary(
            number: 0, state: .candidate,
            algorithm: outcome.holdout.schema.target.task == .binary ? OnlineLogistic.name : OnlineLinear.name, createdAt: 0,
            metrics: outcome.metrics, blessed: !made.gates.contains(where: \.refuses), gates: made.gates, dataHash: made.dataHash,
            artefactHash: made.artefactHash, createdBy: who.journalName, source: "v\(plan.base) and \(labels) after it",
            settings: outcome.settings, seed: 0, trainRows: outcome.trainRows, holdoutRows: outcome.holdoutRows,
            fitSeconds: outcome.fitSeconds, importance: made.importance, notes: outcome.notes,
            libraries: outcome.libraries.merging(["Flyball": release]) { own, _ in own },
            online: OnlineOrigin(base: plan.base, labels: made.learnt, after: plan.after ?? 0, until: made.after))
        draft.prior = outcome.constant.values
        self.init(
            draft: draft, profileHash: made.profileHash, reportHash: made.reportHash, decisions: made.decisions,
            loaded: made.predictor.map {
                LoadedVersion(number: 0, predictor: $0, profile: plan.champion.profile, reference: plan.champion.reference)
            },
            comparedWith: plan.champion.number, words: "with \(labels) more")
    }
}
