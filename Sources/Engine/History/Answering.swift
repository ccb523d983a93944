import Dispatch
import Foundation
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Rows that one page may have.
    static let pageLimit = 1_000
    /// Versions that one page may have: each is some kilobytes.
    static let versionPageLimit = 200

    /// Answers a question about the past.
    ///
    /// What lies in a store is read on the history queue, never on the engine's own.
    nonisolated func history(_ query: HistoryQuery, on queue: DispatchQueue) async -> HistoryPage {
        let content: HistoryContent
        switch query {
        case .engine: content = .engine(board.snapshot.engine)
        case .status:
            let snapshot = board.snapshot
            content = await onQueue(queue) { .text(String(decoding: StatusDocument(snapshot).json(), as: UTF8.self)) }
        case .overview:
            let snapshot = board.snapshot
            content = await onQueue(queue) { .overview(StatusDocument(snapshot).brief) }
        case .deployment(let name): content = present(name)
        case .job(let id): content = await job(id, on: queue)
        case .journal(let before, let limit, let deployment):
            content = await read(queue) { reader in
                .journal(try reader.journal(before: before, after: nil, limit: Self.bounded(limit), deployment: deployment))
            }
        case .journalAfter(let sequence, let limit, let deployment):
            content = await read(queue) { reader in
                .journal(try reader.journal(following: sequence, limit: Self.bounded(limit), deployment: deployment))
            }
        case .verifyJournal(let checkpoint): content = await verification(checkpoint, on: queue)
        case .jobs(let before, let limit):
            content = await read(queue) { reader in
                let rows = try reader.jobs(
                    states: JobState.open + JobState.ended, limit: Self.bounded(limit), before: before)
                return .jobs(rows.records.map { JobStatus($0).with(self.jobBoard.live($0.id)) })
            }
        case .jobLog(let id, let after, let limit):
            content = await read(queue) { reader in
                .log(
                    try reader.log(id, after: after, limit: Self.bounded(limit)).map {
                        JobLogLine(number: $0.number, time: $0.time, text: $0.text)
                    })
            }
        case .tokens: content = .tokens(board.snapshot.system.access.tokens)
        case .alerts(let limit):
            let current = now()
            content = await read(queue) { reader in
                let rows = try reader.alerts(limit: Self.bounded(limit))
                return .alerts(
                    rows.records.map { record in
                        do throws(RecordFailure) { return try Alert(record) } catch {
                            return Alert(unreadable: record, DamagedRecord(record, error), foundAt: current)
                        }
                    })
            }
        case .series(let deployment, let metric, let from, let until, let points):
            content = await .series(series(deployment, metric, from: from, until: until, count: Self.bounded(points)))
        case .featureDrift(let deployment, let feature, let from, let until, let points):
            content = await .series(featureDrift(deployment, feature, from: from, until: until, count: Self.bounded(points)))
        case .versions(let deployment, let before, let limit):
            content = await versions(deployment, before: before, limit: min(max(limit, 1), Self.versionPageLimit), on: queue)
        case .policy(let deployment): content = await policy(deployment)
        case .model(let deployment, let version): content = await model(deployment, version, on: queue)
        case .importance(let deployment, let version): content = await importance(deployment, version)
        case .pair(let deployment, let first, let second): content = await pair(deployment, first, second)
        case .why(let deployment): content = await causes(deployment, on: queue)
        case .report(let deployment, let version):
            content = await report(deployment, version, on: queue)
        case .replay(let deployment, let version): content = await replay(deployment, version, on: queue)
        case .replayAnswer(let deployment, let id): content = await replayAnswer(deployment, id, on: queue)
        case .predictions(let deployment, let mark, let limit):
            content = await predictions(deployment, upTo: mark, limit: limit, on: queue)
        case .backups: content = .backups(await backupStatus)
        case .explanation(let deployment, let id): content = await explanation(deployment, id, on: queue)
        }
        return HistoryPage(asOf: now(), content: content)
    }

    private static func bounded(_ limit: Int) -> Int { min(max(limit, 1), pageLimit) }

    private nonisolated func read(
        _ queue: DispatchQueue, _ body: @escaping @Sendable (ControlReader) throws -> HistoryContent
    ) async -> HistoryContent {
        let control = stores.control
        return await onQueue(queue) {
            do { return try control.read(body) } catch { return .failed("\(error)") }
        }
    }

    /// Walks the chain page by page, so that no view is held open for long.
    ///
    /// Complexity: O(rows).
    private nonisolated func verification(_ checkpoint: JournalCheckpoint?, on queue: DispatchQueue) async -> HistoryContent {
        let control = stores.control
        let (time, logger) = (now(), logger)
        return await onQueue(queue) {
            do throws(StoreFailure) {
                var verdict = try JournalVerification.verify(store: control, checkpoint: checkpoint)
                // A disk that takes no key takes nothing from the verdict.
                do throws(StoreFailure) {
                    verdict.signed = try verdict.checkpoint.map { end throws(StoreFailure) in try control.sign(end, at: time) }
                } catch {
                    logger.error("the journal's end is not signed: \(error)")
                }
                return .verification(verdict)
            } catch { return .failed("\(error)") }
        }
    }

    private func series(_ name: String, _ metric: SeriesMetric, from: Int64, until: Int64, count: Int) -> [SeriesPoint] {
        entries[name]?.charts.series[metric]?.points(from: from, until: until, count: count) ?? []
    }

    private func featureDrift(_ name: String, _ feature: String, from: Int64, until: Int64, count: Int) -> [SeriesPoint] {
        entries[name]?.charts.featureDrift[feature]?.points(from: from, until: until, count: count) ?? []
    }

    private nonisolated func present(_ name: String) -> HistoryContent {
        let snapshot = board.snapshot
        if let status = snapshot.deployment(name) { return .deployment(status) }
        let nearest = Names.nearest(to: name, in: snapshot.deployments.map(\.name))
        return .failed("\(ActionFailure.notFound(kind: "deployment", name: SafeText.escape(name), nearest: nearest))")
    }

    /// As it is in the snapshot, without that one's other jobs; an older one comes from the store.
    private nonisolated func job(_ id: Int64, on queue: DispatchQueue) async -> HistoryContent {
        if let job = board.snapshot.jobs.first(where: { $0.id == id }) { return .jobs([job.with(jobBoard.live(id))]) }
        return await read(queue) { reader in
            guard let row = try reader.job(id) else {
                return .failed("\(ActionFailure.notFound(kind: "job", name: "\(id)", nearest: nil))")
            }
            return .jobs([JobStatus(row).with(self.jobBoard.live(id))])
        }
    }

    private func policy(_ name: String) -> HistoryContent {
        guard let entry = entries[name] else { return .failed("no such deployment: \(name)") }
        guard let unreadable = entry.ledger.policy else { return .text(entry.policy.text) }
        return .text("# This policy cannot be read, and does nothing until it is mended: \(unreadable.damage.text)\n" + unreadable.text)
    }

    private nonisolated func model(_ name: String, _ number: UInt32?, on queue: DispatchQueue) async -> HistoryContent {
        do throws(ActionFailure) {
            let (version, hash) = try await artefactHash(name, number)
            return await read(queue) { reader in .model(version: version, artefact: Data(try reader.artefact(hash))) }
        } catch { return .failed("\(error)") }
    }

    private nonisolated func replay(_ name: String, _ number: UInt32, on queue: DispatchQueue) async -> HistoryContent {
        do throws(ActionFailure) {
            let replay = try await onlineReplay(name, number)
            return await onQueue(queue) {
                do { return .replayed(try replay.run()) } catch { return .failed("\(name) v\(number): \(error)") }
            }
        } catch { return .failed("\(error)") }
    }

    private func artefactHash(_ name: String, _ number: UInt32?) throws(ActionFailure) -> (version: UInt32, hash: String) {
        let entry = try entry(name)
        guard let wanted = number ?? entry.record.champion else {
            throw .refused(what: "\(name) has no champion yet", advice: "name a version, or train one first")
        }
        guard let hash = version(wanted, of: entry)?.artefactHash else {
            throw .notFound(kind: "version", name: "\(name) v\(wanted)", nearest: entry.versions.newestName)
        }
        return (wanted, hash)
    }
}
