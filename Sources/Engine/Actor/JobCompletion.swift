import Learning
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Takes a job's end: registers the version, or settles the job with its fence.
    func finish(_ job: JobRecord, _ result: Result<TrainedVersion, TrainingEnd>) async {
        _ = jobBoard.end(job.id)
        switch result {
        case .success(let trained):
            JobCheckpoint(job: job.id, workspace: workspace).remove()
            await register(job, trained)
        case .failure(let end): settle(job, JobVerdict(end, of: facts(job), at: now()))
        }
        refreshJobsLoggingFailure()
        publish()
    }

    private func facts(_ job: JobRecord) -> JobFacts {
        JobFacts(id: job.id, deployment: job.deployment, attempts: job.attempts, trigger: job.trigger, isStopping: isStopping)
    }

    /// Writes what becomes of a job, then lets the rest follow from it.
    private func settle(_ job: JobRecord, _ verdict: JobVerdict) {
        if !verdict.keepsCheckpoint { JobCheckpoint(job: job.id, workspace: workspace).remove() }
        let isSettled =
            switch verdict.settlement {
            case .requeued: settle(job, verdict.change) { try $0.requeue(job.id, fence: job.fence, now: self.now()) }
            case .ended(let state, let error):
                settle(job, verdict.change) { transaction in
                    try transaction.finish(
                        job.id, fence: job.fence, state: state.rawValue, result: nil, error: error, now: self.now())
                }
            case .discarded: settle(job, verdict.change) { _ in true }
            }
        guard isSettled else { return }
        if let end = verdict.turnEnd { endTurn(job, end) }
        if verdict.isDriftUnanswered { retryDriftLater(job) }
        if let alert = verdict.alert, entries[job.deployment] != nil { tell([alert], of: job.deployment) }
    }

    /// Writes a job's end, with a journal row where it has one.
    private func settle(_ job: JobRecord, _ change: Change?, _ body: (ControlTransaction) throws -> Bool) -> Bool {
        if let change { return conclude(job, change, body) }
        do {
            if try stores.control.write(body) { return true }
            discardLate(job)
        } catch {
            noteControlFailure(error)
            logger.error("job \(job.id): its end is not stored: \(error): it begins again when its lease is over")
        }
        return false
    }

    /// The journal says that what this attempt made counts for nothing.
    private func discardLate(_ job: JobRecord) {
        do { _ = try commit(JobVerdict.late(facts(job)), by: .engine) { _ in } } catch {
            logger.error("job \(job.id): a late result was discarded: \(error)")
        }
    }

    /// A job that was given up after its last attempt.
    func reportParked(_ job: JobRecord) {
        tell([JobVerdict.parked(job.id, of: job.deployment, error: job.error, at: now())], of: job.deployment)
    }

    /// Writes a job's end and its journal row in one transaction.
    ///
    /// False when the job is another attempt's, or the store refuses.
    private func conclude(_ job: JobRecord, _ change: Change, _ body: (ControlTransaction) throws -> Bool) -> Bool {
        var isOurs = true
        do {
            _ = try commit(change, by: .engine) { transaction in
                isOurs = try body(transaction)
                if !isOurs { throw StoreFailure.conflict("job \(job.id)") }
            }
            return true
        } catch {
            if isOurs {
                logger.error("job \(job.id): its end is not stored: \(error): it begins again when its lease is over")
            } else {
                discardLate(job)
            }
            return false
        }
    }

    private func endTurn(_ job: JobRecord, _ reason: String) {
        guard let entry = entries[job.deployment], entry.memory.loop?.version == nil else { return }
        entry.memory.loop?.ended = reason
        entry.isMemoryDirty = true
    }

    /// A drift that a training could not answer is answered again, once the policy's cool-down and its new labels allow it.
    private func retryDriftLater(_ job: JobRecord) {
        guard let entry = entries[job.deployment] else { return }
        entry.memory.policy.answeredDrift = false
        entry.isMemoryDirty = true
    }

    // MARK: Registering

    private func register(_ job: JobRecord, _ trained: TrainedVersion) async {
        guard let entry = entries[job.deployment], let payload = JobPayload.decode(job.payload) else { return }
        let gatedAt = now()
        var summary = Self.summary(
            trained, number: (entry.versions.last?.number ?? 0) + 1, payload, job: job, at: gatedAt,
            release: configuration.productVersion)
        summary.artefactHash = trained.artefactHash
        let refused = trained.gates.first { !$0.passed }
        let verdict = refused.map { "\(summary.name) refused by the gate \($0.name): \($0.detail)" } ?? "\(summary.name) passed its gates"
        let change = Change(
            verb: "trained", deployment: entry.name, summary: verdict, reason: nil,
            details: ["version": summary.name, "job": "\(job.id)", "data": trained.dataHash, "by": job.createdBy])
        var record = entry.record
        var memory = entry.memory
        if case .deploy = payload {
            record.schema = trained.schema
            record.dataHash = trained.dataHash
            memory.importHash = trained.dataHash
        }
        Self.noteStages(&memory, trained, version: summary.number, gatedAt: gatedAt)
        if let refused { memory.loop?.ended = "\(summary.name) refused by the gate \(refused.name)" }
        record.payload = memory.text
        let stored = conclude(job, change) { transaction in
            guard try transaction.finish(job.id, fence: job.fence, state: JobState.done.rawValue, result: verdict, error: nil, now: gatedAt)
            else {
                return false
            }
            try transaction.insert(summary.record(deployment: entry.name, profileHash: trained.profileHash, reportHash: trained.reportHash))
            try transaction.update(record)
            return true
        }
        guard stored else { return }
        entry.record = record
        if case .deploy = payload { writer.register(entry.name, categories: entry.categories, schema: record.schema) }
        entry.memory = memory
        entry.versions.append(summary)
        resolveAlert(entry.name, kind: AlertKind.training, because: "\(summary.name) is trained")
        pruneSnapshots()
        if case .deploy = payload { _ = await installRouting() }
        if let refused {
            reportRefusal(entry, summary.name, refused)
            if job.trigger == .onDrift { retryDriftLater(job) }
        } else {
            await promoteIfWanted(entry, summary, payload, job, trained)
            resolveAlert(entry.name, kind: AlertKind.gate, because: verdict)
        }
    }

    private static func noteStages(_ memory: inout DeploymentMemory, _ trained: TrainedVersion, version: UInt32, gatedAt: Int64) {
        guard memory.loop != nil, memory.loop?.version == nil else { return }
        memory.loop?.trained = trained.trainedAt
        memory.loop?.gated = gatedAt
        memory.loop?.version = version
        memory.loop?.trainingSeconds = trained.outcome.fitSeconds
        memory.loop?.labelDelay = trained.labelDelay
    }

    func reportRefusal(_ entry: DeploymentEntry, _ name: String, _ gate: GateResult) {
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.gate, severity: .warning, title: "\(entry.name) \(name) refused by the gate \(gate.name): \(gate.detail)",
                reasons: [], onset: now()))
    }

    private func promoteIfWanted(
        _ entry: DeploymentEntry, _ summary: VersionSummary, _ payload: JobPayload, _ job: JobRecord, _ trained: TrainedVersion
    ) async {
        switch payload {
        case .deploy:
            await promoteFirst(entry, summary.number, orderedBy: job.createdBy)
        // The policy may have been changed since it gave the order.
        case .train(let order) where order.promoteWhenBlessed && entry.policy.automation == .auto:
            guard let trigger = order.trigger else { return }
            await promoteByPolicy(entry, summary.number, comparedWith: trained.championNumber, trigger: trigger)
        case .train:
            entry.memory.loop?.ended = "\(summary.name) waits for a person"
            entry.isMemoryDirty = true
        }
    }

    private static func summary(
        _ trained: TrainedVersion, number: UInt32, _ payload: JobPayload, job: JobRecord, at time: Int64, release: String
    ) -> VersionSummary {
        let outcome = trained.outcome
        let isBlessed = trained.gates.allSatisfy(\.passed)
        var summary = VersionSummary(
            number: number, state: isBlessed ? .candidate : .refused, algorithm: payload.training.algorithm, createdAt: time,
            metrics: outcome.metrics, blessed: isBlessed, gates: trained.gates, dataHash: trained.dataHash, artefactHash: nil,
            createdBy: job.createdBy, source: trained.source, settings: outcome.settings, seed: payload.training.seed,
            trainRows: outcome.trainRows, holdoutRows: outcome.holdoutRows, fitSeconds: outcome.fitSeconds, importance: trained.importance,
            notes: trained.notes, libraries: outcome.libraries.merging(["Flyball": release]) { own, _ in own })
        summary.stageSeconds = trained.stageSeconds
        return summary
    }
}

extension JobRecord {
    /// What a policy's order was given for.
    var trigger: PolicyTrigger? {
        guard case .train(let order) = JobPayload.decode(payload) else { return nil }
        return order.trigger
    }
}

extension Operator {
    /// The engine itself, finishing what somebody ordered.
    static let engine = Operator(name: "engine", uid: nil, role: .admin)
}
