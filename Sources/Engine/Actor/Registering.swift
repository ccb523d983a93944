import Logging
import Monitoring
import Store

/// How a candidate becomes a version: one way, whatever made it.
extension EngineCore {
    /// What goes into the store together with a version.
    struct Registration {
        var candidate: Candidate
        var verb: JournalVerb
        var reason: String?
        var details: [String: String]
        /// Changes the deployment's row and memory in the same transaction.
        var update: (RollOutStep, inout DeploymentRecord, inout DeploymentMemory) -> Void = { _, _, _ in }
        /// Further rows of the same transaction; what it throws undoes all.
        var alongside: (RollOutStep, ControlTransaction) throws -> Void = { _, _ in }
    }

    /// Gives a candidate its number and its verdict, writes both with their journal row, and lets it answer where it may.
    func register(
        _ registration: Registration, in entry: DeploymentEntry, by who: Operator
    ) async throws(ActionFailure) -> (step: RollOutStep, receipt: Receipt) {
        let candidate = registration.candidate
        let current = now()
        try storable { () throws(StoreFailure) in try bringLines(entry) }
        let step = try RollOut.step(
            entry.rollOut, .register(candidate.facts), ask(entry, registration.reason, by: who))
        guard let version = step.version, let made = step.next.version(version) else {
            throw .store("\(entry.name): a version without a number: report this")
        }
        let summary = candidate.summary(made, at: current, besides: entry.championSummary)
        var (record, changed) = try storable { () throws(StoreFailure) in try entry.facts.stored(step.next) }
        var memory = entry.memory
        memory.policy.promotions = step.next.promotions
        registration.update(step, &record, &memory)
        record.payload = try storable { () throws(StoreFailure) in try memory.stored() }
        let change = Change(
            verb: registration.verb, deployment: entry.name, summary: step.summary, reason: registration.reason,
            details: registration.details.merging(
                ["version": summary.name].merging(step.answering.map { ["answering": "v\($0)"] } ?? [:]) { own, _ in own }
            ) { own, _ in own })
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            try registration.alongside(step, transaction)
            try transaction.insert(
                try summary.record(deployment: entry.name, profileHash: candidate.profileHash, reportHash: candidate.reportHash))
            try self.write(record, changed, replacing: entry, in: transaction)
        }
        entry.memory = memory
        let loaded = step.answering.flatMap { number in
            candidate.loaded.map {
                LoadedVersion(number: number, predictor: $0.predictor, profile: $0.profile, reference: $0.reference)
            }
        }
        let swap = await carryOut(step, entry, record, adding: summary, loaded, by: who)
        tell(step, summary, entry)
        pruneSnapshots()
        return (step, receipt(change, row: row, nanoseconds: nanoseconds, version: version, swap: swap))
    }

    private func tell(_ step: RollOutStep, _ summary: VersionSummary, _ entry: DeploymentEntry) {
        if let refused = summary.gates.first(where: \.refuses) {
            reportRefusal(entry, summary.name, refused)
        } else {
            resolveAlert(entry.name, kind: AlertKind.gate, because: step.summary)
        }
    }

    /// Lets the deployment's policy archive what it keeps no longer, in the policy's name, one action a version.
    ///
    /// Asked by whoever registered a version, after what becomes of that one: the order of a turn is the same each time. Not awaited: nobody
    /// waits for the end of another version.
    func applyRetention(_ entry: DeploymentEntry) {
        guard configuration.runsPolicies, entry.policy.automation != .manual,
            !RollOut.due(entry.rollOut, keeping: entry.policy.versionsKept).isEmpty
        else { return }
        services.errands.begin()
        Task {
            await self.archiveWhatIsDue(entry.name)
            services.errands.end()
        }
    }

    private func archiveWhatIsDue(_ name: String) async {
        guard let entry = entries[name], !isStopping else { return }
        for number in RollOut.due(entry.rollOut, keeping: entry.policy.versionsKept) {
            let request = ActionRequest(
                .archive(deployment: name, version: number), reason: "the policy keeps the newest \(entry.policy.versionsKept)")
            // Frozen, or the store refuses: the next version that is registered brings it up again.
            if case .failure(let failure) = await perform(request, by: .policy("versions")) {
                logger.notice("\(name) v\(number): \(failure)")
                return
            }
        }
    }
}
