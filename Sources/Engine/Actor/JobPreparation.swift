import Learning
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Which job may be claimed now.
    func claimable() -> JobChoice {
        if isStopping { return .nothing }
        guard configuration.isSolitary else { return .any }
        return jobs.own.map { .only($0) } ?? .nothing
    }

    /// Gathers what a claimed job needs to know of its deployment.
    func prepare(_ job: JobRecord) async -> Result<TrainingTask, TrainingEnd> {
        refreshJobsLoggingFailure()
        publish()
        let payload: JobPayload
        do throws(RecordFailure) { payload = try JobPayload(stored: job.payload) } catch {
            return .failure(.failed("its order cannot be read: \(DamagedRecord(job, error).text)"))
        }
        guard let entry = entries[job.deployment] else { return .failure(.failed("\(job.deployment): no such deployment")) }
        if let failure = entry.ledger.failure { return .failure(.failed("\(entry.name) cannot be read: \(failure.text)")) }
        switch payload {
        case .deploy(let order):
            return .success(
                TrainingTask(
                    job: job.id, deployment: job.deployment, source: .importing(path: order.path, options: order.options),
                    training: bounded(order.training), champion: nil, dataDirectory: workspace.dataDirectory,
                    categories: entry.categories, windowRows: workspace.configuration.windowing.rows,
                    margins: workspace.configuration.margins, disk: workspace.configuration.resources[.training].disk,
                    held: order.holdout.map { .file(path: $0) }))
        case .train(let order):
            guard let schema = entry.record.schema else { return .failure(.failed("\(entry.name): it has no schema yet")) }
            if let freeze = freezes.first(where: { $0.stops(.learning, in: entry.name) }), order.trigger != nil {
                return .failure(.withheld("learning is frozen by \(freeze.by)"))
            }
            entry.memory.loop?.started = now()
            entry.isMemoryDirty = true
            let rows: TrainingSource
            do throws(StoreFailure) { rows = try await source(order, schema, entry) } catch { return .failure(.failed("\(error)")) }
            return .success(
                TrainingTask(
                    job: job.id, deployment: job.deployment, source: rows, training: bounded(order.training),
                    champion: championReference(entry), dataDirectory: workspace.dataDirectory, categories: entry.categories,
                    windowRows: workspace.configuration.windowing.rows, margins: workspace.configuration.margins,
                    disk: workspace.configuration.resources[.training].disk, held: held(order)))
        }
    }

    private func held(_ order: TrainOrder) -> HeldRows? {
        if let path = order.holdout { return .file(path: path) }
        guard let hash = order.heldIn, let rows = order.training.split?.heldRows else { return nil }
        return .data(hash: hash, rows: rows)
    }

    /// The order with this machine's bound on memory.
    private func bounded(_ request: TrainingRequest) -> TrainingRequest {
        var request = request
        request.memoryBudget = request.memoryBudget ?? workspace.configuration.resources.memory(.training)
        return request
    }

    private func source(_ order: TrainOrder, _ schema: Schema, _ entry: DeploymentEntry) async throws(StoreFailure) -> TrainingSource {
        if let path = order.path { return .file(path: path, schema: schema, from: order.from, until: order.until) }
        // Rows that the event loops still hold have labels too.
        await flushTraffic()
        let current = now()
        return .traffic(
            LabelledTraffic(
                schema: schema, importHash: entry.memory.importHash, from: order.window.map { current.subtractingClamped($0) } ?? 0,
                until: current + 1, categories: entry.categories.copy(), faults: try faults(entry.name, until: current),
                windowRows: workspace.configuration.windowing.rows))
    }

    /// When values were missing that used to be there: from the onset of each such alert to its end.
    ///
    /// - Throws: when that cannot be told: nothing is learnt then.
    func faults(_ deployment: String, until current: Int64) throws(StoreFailure) -> [ClosedRange<Int64>] {
        // The open one may be known here only, when the store refuses writes.
        let open = [alerts.open(deployment, kind: AlertKind.missing)].compactMap(\.self)
        let rows = try stores.control.read {
            try $0.alerts(deployment: deployment, kind: AlertKind.missing.rawValue, limit: Self.faultLimit)
        }
        var damaged = rows.damaged
        var stored: [Alert] = []
        for record in rows.records {
            do throws(RecordFailure) { stored.append(try Alert(record)) } catch { damaged.append(DamagedRecord(record, error)) }
        }
        if let first = damaged.first { throw .corrupt("\(first.text): when values of \(deployment) were missing is not known") }
        return (open + stored).map { alert in
            let end = alert.resolvedAt ?? current
            return min(alert.onset.subtractingClamped(Self.faultMargin), end)...end
        }
    }

    /// Rows are judged up to some ticks after they were answered, milliseconds: the first faulty ones are older than the onset.
    private static let faultMargin: Int64 = 1_000

    /// The latest faults of a deployment that are looked at: more than any window of labels holds.
    private static let faultLimit = 200

    private func championReference(_ entry: DeploymentEntry) -> ChampionReference? {
        guard let number = entry.record.champion, let version = version(number, of: entry), let hash = version.artefactHash else {
            return nil
        }
        var reference = ChampionReference(version, artefactHash: hash)
        reference.profile = entry.champion?.reference
        return reference
    }
}

extension Int64 {
    /// The difference, kept within what fits.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : value
    }
}
