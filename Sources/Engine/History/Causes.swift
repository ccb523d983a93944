import Dispatch
import Foundation
import Learning
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// What is probably behind what is seen of a deployment: from its newest logged answers, their labels, its charts and the journal.
    ///
    /// All but the versions in memory is read and weighed on the queue; nothing waits for it.
    ///
    /// - Parameter asksImportance: whether how much columns matter is to be figured out where it is not known yet.
    nonisolated func causes(_ name: String, on queue: DispatchQueue, asksImportance: Bool = true) async -> HistoryContent {
        let order: CauseOrder
        do throws(ActionFailure) { order = try await causeOrder(name, asksImportance: asksImportance) } catch { return .failed("\(error)") }
        let stores = stores
        return await onQueue(queue) {
            do throws(StoreFailure) { return .causes(try order.report(stores)) } catch { return .failed("\(error)") }
        }
    }

    private func causeOrder(_ name: String, asksImportance: Bool) async throws(ActionFailure) -> CauseOrder {
        let entry = try entry(name)
        guard let schema = entry.record.schema, let champion = entry.record.champion else {
            throw .refused(what: "\(name) has no champion yet", advice: "there is nothing to explain before it answers")
        }
        let own = try await load(entry, number: champion)
        var versions = entry.loaded
        versions[champion] = own
        if let good = entry.record.lastKnownGood, versions[good] == nil { versions[good] = try? await load(entry, number: good) }
        var order = CauseOrder(
            name: name, schema: schema, categories: entry.categories, champion: own, versions: versions, asOf: now(), charts: entry.charts)
        if asksImportance, case .importance(.some(let found)) = importance(name, champion) {
            let total = found.entries.reduce(0) { $0 + $1.meanAbsoluteContribution }
            if total > 0 {
                order.importance = Dictionary(
                    found.entries.map { ($0.feature, $0.meanAbsoluteContribution / total) }
                ) { first, _ in first }
            }
        }
        return order
    }
}

/// What is asked, and what the engine knows without its stores.
private struct CauseOrder: Sendable {
    /// Rows that are looked at, at most, and values of them.
    private static let limits = (rows: 8_000, values: 400_000)
    /// Journal rows that are looked through.
    private static let journalRows = 500
    /// Buckets of a signal.
    private static let buckets = 120

    var name: String
    var schema: Schema
    var categories: Categories
    var champion: LoadedVersion
    /// Those in memory, by number: one of them may be the one before the champion.
    var versions: [UInt32: LoadedVersion]
    var asOf: Int64
    var charts: DeploymentCharts
    var importance: [String: Double] = [:]

    private var isProbability: Bool { schema.target.task != .regression }

    /// Reads and weighs.
    ///
    /// Blocks. Complexity: the decoding of the blocks that hold the newest rows, and `CauseFinder`'s.
    func report(_ stores: EngineStores) throws(StoreFailure) -> CauseReport {
        let rows = try rows(stores)
        var incident = Incident(deployment: name, asOf: asOf, rows: rows, profile: champion.profile, categories: categories)
        incident.importance = importance
        let from = rows.times.first ?? asOf - 600_000
        incident.events = try events(from: from - 600_000, stores)
        incident.signals = signals(from: from)
        return CauseFinder.find(incident, scorer: scorer)
    }

    // MARK: Rows

    private func rows(_ stores: EngineStores) throws(StoreFailure) -> IncidentRows {
        let width = schema.width
        let limit = max(250, min(Self.limits.rows, Self.limits.values / max(1, width)))
        let logged = try stores.telemetry.newest(deployment: name, upTo: nil, limit: limit)
        let after = try stores.labels.sequence(deployment: name, beforeNewest: 2 * limit)
        let labels = try stores.labels.labels(deployment: name, afterSequence: after, limit: 2 * limit)
        // A correction comes after what it corrects.
        let truths = Dictionary(labels.map { ($0.id, $0) }) { _, last in last }
        var rows = IncidentRows(width: width, isProbability: isProbability)
        for row in logged.reversed() where row.arm == .champion && row.features.count == width {
            guard let (score, choice) = score(row.scores) else { continue }
            let label = truths[row.mark.id]
            rows.add(
                row.features, at: row.mark.time, score: score, version: row.version,
                truth: label.map { choice == nil ? $0.value : $0.value == Double(choice ?? 0) ? 1 : 0 }, received: label?.received ?? 0)
        }
        if let place = rows.switchRow, schema.target.task != .multiclass, let former = versions[rows.versions[place - 1]] {
            rows.former = (0..<rows.count).map { answer(former, rows.row($0)) ?? .nan }
        }
        return rows
    }

    /// What is compared with the truth: the positive class's probability, the number; of several classes the likeliest one's, and which it is.
    private func score(_ scores: [Double]) -> (score: Double, choice: Int?)? {
        guard schema.target.task == .multiclass else { return scores.first.flatMap { $0.isFinite ? ($0, nil) : nil } }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best].isFinite else { return nil }
        return (scores[best], best)
    }

    private func answer(_ version: LoadedVersion, _ row: [Double]) -> Double? {
        let predictor = version.predictor
        guard predictor.width == row.count else { return nil }
        var scores = [Double](repeating: 0, count: predictor.outputs)
        scores.withUnsafeMutableBufferPointer { scores in
            row.withUnsafeBufferPointer { row in
                if let source = row.baseAddress, let target = scores.baseAddress { predictor.predict(source, into: target) }
            }
        }
        return score(scores)?.score
    }

    private var scorer: CauseFinder.Scorer { { row in answer(champion, row) } }

    // MARK: Events and signals

    private func events(from: Int64, _ stores: EngineStores) throws(StoreFailure) -> [IncidentEvent] {
        let rows = try stores.control.read { try $0.journal(before: nil, after: nil, limit: Self.journalRows, deployment: nil) }
        return rows.reversed().filter { $0.entry.time >= from }.compactMap { row in
            guard let verb = row.entry.known, let kind = IncidentEvent.Kind(verb) else { return nil }
            // A training of any deployment needs the same machine.
            guard row.entry.deployment == nil || row.entry.deployment == name || kind == .training else { return nil }
            return IncidentEvent(kind, at: row.entry.time, SafeText.escape(row.entry.summary))
        }
    }

    private func signals(from first: Int64) -> [IncidentSignal] {
        // As long before the first row as since, so that there is something to compare with.
        let from = asOf - min(max(2 * (asOf - first), 600_000), 21_600_000)
        return [(IncidentSignal.Kind.latency, SeriesMetric.latencyP99), (.errors, .errors), (.requests, .requests)].compactMap {
            kind, metric in
            let points = charts.series[metric]?.points(from: from, until: asOf, count: Self.buckets) ?? []
            return points.isEmpty ? nil : IncidentSignal(kind, times: points.map(\.time), values: points.map(\.mean))
        }
    }
}

extension IncidentEvent.Kind {
    /// What a journal row can do to what is seen; nil where it can do nothing.
    fileprivate init?(_ verb: JournalVerb) {
        switch verb {
        case .promote, .rollback, .canary, .ab, .share, .abort, .publish, .liveStopped, .liveResumed, .upgrade: self = .deploy
        case .policyApply, .freeze, .unfreeze, .pause, .resume, .migrate, .restore: self = .settings
        case .train, .trained, .trainFailed: self = .training
        default: return nil
        }
    }
}
