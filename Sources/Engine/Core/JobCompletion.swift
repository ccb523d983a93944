import Foundation
import Learning
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Which job may be claimed now.
    func solitaryJob() -> JobChoice {
        if isStopping { return .nothing }
        guard configuration.isSolitary else { return .any }
        return ownJob.map { .only($0) } ?? .nothing
    }

    /// Gathers what a claimed job needs to know of its deployment.
    func prepare(_ job: JobRecord) -> Result<TrainingTask, TrainingEnd> {
        refreshJobsLoggingFailure()
        guard let payload = JobPayload.decode(job.payload) else { return .failure(.failed("job \(job.id): its order cannot be read")) }
        guard let entry = entries[job.deployment] else { return .failure(.failed("\(job.deployment): no such deployment")) }
        switch payload {
        case .deploy(let order):
            return .success(
                TrainingTask(
                    job: job.id, kind: job.kind, deployment: job.deployment, source: .importing(path: order.path, options: order.options),
                    training: order.training, champion: nil, dataDirectory: workspace.dataDirectory))
        case .train(let order):
            guard let schema = entry.record.schema else { return .failure(.failed("\(entry.name): it has no schema yet")) }
            entry.memory.loop?.started = now()
            entry.isMemoryDirty = true
            let source: TrainingSource
            if let path = order.path {
                source = .file(path: path, schema: schema, from: order.from, until: order.until)
            } else {
                let current = now()
                source = .traffic(
                    LabelledTraffic(
                        schema: schema, importHash: entry.memory.importHash, from: order.window.map { current - $0 } ?? 0,
                        until: current + 1,
                        categories: entry.categories.table))
            }
            return .success(
                TrainingTask(
                    job: job.id, kind: job.kind, deployment: job.deployment, source: source, training: order.training,
                    champion: championReference(entry), dataDirectory: workspace.dataDirectory))
        }
    }

    private func championReference(_ entry: DeploymentEntry) -> ChampionReference? {
        guard let number = entry.record.champion, let hash = entry.version(number)?.artefactHash,
            let bytes = try? stores.control.read({ try $0.artefact(hash) })
        else { return nil }
        return ChampionReference(number: number, artefact: bytes)
    }

    /// Takes a job's end: registers the version, settles the job with its fence, promotes where that was asked for.
    func finish(_ job: JobRecord, _ result: Result<TrainedVersion, TrainingEnd>) async {
        let live = jobBoard.end(job.id)
        switch result {
        case .failure(.cancelled) where isStopping:
            // The engine stops: the job goes back to the queue and begins again at the next start.
            settle(job) { try $0.requeue(job.id, fence: job.fence, now: self.now()) }
        case .failure(.cancelled):
            settle(job) { try $0.finish(job.id, fence: job.fence, state: "cancelled", result: nil, error: nil, now: self.now()) }
            endTurn(job, "cancelled")
        case .failure(.failed(let reason)):
            fail(job, reason)
        case .success(let trained):
            await register(job, trained, curve: live?.curve ?? [])
        }
        refreshJobsLoggingFailure()
        publish()
    }

    private func settle(_ job: JobRecord, _ body: (ControlTransaction) throws -> Bool) {
        do {
            if try !stores.control.write(body) { discardLate(job) }
        } catch { logger.error("job \(job.id): its end is not stored: \(error)") }
    }

    private func discardLate(_ job: JobRecord) {
        let change = Change(
            verb: "job discard", deployment: job.deployment, summary: "discarded a late result of job \(job.id): another attempt holds it",
            reason: nil)
        _ = try? commit(change, by: .engine) { _ in }
    }

    private func fail(_ job: JobRecord, _ reason: String) {
        let change = Change(
            verb: "train failed", deployment: job.deployment, summary: "job \(job.id) failed: \(reason)", reason: nil)
        do {
            _ = try commit(change, by: .engine) { transaction in
                guard try transaction.finish(job.id, fence: job.fence, state: "failed", result: nil, error: reason, now: self.now()) else {
                    throw StoreFailure.conflict("job \(job.id)")
                }
            }
        } catch { logger.error("job \(job.id): \(error)") }
        endTurn(job, "failed: \(reason)")
        if let entry = entries[job.deployment] {
            let finding = Finding(
                kind: AlertKind.training, severity: .warning, title: "training of \(entry.name) failed: \(reason)", reasons: [],
                onset: now())
            raiseAlert(entry.name, finding)
        }
    }

    private func endTurn(_ job: JobRecord, _ reason: String) {
        guard let entry = entries[job.deployment], entry.memory.loop?.version == nil else { return }
        entry.memory.loop?.ended = reason
        entry.isMemoryDirty = true
    }

    private func register(_ job: JobRecord, _ trained: TrainedVersion, curve: [TrainingProgress]) async {
        guard let entry = entries[job.deployment], let payload = JobPayload.decode(job.payload) else { return }
        let gatedAt = now()
        let isBlessed = trained.gates.allSatisfy(\.passed)
        let summary = Self.summary(trained, number: (entry.versions.last?.number ?? 0) + 1, job: job, at: gatedAt, isBlessed: isBlessed)
        let name = "v\(summary.number)"
        let refused = trained.gates.first { !$0.passed }
        let verdict = refused.map { "\(name) refused by \($0.name): \($0.detail)" } ?? "\(name) passed its gates"
        let change = Change(
            verb: "trained", deployment: entry.name, summary: verdict, reason: nil,
            details: ["version": name, "job": "\(job.id)", "data": trained.dataHash, "by": job.createdBy])
        var record = entry.record
        if case .deploy = payload {
            record.schema = trained.schema
            record.dataHash = trained.dataHash
            entry.memory.importHash = trained.dataHash
        }
        noteStages(entry, trained, version: summary.number, gatedAt: gatedAt)
        record.payload = entry.memory.text
        do {
            _ = try commit(change, by: .engine) { transaction in
                guard try transaction.finish(job.id, fence: job.fence, state: "done", result: verdict, error: nil, now: gatedAt) else {
                    throw StoreFailure.conflict("job \(job.id)")
                }
                let artefact = try transaction.putArtefact(trained.outcome.artefact)
                let profile = try transaction.putArtefact(Array(encodeJSON(trained.profile).utf8))
                var stored = summary
                stored.artefactHash = artefact
                try transaction.insert(stored.record(deployment: entry.name, profileHash: profile))
                try transaction.update(record)
                entry.versions.append(stored)
            }
        } catch {
            entry.versions.removeAll { $0.number == summary.number }
            logger.error("job \(job.id): \(name) is not registered: \(error)")
            discardLate(job)
            return
        }
        entry.record = record
        resolveAlert(entry.name, kind: AlertKind.training, because: "\(name) is trained")
        if let refused { reportRefusal(entry, name, refused) } else { resolveAlert(entry.name, kind: AlertKind.gate, because: verdict) }
        if case .deploy = payload { _ = await installRouting() }
        await promoteIfWanted(entry, summary, payload, job)
    }

    private func noteStages(_ entry: DeploymentEntry, _ trained: TrainedVersion, version: UInt32, gatedAt: Int64) {
        guard entry.memory.loop != nil, entry.memory.loop?.version == nil else { return }
        entry.memory.loop?.trained = trained.trainedAt
        entry.memory.loop?.gated = gatedAt
        entry.memory.loop?.version = version
        entry.memory.loop?.trainingSeconds = trained.outcome.fitSeconds
        entry.memory.loop?.labelDelay = trained.labelDelay
    }

    private func reportRefusal(_ entry: DeploymentEntry, _ name: String, _ gate: GateResult) {
        entry.memory.loop?.ended = "\(name) refused by \(gate.name)"
        entry.isMemoryDirty = true
        raiseAlert(
            entry.name,
            Finding(
                kind: AlertKind.gate, severity: .warning, title: "\(entry.name) \(name) refused by \(gate.name): \(gate.detail)",
                reasons: [],
                onset: now()))
    }

    private func promoteIfWanted(_ entry: DeploymentEntry, _ summary: VersionSummary, _ payload: JobPayload, _ job: JobRecord) async {
        guard summary.blessed else { return }
        switch payload {
        case .deploy:
            let request = ActionRequest(
                .promote(deployment: entry.name, version: summary.number), reason: "first version, as ordered by \(job.createdBy)")
            if case .failure(let failure) = await perform(request, by: .engine) { logger.error("\(entry.name): \(failure)") }
        case .train(let order) where order.promoteWhenBlessed:
            await promoteByPolicy(entry, summary.number, trigger: order.trigger ?? "auto")
        case .train:
            entry.memory.loop?.ended = "\(summary.name) waits for a person"
            entry.isMemoryDirty = true
        }
    }

    private static func summary(_ trained: TrainedVersion, number: UInt32, job: JobRecord, at time: Int64, isBlessed: Bool)
        -> VersionSummary
    {
        let outcome = trained.outcome
        let payload = JobPayload.decode(job.payload)
        let seed: UInt64 =
            switch payload {
            case .deploy(let order): order.training.seed
            case .train(let order): order.training.seed
            case nil: 0
            }
        return VersionSummary(
            number: number, state: isBlessed ? .candidate : .refused, algorithm: payload?.algorithm ?? "", createdAt: time,
            metrics: outcome.metrics,
            blessed: isBlessed, gates: trained.gates, dataHash: trained.dataHash, artefactHash: nil, createdBy: job.createdBy,
            source: trained.source, settings: outcome.settings, seed: seed, trainRows: outcome.trainRows, holdoutRows: outcome.holdoutRows,
            fitSeconds: outcome.fitSeconds, importance: trained.importance, notes: trained.notes, libraries: outcome.libraries)
    }
}

extension Operator {
    /// The engine itself, finishing what somebody ordered.
    static let engine = Operator(name: "engine", uid: nil, role: .admin)
}
