import Dispatch
import Foundation
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Rows that one page may have.
    static let pageLimit = 1_000

    /// Answers a question about the past.
    ///
    /// What lies in a store is read on the history queue, never on the engine's own.
    nonisolated func history(_ query: HistoryQuery, on queue: DispatchQueue) async -> HistoryPage {
        let content: HistoryContent
        switch query {
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
                return .jobs(rows.map { JobStatus($0).with(self.jobBoard.live($0.id)) })
            }
        case .jobLog(let id, let after, let limit):
            content = await read(queue) { reader in
                .log(
                    try reader.log(id, after: after, limit: Self.bounded(limit)).map {
                        JobLogLine(number: $0.number, time: $0.time, text: $0.text)
                    })
            }
        case .alerts(let limit):
            content = await read(queue) { reader in .alerts(try reader.alerts(limit: Self.bounded(limit)).compactMap { Alert($0) }) }
        case .series(let deployment, let metric, let from, let until, let points):
            content = await .series(series(deployment, metric, from: from, until: until, count: Self.bounded(points)))
        case .featureDrift(let deployment, let feature, let from, let until, let points):
            content = await .series(featureDrift(deployment, feature, from: from, until: until, count: Self.bounded(points)))
        case .versions(let deployment): content = await versions(deployment)
        case .policy(let deployment): content = await policy(deployment)
        case .model(let deployment, let version): content = await model(deployment, version, on: queue)
        case .importance(let deployment, let version): content = await importance(deployment, version)
        case .report(let deployment, let version):
            content = await read(queue) { reader in
                let name = "\(SafeText.escape(deployment)) v\(version)"
                guard let row = try reader.version(of: deployment, number: version) else { return .failed("no such version: \(name)") }
                guard let hash = row.reportHash else { return .failed("\(name) has no report: it was trained by an earlier release") }
                let text = String(decoding: try reader.artefact(hash), as: UTF8.self)
                return decodeJSON(VersionReport.self, text).map { .report($0) } ?? .failed("the report of \(name) cannot be read")
            }
        case .replay(let deployment, let version): content = await replay(deployment, version, on: queue)
        case .predictions(let deployment, let mark, let limit):
            content = await predictions(deployment, upTo: mark, limit: limit, on: queue)
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
        return await onQueue(queue) {
            do { return .verification(try JournalVerification.verify(store: control, checkpoint: checkpoint)) } catch {
                return .failed("\(error)")
            }
        }
    }

    private func series(_ name: String, _ metric: SeriesMetric, from: Int64, until: Int64, count: Int) -> [SeriesPoint] {
        entries[name]?.charts.series[metric]?.points(from: from, until: until, count: count) ?? []
    }

    private func featureDrift(_ name: String, _ feature: String, from: Int64, until: Int64, count: Int) -> [SeriesPoint] {
        entries[name]?.charts.featureDrift[feature]?.points(from: from, until: until, count: count) ?? []
    }

    private func versions(_ name: String) -> HistoryContent {
        guard let entry = entries[name] else { return .failed("no such deployment: \(name)") }
        return .versions(entry.versions.reversed())
    }

    private func policy(_ name: String) -> HistoryContent {
        guard let entry = entries[name] else { return .failed("no such deployment: \(name)") }
        return .text(entry.policy.text)
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
        guard let hash = entry.version(wanted)?.artefactHash else {
            throw .notFound(kind: "version", name: "\(name) v\(wanted)", nearest: entry.versions.last?.name)
        }
        return (wanted, hash)
    }
}
