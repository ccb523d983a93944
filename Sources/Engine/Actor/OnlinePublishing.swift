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
        for entry in entries.values where onlineFacts(entry).isPublicationDue(at: current) {
            entry.online.attempted = current
            let request = ActionRequest(.publish(deployment: entry.name))
            Task {
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
        try checkStillWanted(request)
        guard entry.online.epoch == plan.epoch, entry.record.champion == plan.champion.number else {
            throw .changed(
                what: "\(entry.name)'s champion", expected: "v\(plan.champion.number)",
                found: entry.record.champion.map { "v\($0)" } ?? "none")
        }
        return try await register(made, plan, entry, request, by: who)
    }

    private func checkPublishable(_ entry: DeploymentEntry) throws(ActionFailure) -> OnlinePlan {
        guard let status = onlineStatus(entry), let plan = onlinePlan(entry) else {
            let algorithm = entry.record.champion.flatMap { entry.version($0)?.algorithm }
            throw .refused(
                what: "\(entry.name) does not learn online" + (algorithm.map { ": its champion is a \($0) version" } ?? ""),
                advice: "train an online-logistic or online-linear version and promote it; its policy must be advise or auto")
        }
        if let held = status.held { throw .refused(what: "\(entry.name): \(held)", advice: "publish when that is over") }
        if entry.online.isPublishing { throw .refused(what: "\(entry.name) is being published", advice: "nothing to do") }
        return plan
    }

    private func register(
        _ made: OnlinePublication, _ plan: OnlinePlan, _ entry: DeploymentEntry, _ request: ActionRequest, by who: Operator
    ) async throws(ActionFailure) -> Receipt {
        let current = now()
        let former = plan.champion.number
        var summary = Self.summary(
            made, plan, number: (entry.versions.last?.number ?? 0) + 1, by: who, at: current, release: configuration.productVersion)
        let refused = made.gates.first { !$0.passed }
        let waits = refused == nil ? reasonToWait(entry, by: who) : nil
        let serves = refused == nil && waits == nil
        var record = entry.record
        var versions = entry.versions + [summary]
        if serves {
            record.champion = summary.number
            record.lastKnownGood = former
            Self.crown(summary.number, former: former, record, &versions, at: current)
            summary = versions.last ?? summary
        }
        var memory = entry.memory
        memory.online = OnlineMemory(
            base: refused == nil ? summary.number : plan.base, after: refused == nil ? made.after : plan.after, published: current)
        record.payload = memory.text
        let labels = "\(made.learnt) \(made.learnt == 1 ? "label" : "labels") more"
        let verdict =
            refused.map { "\(summary.name) with \(labels) refused by the gate \($0.name): \($0.detail)" }
            ?? waits.map { "\(summary.name) learnt \(labels) and waits: \($0)" }
            ?? "\(summary.name) with \(labels) answers instead of v\(former)"
        let change = Change(
            verb: request.action.verb, deployment: entry.name, summary: verdict, reason: request.reason,
            details: [
                "version": summary.name, "former": "v\(former)", "base": "v\(plan.base)", "data": made.dataHash,
                "artefact": made.artefactHash, "labels": "\((plan.after ?? 0) + 1) to \(made.after)",
            ])
        let (row, commitTime) = try commit(change, by: who) { transaction in
            try transaction.insert(summary.record(deployment: entry.name, profileHash: made.profileHash, reportHash: made.reportHash))
            try self.write(record, versions: versions, replacing: entry, in: transaction)
        }
        entry.memory = memory
        entry.online.report?.fresh = 0
        if refused == nil { entry.online.report?.learnt -= made.learnt }
        var swap: UInt64?
        if serves, let predictor = made.predictor {
            entry.loaded[summary.number] = LoadedVersion(
                number: summary.number, predictor: predictor, profile: plan.champion.profile, reference: plan.champion.reference)
            swap = await apply(entry, record: record, versions: versions, at: current, isContinued: true)
        } else {
            entry.record = record
            entry.versions = versions
        }
        if let refused {
            reportRefusal(entry, summary.name, refused)
        } else {
            resolveAlert(entry.name, kind: AlertKind.gate, because: verdict)
        }
        forgetOldPublications(entry)
        return receipt(
            change, row: row, nanoseconds: commitTime, version: summary.number, swap: swap,
            inverse: serves ? .rollback(deployment: entry.name, to: nil) : nil)
    }

    /// Why a version that passed its gates does not answer at once.
    private func reasonToWait(_ entry: DeploymentEntry, by who: Operator) -> String? {
        let scopes: [FreezeScope] = who.isAutomatic ? [.promotion, .traffic] : [.traffic]
        for scope in scopes {
            if let freeze = freezes.first(where: { $0.stops(scope, in: entry.name) }) {
                return "\(scope.rawValue) is frozen by \(freeze.by)"
            }
        }
        guard who.isAutomatic else { return nil }
        if entry.state != .live { return "\(entry.name) is \(entry.state.rawValue)" }
        return entry.policy.automation == .auto ? nil : "its policy is \(entry.policy.automation.rawValue)"
    }

    private static func summary(
        _ made: OnlinePublication, _ plan: OnlinePlan, number: UInt32, by who: Operator, at time: Int64, release: String
    ) -> VersionSummary {
        let outcome = made.outcome
        let isBlessed = made.gates.allSatisfy(\.passed)
        return VersionSummary(
            number: number, state: isBlessed ? .candidate : .refused,
            algorithm: outcome.holdout.schema.target.task == .binary ? OnlineLogistic.name : OnlineLinear.name, createdAt: time,
            metrics: outcome.metrics, blessed: isBlessed, gates: made.gates, dataHash: made.dataHash, artefactHash: made.artefactHash,
            createdBy: who.journalName, source: "v\(plan.base) and \(made.learnt) \(made.learnt == 1 ? "label" : "labels") after it",
            settings: outcome.settings, seed: 0, trainRows: outcome.trainRows, holdoutRows: outcome.holdoutRows,
            fitSeconds: outcome.fitSeconds, importance: made.importance, notes: outcome.notes,
            libraries: outcome.libraries.merging(["Flyball": release]) { own, _ in own },
            online: OnlineOrigin(base: plan.base, labels: made.learnt, after: plan.after ?? 0, until: made.after))
    }

    /// Forgets versions that were learnt online, but for the newest ones; the journal keeps what they did.
    ///
    /// What answers, what a roll back returns to and what is learnt from stays.
    private func forgetOldPublications(_ entry: DeploymentEntry) {
        let spared = [entry.record.champion, entry.record.lastKnownGood, entry.memory.online?.base]
        let gone = Set(
            entry.versions.filter { $0.online != nil }.dropLast(entry.policy.online.kept).map(\.number).filter { !spared.contains($0) })
        guard !gone.isEmpty else { return }
        do {
            try stores.control.write { transaction in
                for number in gone { try transaction.deleteVersion(of: entry.name, number: number) }
            }
            entry.versions.removeAll { gone.contains($0.number) }
        } catch { logger.error("\(entry.name): old versions not deleted: \(error)") }
    }
}
