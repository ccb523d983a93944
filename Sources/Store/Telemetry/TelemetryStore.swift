import Foundation
import GRDB
import Synchronization
public import Tabular

/// How long traffic is kept.
public struct Retention: Sendable, Codable, Equatable {
    /// Bytes that the store may take.
    public var maxBytes: Int64
    /// Age of the oldest row, milliseconds.
    public var maxAgeMilliseconds: Int64

    /// Makes a retention.
    public init(maxBytes: Int64, maxAgeMilliseconds: Int64) {
        self.maxBytes = maxBytes
        self.maxAgeMilliseconds = maxAgeMilliseconds
    }
}

/// Traffic blocks, the categories that they use, and time series. WAL with `synchronous = NORMAL`: a crash of the process loses nothing
/// that was written; power loss may take the last moments.
public final class TelemetryStore: Sendable {
    /// Blocks whose row ids are kept in memory for label joins.
    static let cachedBlocks = 64

    let file: StoreFile
    private let retention: Retention
    private let cache = Mutex(BlockCache())

    /// Opens or makes `telemetry.db` in the directory.
    public init(directory: String, retention: Retention) throws(StoreFailure) {
        file = try StoreFile(name: "telemetry", directory: directory, durability: .normal, migrator: Self.migrator)
        self.retention = retention
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 traffic and series") { database in
            try database.execute(
                sql: """
                    CREATE TABLE block (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, deployment TEXT NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
                        rows INTEGER NOT NULL, first_base INTEGER NOT NULL, last_base INTEGER NOT NULL, bytes BLOB NOT NULL);
                    CREATE INDEX block_time ON block (deployment, first_time);
                    CREATE INDEX block_base ON block (deployment, first_base);
                    CREATE TABLE client (
                        deployment TEXT NOT NULL, client_id TEXT NOT NULL, base INTEGER NOT NULL, row INTEGER NOT NULL, block INTEGER NOT NULL,
                        PRIMARY KEY (deployment, client_id)) WITHOUT ROWID;
                    CREATE INDEX client_block ON client (block);
                    CREATE TABLE category (
                        deployment TEXT NOT NULL, code INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (deployment, code)) WITHOUT ROWID;
                    CREATE TABLE series (
                        deployment TEXT NOT NULL, metric TEXT NOT NULL, resolution TEXT NOT NULL, time INTEGER NOT NULL, mean REAL NOT NULL,
                        low REAL NOT NULL, high REAL NOT NULL, n REAL NOT NULL, PRIMARY KEY (deployment, metric, resolution, time)) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    /// Stores blocks, and the categories that are new since the last call, in one transaction.
    public func append(_ blocks: [TrafficBlock], newCategories: [String: [(code: Int32, text: String)]]) throws(StoreFailure) {
        let encoded = blocks.map { ($0, Data(BlockCodec.encode($0))) }
        try file.write { database in
            for (deployment, entries) in newCategories {
                for entry in entries {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO category VALUES (?, ?, ?)", arguments: [deployment, entry.code, entry.text])
                }
            }
            for (block, bytes) in encoded where block.count > 0 { try Self.insert(block, bytes, database) }
        }
    }

    private static func insert(_ block: TrafficBlock, _ bytes: Data, _ database: Database) throws {
        let bases = block.ids.map(\.base.key)
        try database.execute(
            sql: "INSERT INTO block (deployment, first_time, last_time, rows, first_base, last_base, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [block.deployment, block.times.min(), block.times.max(), block.count, bases.min(), bases.max(), bytes])
        let number = database.lastInsertedRowID
        for (row, text) in block.clientIDs where row < block.count {
            try database.execute(
                sql: "INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?, ?)",
                arguments: [block.deployment, text, block.ids[row].base.key, block.ids[row].row, number])
        }
    }

    /// Category texts of a deployment in the order of their codes.
    public func categories(deployment: String) throws(StoreFailure) -> [String] {
        try file.read { try String.fetchAll($0, sql: "SELECT text FROM category WHERE deployment = ? ORDER BY code", arguments: [deployment]) }
    }

    /// Hands over the blocks that have rows from a time on and before another, in order of time, until `body` returns false.
    public func blocks(deployment: String, from: Int64, until: Int64, body: (TrafficBlock) throws -> Bool) throws(StoreFailure) {
        let numbers = try file.read { database in
            try Int64.fetchAll(
                database, sql: "SELECT id FROM block WHERE deployment = ? AND last_time >= ? AND first_time < ? ORDER BY first_time, id",
                arguments: [deployment, from, until])
        }
        for number in numbers {
            // A short read for each block: retention and the writer are never held up. A block that has gone meanwhile is passed over.
            guard let block = try block(number, deployment: deployment) else { continue }
            do { if try !body(block) { return } } catch { throw StoreFailure(error, store: "telemetry") }
        }
    }

    private func block(_ number: Int64, deployment: String) throws(StoreFailure) -> TrafficBlock? {
        let bytes = try file.read { try Data.fetchOne($0, sql: "SELECT bytes FROM block WHERE id = ?", arguments: [number]) }
        guard let bytes else { return nil }
        guard let block = BlockCodec.decode(Array(bytes), deployment: deployment) else {
            throw .corrupt("traffic block \(number) of \(deployment)")
        }
        return block
    }

    /// Whether the log has a prediction. Complexity: O(log blocks), and the decoding of a block that is not in memory.
    public func contains(_ id: RowID, deployment: String) throws(StoreFailure) -> Bool { try blockNumber(of: id, deployment: deployment) != nil }

    /// The logged row of a prediction, as a block of one row.
    public func row(_ id: RowID, deployment: String) throws(StoreFailure) -> TrafficBlock? {
        guard let number = try blockNumber(of: id, deployment: deployment), let block = try block(number, deployment: deployment),
            let index = block.ids.firstIndex(of: id)
        else { return nil }
        var single = TrafficBlock(deployment: deployment, width: block.width, outputs: block.outputs, capacity: 1)
        single.ids = [id]
        single.times = [block.times[index]]
        single.versions = [block.versions[index]]
        single.arms = [block.arms[index]]
        single.latencies = [block.latencies[index]]
        single.scores = Array(block.scores[(index * block.outputs)..<((index + 1) * block.outputs)])
        single.features = Array(block.features[(index * block.width)..<((index + 1) * block.width)])
        if let client = block.clientIDs[index] { single.clientIDs[0] = client }
        return single
    }

    private func blockNumber(of id: RowID, deployment: String) throws(StoreFailure) -> Int64? {
        if let number = cache.withLock({ $0.find(id, deployment) }) { return number }
        // Ids grow within a loop and a start, so the blocks of a deployment do not overlap: the candidate is the last that begins before.
        let candidate = try file.read { database in
            try Row.fetchOne(
                database, sql: "SELECT id, last_base FROM block WHERE deployment = ? AND first_base <= ? ORDER BY first_base DESC LIMIT 1",
                arguments: [deployment, id.base.key]
            ).map { (number: $0["id"] as Int64, last: $0["last_base"] as Int64) }
        }
        guard let candidate, candidate.last >= id.base.key, let block = try block(candidate.number, deployment: deployment) else { return nil }
        let ids = Set(block.ids)
        cache.withLock { $0.put(candidate.number, deployment, ids) }
        return ids.contains(id) ? candidate.number : nil
    }

    /// The prediction behind a client's own request id: the latest that used it.
    public func resolve(clientID: String, deployment: String) throws(StoreFailure) -> RowID? {
        try file.read { database in
            try Row.fetchOne(
                database, sql: "SELECT base, row FROM client WHERE deployment = ? AND client_id = ?", arguments: [deployment, clientID]
            ).map { RowID(base: PredictionID(key: $0["base"]), row: $0["row"]) }
        }
    }

    /// Size with the write-ahead log, bytes.
    public var sizeBytes: Int64 { file.sizeBytes }
    /// `NORMAL`, as asserted when it was opened.
    public var durability: String { file.durability.rawValue }
    /// What SQLite's integrity check finds; empty when all is well.
    public func integrityProblems() throws(StoreFailure) -> [String] { try file.integrityProblems() }

    /// Deletes what is older than the retention allows, then the oldest until the store is small enough. Returns the blocks deleted.
    public func enforceRetention(now: Int64) throws(StoreFailure) -> Int {
        let retention = retention
        return try file.write { database in
            try database.execute(sql: "DELETE FROM block WHERE last_time < ?", arguments: [now - retention.maxAgeMilliseconds])
            var deleted = database.changesCount
            try database.execute(sql: "DELETE FROM series WHERE time < ?", arguments: [now - retention.maxAgeMilliseconds])
            let page = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
            while true {
                let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                guard (pages - free) * page > retention.maxBytes else { break }
                try database.execute(sql: "DELETE FROM block WHERE id IN (SELECT id FROM block ORDER BY id LIMIT 16)")
                guard database.changesCount > 0 else { break }
                deleted += database.changesCount
            }
            if deleted > 0 { try database.execute(sql: "DELETE FROM client WHERE block NOT IN (SELECT id FROM block)") }
            return deleted
        }
    }
}

/// Row ids of the blocks that labels asked for last.
private struct BlockCache {
    private var entries: [(number: Int64, deployment: String, ids: Set<RowID>)] = []

    func find(_ id: RowID, _ deployment: String) -> Int64? { entries.first { $0.deployment == deployment && $0.ids.contains(id) }?.number }

    mutating func put(_ number: Int64, _ deployment: String, _ ids: Set<RowID>) {
        entries.removeAll { $0.number == number }
        entries.insert((number, deployment, ids), at: 0)
        if entries.count > TelemetryStore.cachedBlocks { entries.removeLast() }
    }
}
