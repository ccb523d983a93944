import Foundation
import GRDB
import Store
import Tabular

/// Store directories that are removed again, and a second way into their files.
enum Scratch {
    /// Runs a body with a fresh directory.
    static func directory<T>(_ body: (String) throws -> T) throws -> T {
        let path = FileManager.default.temporaryDirectory.appending(path: "flyball-store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// Runs a body with a control store.
    static func control<T>(_ body: (ControlStore) throws -> T) throws -> T {
        try directory { try body(try ControlStore(directory: $0)) }
    }

    /// Runs a body with a label store.
    static func labels<T>(_ body: (LabelStore) throws -> T) throws -> T {
        try directory { try body(try LabelStore(directory: $0)) }
    }

    /// Runs a body with a telemetry store.
    static func telemetry<T>(
        _ retention: Retention = Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40), _ body: (TelemetryStore) throws -> T
    ) throws -> T {
        try directory { try body(try TelemetryStore(directory: $0, retention: retention)) }
    }

    /// Runs SQL on a store's file as somebody else would.
    static func tamper(_ path: String, _ sql: String, _ arguments: StatementArguments = []) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// A job to be queued.
    static func job(_ deployment: String, priority: Int = 0) -> JobRecord {
        JobRecord(
            id: 0, kind: "train", deployment: deployment, payload: "{}", priority: priority, state: "queued", attempts: 0, fence: 0,
            worker: nil, leaseUntil: nil, createdAt: 1, startedAt: nil, finishedAt: nil, progress: 0, progressText: "waiting", result: nil,
            error: nil, createdBy: "t", cancelRequested: false)
    }

    /// A journal entry.
    static func entry(_ summary: String, deployment: String? = nil) -> JournalEntry {
        JournalEntry(
            time: 1, actor: "t (uid 1)", uid: 1, role: "operator", verb: "note", deployment: deployment, summary: summary, reason: nil,
            details: "{}")
    }

    /// A row id.
    static func id(_ sequence: UInt64, row: UInt32 = 0, epoch: UInt32 = 1, loop: Int = 0) -> RowID {
        RowID(base: PredictionID(epoch: epoch, loop: loop, sequence: sequence), row: row)
    }

    /// A block of one-value rows, one request each, a second apart.
    static func block(
        _ deployment: String = "d", first: UInt64 = 0, count: Int, time: Int64 = 0, loop: Int = 0, clients: [Int: String] = [:]
    ) -> TrafficBlock {
        var block = TrafficBlock(deployment: deployment, width: 1, outputs: 1)
        for index in 0..<count {
            block.ids.append(id(first + UInt64(index), loop: loop))
            block.times.append(time + Int64(index) * 1_000)
            block.versions.append(1)
            block.arms.append(.champion)
            block.latencies.append(5)
            block.scores.append(0.5)
            block.features.append(Double(index))
        }
        block.clientIDs = clients
        return block
    }
}
