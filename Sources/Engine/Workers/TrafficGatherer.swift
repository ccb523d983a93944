import Foundation
import Learning
import Store
import Tabular

/// Joins a deployment's logged traffic with its labels, and with the data that it was first trained on.
struct TrafficGatherer {
    /// Windows of labelled rows from which the labelled traffic alone is the drift reference of the new version.
    ///
    /// It is the population that the version will serve, while the import may be months old. Fewer have not seen how much healthy windows differ.
    static let referenceWindows = 20
    let deployment: String
    let traffic: LabelledTraffic
    let labels: LabelStore
    let telemetry: TelemetryStore
    let dataDirectory: String
    /// Bytes that it may take, about; nil: no bound.
    let memory: Int?
    /// Bytes that the data which it keeps may take on the disk; nil: as many as there are.
    var disk: Int64?
    let isCancelled: @Sendable () -> Bool

    func gather() throws -> GatheredData {
        var (known, notes) = try newestLabels()
        if known.isEmpty { return try importAlone() }
        var joined = try join(known)
        guard joined.rows.count > 0 else {
            let reason =
                joined.faulty > 0
                ? "all of its \(joined.faulty) labelled rows were answered during an upstream fault: wait for others, or give --data with a file"
                : "none of its \(known.count) labels belongs to traffic in the window: widen --window"
            throw TrainingEnd.failed("\(deployment): \(reason)")
        }
        if joined.faulty > 0 { notes.append("left out \(joined.faulty) labelled rows that were answered during an upstream fault") }
        try checkCancelled()
        joined.rows = sorted(joined.rows).withOwnCategories()
        try checkCancelled()
        let labelled = joined.rows.count
        var rows = joined.rows
        var description = "\(labelled) labelled rows of traffic"
        if let importHash = traffic.importHash {
            let imported = try DataSnapshots.read(hash: importHash, directory: dataDirectory)
            try checkCancelled()
            rows = imported.rows.appending(joined.rows).withOwnCategories()
            try checkCancelled()
            description += " and import \(importHash.prefix(12)) (\(imported.rows.count) rows)"
        }
        // Kept as it was learnt from: labels may be corrected and traffic ages, but a version can be made again.
        let kept = ImportedData(rows: rows, source: "labelled traffic of \(deployment)", notes: notes)
        try DataKeeper(directory: dataDirectory, disk: disk).keep(kept)
        try checkCancelled()
        return GatheredData(
            rows: rows, reference: labelled >= Self.referenceWindows * traffic.windowRows ? joined.rows : nil, hash: kept.hash,
            description: description,
            notes: notes, labelDelay: joined.medianDelay)
    }

    /// The newest labelled rows by themselves, at most so many; nil where there are none.
    func newest(_ limit: Int) throws -> LabelledRows? {
        let (known, _) = try newestLabels(atMost: limit)
        if known.isEmpty { return nil }
        let joined = try join(known).rows
        return joined.count > 0 ? sorted(joined) : nil
    }

    /// Nobody has sent a label yet: what there is to learn from is the import.
    private func importAlone() throws -> GatheredData {
        guard let hash = traffic.importHash else {
            throw TrainingEnd.failed("\(deployment): no labelled traffic and no import: send labels, or give --data with a file")
        }
        let imported = try DataSnapshots.read(hash: hash, directory: dataDirectory)
        return GatheredData(
            rows: imported.rows, hash: hash, description: "import \(hash.prefix(12)) (\(imported.rows.count) rows of \(imported.source))",
            notes: imported.notes + ["no labelled traffic yet: learnt from the import alone"])
    }

    private func newestLabels(atMost most: Int = .max) throws -> (labels: [RowID: StoredLabel], notes: [String]) {
        let total = try labels.count(deployment: deployment)
        let limit = min(most, try labelLimit())
        var known: [RowID: StoredLabel] = [:]
        var after = try labels.sequence(deployment: deployment, beforeNewest: limit)
        while true {
            try checkCancelled()
            let page = try labels.labels(deployment: deployment, afterSequence: after, limit: 20_000)
            for label in page { known[label.id] = label }
            guard let last = page.last else { break }
            after = last.sequence
        }
        guard total > Int64(limit) else { return (known, []) }
        let why = limit < GatherBudget.labelLimit ? ": training.memory in flyball.toml allows no more" : ""
        return (known, ["learnt from the newest \(limit) of \(total) labels\(why)"])
    }

    /// Labels that there is memory for, counted before any is read.
    private func labelLimit() throws(TrainingEnd) -> Int {
        let path = traffic.importHash.map { dataDirectory + "/" + $0 + ".fbd" }
        let size = path.flatMap { (try? FileManager.default.attributesOfItem(atPath: $0))?[.size] as? Int } ?? 0
        let budget = GatherBudget(schema: traffic.schema, importBytes: size, memory: memory, fewest: Training.minimumRows)
        if let labels = budget.labels { return labels }
        throw .failed(
            "\(deployment): its import and the fewest labels take \(budget.needed >> 20) MiB, more than the \((memory ?? 0) >> 20) MiB that a training"
                + " may take: raise training.memory in flyball.toml, or give --data with a smaller file")
    }

    private func checkCancelled() throws {
        if isCancelled() { throw TrainingEnd.cancelled }
    }

    private func join(_ known: [RowID: StoredLabel]) throws -> (rows: LabelledRows, medianDelay: Int64?, faulty: Int) {
        let schema = traffic.schema
        let timeIndex = schema.features.firstIndex { $0.kind == .time }
        var features: [Double] = []
        var targets: [Double] = []
        var times: [Int64] = []
        var ids: [UInt64] = []
        var delays: [Int64] = []
        var faulty = 0
        try telemetry.blocks(deployment: deployment, from: traffic.from, until: traffic.until) { block in
            try checkCancelled()
            guard block.width == schema.width else { return true }
            for row in 0..<block.count {
                guard let label = known[block.ids[row]] else { continue }
                guard !traffic.faults.contains(where: { $0.contains(block.times[row]) }) else {
                    faulty += 1
                    continue
                }
                let values = block.features[(row * block.width)..<((row + 1) * block.width)]
                features.append(contentsOf: values)
                targets.append(label.value)
                ids.append(block.ids[row].mixed)
                let event = timeIndex.map { values[values.startIndex + $0] } ?? .nan
                times.append(Int64(exactly: event.rounded()) ?? block.times[row])
                delays.append(label.received - block.times[row])
            }
            return true
        }
        delays.sort()
        let rows = LabelledRows(
            schema: schema, categories: traffic.categories, features: features, targets: targets, times: times, ids: ids)
        return (rows, delays.isEmpty ? nil : delays[delays.count / 2], faulty)
    }

    /// Ascending by event time; rows of the same instant keep their order.
    private func sorted(_ rows: LabelledRows) -> LabelledRows {
        rows.selecting(rows.times.indices.sorted { (rows.times[$0], $0) < (rows.times[$1], $1) })
    }
}
