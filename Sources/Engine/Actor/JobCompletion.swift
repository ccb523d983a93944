import Learning
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Takes a job's end: registers the version, settles the job with its fence, promotes where that was asked for.
    func finish(_ job: JobRecord, _ result: Result<TrainedVersion, TrainingEnd>) async {
        _ = jobBoard.end(job.id)
        switch result {
        // It goes on from its checkpoint: in the next engine, or in the attempt that has it.
        case .failure(.cancelled) where isStopping, .failure(.lost): break
        default: JobCheckpoint(job: job.id, workspace: workspace).remove()
        }
        switch result {
        case .failure(.cancelled) where isStopping:
            // The engine stops: the job goes back to the queue and begins again at the next start.
            settle(job) { try $0.requeue(job.id, fence: job.fence, now: self.now()) }
        case .failure(.lost):
            discardLate(job)
        case .failure(.withheld(let reason)):
            settle(job) { try $0.finish(job.id, fence: job.fence, state: "cancelled", result: nil, error: reason, now: self.now()) }
            endTurn(job, reason)
            retryDriftLater(job)
        case .failure(.cancelled):
            settle(job) { try $0.finish(job.id, fence: job.fence, state: "cancelled", result: nil, error: nil, now: self.now()) }
            endTurn(job, "cancelled")
        case .failure(.failed(let reason)):
            fail(job, reason)
        case .success(let trained):
            await register(job, trained)
        }
        refreshJobsLoggingFailure()
        publish()
    }

    private func settle(_ job: JobRecord, _ body: (ControlTransaction) throws -> Bool) {
        do {
            if try !stores.control.write(body) { discardLate(job) }
        } catch {
            noteControlFailure(error)
            logger.error("job \(job.id): its end is not stored: \(error): it begins again when its lease is over")
        }
    }

    /// The job is another attempt's by now: what this one made counts for nothing, and the journal says so.
    private func discardLate(_ job: JobRecord) {
        let change = Change(
            verb: "job discard", deployment: job.deployment,
            summary: "discarded a late result of job \(job.id): attempt \(job.attempts) lost it",
            reason: nil, details: ["job": "\(job.id)", "fence": "\(job.fence)"])
        _ = try? commit(change, by: .engine) { _ in }
    }

    private func fail(_ job: JobRecord, _ reason: String) {
        let change = Change(
            verb: "train failed", deployment: job.deployment, summary: "job \(job.id) failed: \(SafeText.escape(reason))", reason: nil,
            details: ["job": "\(job.id)"])
        let outcome = conclude(job, change) { transaction in
            try transaction.finish(job.id, fence: job.fence, state: "failed", result: nil, error: reason, now: self.now())
        }
        guard outcome else { return }
        endTurn(job, "failed: \(reason)")
        retryDriftLater(job)
        if let entry = entries[job.deployment] {
            raiseAlert(
                entry.name,
                Finding(
                    kind: AlertKind.training, severity: .warning, title: "training of \(entry.name) failed: \(SafeText.escape(reason))",
                    reasons: [], onset: now()))
        }
    }

    /// A job that was given up after its last attempt.
    func reportParked(_ job: JobRecord) {
        raiseAlert(
            job.deployment,
            Finding(
                kind: AlertKind.training, severity: .warning,
                title: "job \(job.id) of \(job.deployment) is parked: \(job.error ?? "its last attempt ended")", reasons: [], onset: now()))
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
        guard job.isAutomatic, job.trigger == "on_drift", let entry = entries[job.deployment] else { return }
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
            guard try transaction.finish(job.id, fence: job.fence, state: "done", result: verdict, error: nil, now: gatedAt) else {
                return false
            }
            try transaction.insert(summary.record(deployment: entry.name, profileHash: trained.profileHash, reportHash: trained.reportHash))
            try transaction.update(record)
            return true
        }
        guard stored else { return }
        entry.record = record
        entry.memory = memory
        entry.versions.append(summary)
        resolveAlert(entry.name, kind: AlertKind.training, because: "\(summary.name) is trained")
        pruneSnapshots()
        if case .deploy = payload { _ = await installRouting() }
        if let refused {
            reportRefusal(entry, summary.name, refused)
            retryDriftLater(job)
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
            await promoteByPolicy(entry, summary.number, comparedWith: trained.championNumber, trigger: order.trigger ?? "auto")
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
    var trigger: String? {
        guard case .train(let order) = JobPayload.decode(payload) else { return nil }
        return order.trigger
    }
}

extension Operator {
    /// The engine itself, finishing what somebody ordered.
    static let engine = Operator(name: "engine", uid: nil, role: .admin)
}
