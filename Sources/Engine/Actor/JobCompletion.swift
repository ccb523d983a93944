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
        entry.memory.policy.answeredQuality = nil
        entry.isMemoryDirty = true
    }

    // MARK: Registering

    private func register(_ job: JobRecord, _ trained: TrainedVersion) async {
        guard let entry = entries[job.deployment] else { return discardLate(job) }
        let payload: JobPayload
        do throws(RecordFailure) { payload = try JobPayload(stored: job.payload) } catch {
            return settle(
                job, JobVerdict(.failed("its order cannot be read: \(DamagedRecord(job, error).text)"), of: facts(job), at: now()))
        }
        let gatedAt = now()
        let isFirst = if case .deploy = payload { true } else { false }
        let isOurs = Flag(true)
        let registration = Registration(
            candidate: Candidate(trained, payload, job: job, release: configuration.productVersion), verb: .trained, reason: nil,
            details: ["job": "\(job.id)", "data": trained.dataHash, "by": job.createdBy],
            update: { step, record, memory in
                if isFirst {
                    record.schema = trained.schema
                    record.dataHash = trained.dataHash
                    memory.importHash = trained.importHash
                }
                Self.noteStages(&memory, trained, step, gatedAt: gatedAt)
            },
            alongside: { step, transaction in
                isOurs.value = try transaction.finish(
                    job.id, fence: job.fence, state: JobState.done.rawValue, result: step.summary, error: nil, now: gatedAt)
                if !isOurs.value { throw StoreFailure.conflict("job \(job.id)") }
            })
        do throws(ActionFailure) {
            let (step, _) = try await register(registration, in: entry, by: .engine)
            resolveAlert(entry.name, kind: .training, because: "v\(step.version ?? 0) is trained")
            if isFirst {
                writer.register(entry.name, categories: entry.categories, schema: entry.record.schema)
                _ = await installRouting(of: entry.name)
            }
            if case .refused = step.verdict {
                if job.trigger == .onDrift { retryDriftLater(job) }
            } else {
                await promoteIfWanted(entry, step, payload, job, trained)
            }
            if entries[entry.name] === entry { applyRetention(entry) }
        } catch {
            if isOurs.value {
                logger.error("job \(job.id): its end is not stored: \(error): it begins again when its lease is over")
            } else {
                discardLate(job)
            }
        }
    }

    /// What a transaction found out, for whoever began it.
    private final class Flag {
        var value: Bool
        init(_ value: Bool) { self.value = value }
    }

    private static func noteStages(_ memory: inout DeploymentMemory, _ trained: TrainedVersion, _ step: RollOutStep, gatedAt: Int64) {
        if memory.loop != nil, memory.loop?.version == nil {
            memory.loop?.trained = trained.trainedAt
            memory.loop?.gated = gatedAt
            memory.loop?.version = step.version
            memory.loop?.trainingSeconds = trained.outcome.fitSeconds
            memory.loop?.labelDelay = trained.labelDelay
        }
        if let refused = trained.gates.first(where: \.refuses) {
            memory.loop?.ended = "v\(step.version ?? 0) refused by the gate \(refused.name)"
        }
    }

    func reportRefusal(_ entry: DeploymentEntry, _ name: String, _ gate: GateResult) {
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.gate, severity: .warning, title: "\(entry.name) \(name) refused by the gate \(gate.name): \(gate.detail)",
                reasons: [], onset: now()))
    }

    private func promoteIfWanted(
        _ entry: DeploymentEntry, _ step: RollOutStep, _ payload: JobPayload, _ job: JobRecord, _ trained: TrainedVersion
    ) async {
        guard let number = step.version else { return }
        switch payload {
        case .deploy:
            await promoteFirst(entry, number, orderedBy: job.createdBy)
        // The policy may have been changed since it gave the order.
        case .train(let order) where order.promoteWhenBlessed && entry.policy.automation == .auto:
            guard let trigger = order.trigger else { return }
            if let doubt = trained.gates.first(where: \.undecided) {
                entry.memory.loop?.ended = "v\(number) waits for labels or a person: \(doubt.name) is undecided"
                entry.isMemoryDirty = true
                // More labels decide: what ordered it is due again with those that the policy asks for, and not before.
                if trigger == .onDrift || trigger == .onQualityDrop { retryDriftLater(job) }
                return
            }
            await promoteByPolicy(entry, number, comparedWith: trained.championNumber, trigger: trigger)
        case .train:
            entry.memory.loop?.ended = "v\(number) waits for a person"
            entry.isMemoryDirty = true
        }
    }
}

extension Candidate {
    /// What a training made.
    init(_ trained: TrainedVersion, _ payload: JobPayload, job: JobRecord, release: String) {
        let outcome = trained.outcome
        var draft = VersionSummary(
            number: 0, state: .candidate, algorithm: payload.training.algorithm, createdAt: 0,
            metrics: outcome.metrics, blessed: !trained.gates.contains(where: \.refuses), gates: trained.gates, dataHash: trained.dataHash,
            artefactHash: trained.artefactHash,
            createdBy: job.createdBy, source: trained.source, settings: outcome.settings, seed: payload.training.seed,
            trainRows: outcome.trainRows, holdoutRows: outcome.holdoutRows, fitSeconds: outcome.fitSeconds, importance: trained.importance,
            notes: trained.notes, libraries: outcome.libraries.merging(["Flyball": release]) { own, _ in own })
        draft.stageSeconds = trained.stageSeconds
        draft.split = outcome.division?.bounds
        draft.prior = outcome.constant.values
        draft.allowedLeakage = payload.training.allowedLeakage
        self.init(draft: draft, profileHash: trained.profileHash, reportHash: trained.reportHash, decisions: trained.decisions)
    }
}

extension JobRecord {
    /// What a policy's order was given for.
    var trigger: PolicyTrigger? {
        // An order that cannot be read is nobody's by itself: the job's row says so.
        guard let order = try? JobPayload(stored: payload), case .train(let training) = order else { return nil }
        return training.trigger
    }
}

extension Operator {
    /// The engine itself, finishing what somebody ordered.
    static let engine = Operator(name: "engine", uid: nil, role: .admin)
}
