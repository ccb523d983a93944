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

/// Traffic blocks, the categories that they use, and time series.
///
/// WAL with `synchronous = NORMAL`: a crash of the process loses nothing
/// that was written; power loss may take the last moments.
public final class TelemetryStore: Sendable {
    /// Blocks whose row ids are kept in memory for label joins.
    static let cachedBlocks = 64

    let file: StoreFile
    let retention: Retention
    private let cache = Mutex(BlockCache())

    /// Opens or makes `telemetry.db` in the directory.
    public init(directory: String, retention: Retention) throws(StoreFailure) {
        file = try StoreFile(name: "telemetry", directory: directory, durability: .normal, recycles: true, migrator: Self.migrator)
        self.retention = retention
    }

    static var migrator: StoreMigrator {
        var migrator = StoreMigrator()
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
        migrator.registerMigration("2 blocks by their end") { database in
            try database.execute(
                sql: """
                    CREATE INDEX block_end ON block (deployment, last_time, first_time);
                    CREATE INDEX block_age ON block (last_time);
                    """)
        }
        return migrator
    }

    /// Stores blocks, and the categories that are new since the last call, in one transaction.
    public func append(_ blocks: [TrafficBlock], newCategories: [String: [(code: Int32, text: String)]]) throws(StoreFailure) {
        var encoded: [(TrafficBlock, Data)] = []
        for block in blocks where block.count > 0 {
            if let flaw = BlockCodec.flaw(block) { throw .invalid("traffic block of \(block.deployment): \(flaw)") }
            // Compressed before the transaction begins: the writer is held for the disk only.
            encoded.append((block, Data(BlockCodec.encode(block))))
        }
        try file.write { database in
            for (deployment, entries) in newCategories {
                for entry in entries { try Self.insert(entry.code, entry.text, deployment, database) }
            }
            for (block, bytes) in encoded { try Self.insert(block, bytes, database) }
        }
    }

    /// A code keeps its text for ever: rows that were logged with it would otherwise change their meaning.
    private static func insert(_ code: Int32, _ text: String, _ deployment: String, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO category VALUES (?, ?, ?) ON CONFLICT (deployment, code) DO NOTHING",
            arguments: [deployment, code, text.data])
        if database.changesCount == 1 { return }
        let standing = try Row.fetchOne(
            database, sql: "SELECT text FROM category WHERE deployment = ? AND code = ?", arguments: [deployment, code])
        guard try standing?.bytes("text") == Array(text.utf8) else { throw StoreFailure.conflict("category \(code) of \(deployment)") }
    }

    private static func insert(_ block: TrafficBlock, _ bytes: Data, _ database: Database) throws {
        let bases = block.ids.map(\.base.key)
        try database.execute(
            sql: "INSERT INTO block (deployment, first_time, last_time, rows, first_base, last_base, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [block.deployment, block.times.min(), block.times.max(), block.count, bases.min(), bases.max(), bytes])
        let number = database.lastInsertedRowID
        for (row, text) in block.clientIDs {
            try database.execute(
                sql: "INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?, ?)",
                arguments: [block.deployment, text.data, block.ids[row].base.key, block.ids[row].row, number])
        }
    }

    /// Category texts of a deployment in the order of their codes.
    public func categories(deployment: String) throws(StoreFailure) -> [String] {
        try file.read { database in
            try Row.fetchAll(database, sql: "SELECT text FROM category WHERE deployment = ? ORDER BY code", arguments: [deployment])
                .map { try $0.textBytes("text") }
        }
    }

    /// Hands over the rows from a time on and before another, block by block in order of time, until `body` returns false.
    public func blocks(deployment: String, from: Int64, until: Int64, body: (TrafficBlock) throws -> Bool) throws(StoreFailure) {
        let numbers = try file.read { database in
            try Row.fetchAll(
                database, sql: "SELECT id FROM block WHERE deployment = ? AND last_time >= ? AND first_time < ? ORDER BY first_time, id",
                arguments: [deployment, from, until]
            ).map { try $0.integer("id") }
        }
        for number in numbers {
            // A short read for each block: retention and the writer are never held up. A block that has gone meanwhile is passed over.
            guard let block = try block(number, deployment: deployment)?.rows(from: from, until: until) else { continue }
            do { if try !body(block) { return } } catch { throw StoreFailure(error, store: "telemetry") }
        }
    }

    /// A stored block; nil when there is none of that number.
    func block(_ number: Int64, deployment: String) throws(StoreFailure) -> TrafficBlock? {
        let bytes = try file.read { try Row.fetchOne($0, sql: "SELECT bytes FROM block WHERE id = ?", arguments: [number])?.bytes("bytes") }
        guard let bytes else { return nil }
        guard let block = BlockCodec.decode(bytes, deployment: deployment) else {
            throw .corrupt("traffic block \(number) of \(deployment)")
        }
        return block
    }

    /// Whether the log has a prediction.
    ///
    /// Complexity: O(log blocks), and the decoding of a block that is not in memory.
    public func contains(_ id: RowID, deployment: String) throws(StoreFailure) -> Bool {
        try blockNumber(of: id, deployment: deployment) != nil
    }

    /// The logged row of a prediction, as a block of one row.
    public func row(_ id: RowID, deployment: String) throws(StoreFailure) -> TrafficBlock? {
        guard let number = try blockNumber(of: id, deployment: deployment), let block = try block(number, deployment: deployment),
            let index = block.ids.firstIndex(of: id)
        else { return nil }
        return block.selecting([index])
    }

    func blockNumber(of id: RowID, deployment: String) throws(StoreFailure) -> Int64? {
        if let number = cache.withLock({ $0.find(id, deployment) }) { return number }
        for number in try candidates(id, deployment) where !cache.withLock({ $0.holds(number) }) {
            guard let block = try block(number, deployment: deployment) else { continue }
            let ids = Set(block.ids)
            cache.withLock { $0.put(number, deployment, ids) }
            if ids.contains(id) { return number }
        }
        return nil
    }

    /// Blocks whose range of ids covers an id.
    ///
    /// Ids grow within a loop and a start, so ranges of a deployment do not overlap; but a batch that
    /// was cut by a full block has rows in several neighbours, which then share its id at their ends.
    private func candidates(_ id: RowID, _ deployment: String) throws(StoreFailure) -> [Int64] {
        try file.read { database in
            var result: [Int64] = []
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT id, last_base FROM block WHERE deployment = ? AND first_base <= ? ORDER BY first_base DESC, id DESC",
                arguments: [deployment, id.base.key])
            while let row = try rows.next(), try row.integer("last_base") >= id.base.key { result.append(try row.integer("id")) }
            return result
        }
    }

    /// The prediction behind a client's own request id: the latest that used it.
    public func resolve(clientID: String, deployment: String) throws(StoreFailure) -> RowID? {
        try file.read { database in
            try Row.fetchOne(
                database, sql: "SELECT base, row FROM client WHERE deployment = ? AND client_id = ?",
                arguments: [deployment, clientID.data]
            ).map { try RowID($0) }
        }
    }

    /// Asks a store that refused a write whether it takes one again, seldomer after each refusal.
    public func probe(now: ContinuousClock.Instant = .now) -> StoreProbe { file.probe(now: now) }
    /// Why it takes no writes until it is opened anew, if that is so.
    public var readOnlyReason: String? { file.readOnlyReason }
    /// From now on every write meets this fault; nil: none.
    package func inject(_ fault: DiskFault?) { file.inject(fault) }

    /// Size with the write-ahead log, bytes.
    public var sizeBytes: Int64 { file.sizeBytes }
    /// `NORMAL`, as asserted when it was opened.
    public var durability: String { file.durability.rawValue }
    /// What SQLite's integrity check finds; empty when all is well.
    public func integrityProblems() throws(StoreFailure) -> [String] { try file.integrityProblems() }
}

/// Row ids of the blocks that labels asked for last.
private struct BlockCache {
    private var entries: [(number: Int64, deployment: String, ids: Set<RowID>)] = []

    func find(_ id: RowID, _ deployment: String) -> Int64? { entries.first { $0.deployment == deployment && $0.ids.contains(id) }?.number }

    func holds(_ number: Int64) -> Bool { entries.contains { $0.number == number } }

    mutating func put(_ number: Int64, _ deployment: String, _ ids: Set<RowID>) {
        entries.removeAll { $0.number == number }
        entries.insert((number, deployment, ids), at: 0)
        if entries.count > TelemetryStore.cachedBlocks { entries.removeLast() }
    }
}
