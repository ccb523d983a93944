import Dispatch
import Learning
import Monitoring
import Store
import Tabular

/// What the log of a deployment is read by.
private struct LogKey: Sendable {
    var name: String
    var schema: Schema
    var categories: Categories
}

extension EngineCore {
    /// Values that one page of predictions may have: a wide deployment gets fewer rows.
    static let pageValues = 100_000

    /// A page of the traffic log, joined with its labels.
    ///
    /// Only the blocks that hold the page are read, on the queue.
    nonisolated func predictions(
        _ name: String, upTo mark: PredictionMark?, limit: Int, on queue: DispatchQueue
    ) async -> HistoryContent {
        let key: LogKey
        do throws(ActionFailure) { key = try await logKey(name) } catch { return .failed("\(error)") }
        let (telemetry, labels) = (stores.telemetry, stores.labels)
        let count = min(min(max(limit, 1), Self.pageLimit), max(1, Self.pageValues / max(1, key.schema.width)))
        let content: HistoryContent = await onQueue(queue) {
            do throws(StoreFailure) {
                var found = try telemetry.newest(deployment: name, upTo: mark, limit: count + 1)
                let hasOlder = found.count > count
                if hasOlder { found.removeLast() }
                let truths = try labels.labels(for: found.map(\.mark.id), deployment: name)
                let rows = key.rows(found, truths)
                return .predictions(PredictionPage(schema: key.schema, rows: rows, hasOlder: hasOlder))
            } catch { return .failed("\(error)") }
        }
        guard case .predictions(var page) = content, key.schema.target.task == .binary else { return content }
        let thresholds = await thresholds(of: name, Set(page.rows.map(\.version)))
        for index in page.rows.indices { page.rows[index].threshold = thresholds[page.rows[index].version] }
        return .predictions(page)
    }

    /// From which score on versions call a row positive; without those that do so from one half on.
    private func thresholds(of name: String, _ versions: Set<UInt32>) -> [UInt32: Double] {
        guard let entry = entries[name] else { return [:] }
        return versions.reduce(into: [:]) { $0[$1] = version($1, of: entry)?.threshold?.value }
    }

    /// Why a logged prediction came out as it did; the id may be the client's own.
    ///
    /// By the version that answered it, if that still loads; what cannot be told is left out and said. Takes milliseconds, never on the engine's
    /// own queue.
    nonisolated func explanation(_ name: String, _ id: String, on queue: DispatchQueue) async -> HistoryContent {
        do throws(ActionFailure) {
            let key = try await logKey(name)
            let (logged, read) = try await loggedRow(id, key, on: queue)
            var row = read
            let chosen = key.schema.target.task == .binary ? await thresholds(of: name, [row.version]) : [:]
            row.threshold = chosen[row.version]
            var result = PredictionExplanation(row: row, target: key.schema.target, zone: key.schema.zone)
            guard logged.features.count == key.schema.width else {
                result.failure =
                    "the row has \(logged.features.count) values and the schema now \(key.schema.width) columns: it was answered under another schema"
                return .explanation(result)
            }
            result.parts = zip(key.schema.features, row.values).map {
                PredictionExplanation.Part(feature: $0, value: $1, contributions: [], place: nil)
            }
            let versions = await residents(name)
            let answering = versions.first { $0.version.number == row.version }?.version
            if let reference = await reference(name, row.version, loaded: answering, on: queue) { result.place(reference) }
            switch await explain(logged.features, deployment: name, version: row.version) {
            case .success where row.learnt != nil:
                result.failure =
                    "\(row.answeredBy) answered it: a learner's weights, which are not kept; flyball reproduce \(name) --prediction \(row.id.text) "
                    + "gives its answer once more"
            case .success(let explained): if let first = explained.first { result.take(first) }
            case .failure(.notFound): result.failure = "v\(row.version), which answered it, is not kept any more"
            case .failure(let failure): result.failure = "\(failure)"
            }
            result.trim()
            result.answers = await onQueue(queue) { versions.compactMap { $0.answer(to: logged.features) } }
            return .explanation(result)
        } catch { return .failed("\(error)") }
    }

    private func logKey(_ name: String) throws(ActionFailure) -> LogKey {
        let entry = try entry(name)
        guard let schema = entry.record.schema else {
            throw .refused(what: "\(name) has no schema yet", advice: "it has one when its first data have been read")
        }
        return LogKey(name: name, schema: schema, categories: entry.categories)
    }

    private nonisolated func loggedRow(
        _ id: String, _ key: LogKey, on queue: DispatchQueue
    ) async throws(ActionFailure) -> (logged: LoggedPrediction, row: PredictionRow) {
        let (telemetry, labels) = (stores.telemetry, stores.labels)
        let found: Result<(LoggedPrediction, Double?)?, StoreFailure> = await onQueue(queue) {
            Result { () throws(StoreFailure) in
                var block = try RowID(id).flatMap { own throws(StoreFailure) in try telemetry.row(own, deployment: key.name) }
                if block == nil, let own = try telemetry.resolve(clientID: id, deployment: key.name) {
                    block = try telemetry.row(own, deployment: key.name)
                }
                guard let block, block.count == 1 else { return nil }
                let logged = LoggedPrediction(block, row: 0)
                return (logged, try labels.label(of: logged.mark.id, deployment: key.name))
            }
        }
        let pair: (LoggedPrediction, Double?)?
        do throws(StoreFailure) { pair = try found.get() } catch { throw .store("\(error)") }
        guard let (logged, label) = pair, let row = key.rows([logged], label.map { [logged.mark.id: $0] } ?? [:]).first else {
            throw .refused(
                what: "no prediction \(SafeText.escape(String(id.prefix(80)))) in the log of \(key.name)",
                advice: "a new one is logged within two seconds, and old ones go as the retention says")
        }
        return (logged, row)
    }

    /// The versions in memory with their roles, the champion first; one that should be there and is not yet is loaded aside.
    private func residents(_ name: String) async -> [Resident] {
        guard let entry = entries[name] else { return [] }
        let (champion, good) = (entry.record.champion, entry.record.lastKnownGood)
        var found = entry.loaded
        for number in [champion, good].compactMap(\.self) where found[number] == nil {
            if let version = try? await load(entry, number: number) { found[number] = version }
        }
        return found.values.map { version in
            let role: ArmRole =
                version.number == champion
                ? .champion
                : entry.challengers.of(version.number)?.plan.kind.role ?? (version.number == good ? .lastGood : .loaded)
            return Resident(version: version, role: role, threshold: entry.versions.whole(version.number)?.threshold?.value)
        }.sorted { ($0.rank, $1.version.number) < ($1.rank, $0.version.number) }
    }

    /// What the version was trained on: from memory, else from the store; nil when it has gone or cannot be read, and then no places are shown.
    private nonisolated func reference(
        _ name: String, _ number: UInt32, loaded: LoadedVersion?, on queue: DispatchQueue
    ) async -> ReferenceProfile? {
        if let loaded { return loaded.reference }
        let control = stores.control
        return await onQueue(queue) {
            let bytes = try? control.read { reader -> [UInt8]? in
                guard let hash = try reader.version(of: name, number: number)?.profileHash else { return nil }
                return try reader.artefact(hash)
            }
            return (bytes ?? nil).flatMap { try? ReferenceProfile(artefact: $0) }
        }
    }
}

extension LogKey {
    /// Logged rows as people read them.
    fileprivate func rows(_ logged: [LoggedPrediction], _ truths: [RowID: Double]) -> [PredictionRow] {
        let tables = schema.features.map { $0.kind == .categorical ? categories[$0.name].table : CategoryTable() }
        return logged.map { row in
            let isOurs = row.features.count == schema.width
            return PredictionRow(
                id: row.mark.id, time: row.mark.time, version: row.version, learnt: row.learnt, arm: row.arm,
                latencyNanoseconds: row.latencyNanoseconds, scores: row.scores,
                values: isOurs ? zip(row.features, zip(schema.features, tables)).map { FeatureValue($0, $1.0.kind, $1.1) } : [],
                label: truths[row.mark.id], clientID: row.clientID, trace: row.trace?.text)
        }
    }
}

/// A version in memory and what it is there for.
private struct Resident: Sendable {
    var version: LoadedVersion
    var role: ArmRole
    var threshold: Double?

    var rank: Int {
        switch role {
        case .champion: 0
        case .canary, .ab, .shadow, .fallback: 1
        case .lastGood: 2
        case .loaded: 3
        }
    }

    /// Its scores of a row; nil for a row that it cannot take.
    func answer(to row: [Double]) -> PredictionExplanation.Answer? {
        let predictor = version.predictor
        guard predictor.width == row.count else { return nil }
        var scores = [Double](repeating: 0, count: predictor.outputs)
        scores.withUnsafeMutableBufferPointer { scores in
            row.withUnsafeBufferPointer { row in
                if let source = row.baseAddress, let target = scores.baseAddress { predictor.predict(source, into: target) }
            }
        }
        var answer = PredictionExplanation.Answer(version: version.number, role: role, scores: scores)
        answer.threshold = threshold
        return answer
    }
}
