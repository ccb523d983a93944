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
    ///
    /// - Parameter isCramped: whether it must do without a free byte on the disk.
    public init(directory: String, retention: Retention, isCramped: Bool = false) throws(StoreFailure) {
        file = try StoreFile(
            name: "telemetry", directory: directory, durability: .normal, recycles: true, migrator: Self.migrator, isCramped: isCramped)
        self.retention = retention
    }

    /// Looks at both ends of what there is, and at all categories: enough to tell a damaged file from a sound one without reading all of it.
    ///
    /// - Throws: `corrupt`.
    public func checkReadable() throws(StoreFailure) {
        try file.touch([
            "SELECT * FROM column_category", "SELECT * FROM category", "SELECT * FROM block ORDER BY id LIMIT 1",
            "SELECT * FROM block ORDER BY id DESC LIMIT 1", "SELECT deployment, MIN(first_time) FROM block GROUP BY deployment",
            "SELECT * FROM series LIMIT 1", "SELECT * FROM client LIMIT 1", "SELECT * FROM early_row LIMIT 1",
        ])
    }

    /// Stores blocks, and the texts that their codes need, by deployment, in one transaction.
    public func append(_ blocks: [TrafficBlock], categories: [String: [CategoryEntry]] = [:]) throws(StoreFailure) {
        var encoded: [EncodedBlock] = []
        for block in blocks where block.count > 0 {
            if let flaw = BlockCodec.flaw(block) { throw .invalid("traffic block of \(block.deployment): \(flaw)") }
            // Compressed before the transaction begins: the writer is held for the disk only.
            encoded.append(EncodedBlock(block: block, bytes: Data(BlockCodec.encode(block)), ids: Data(IDCodec.encode(block.ids))))
        }
        try file.write { database in
            for (deployment, entries) in categories.sorted(by: { $0.key < $1.key }) {
                for entry in entries { try Self.insert(entry, deployment, database) }
            }
            for block in encoded { try Self.insert(block, database) }
        }
    }

    private struct EncodedBlock {
        var block: TrafficBlock
        var bytes: Data
        var ids: Data
    }

    private static func insert(_ encoded: EncodedBlock, _ database: Database) throws {
        let block = encoded.block
        let bases = block.ids.map(\.base.key)
        try database.execute(
            sql:
                "INSERT INTO block (deployment, first_time, last_time, rows, first_base, last_base, bytes, ids) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                block.deployment, block.times.min(), block.times.max(), block.count, bases.min(), bases.max(), encoded.bytes, encoded.ids,
            ])
        let number = database.lastInsertedRowID
        for (row, text) in block.clientIDs {
            try database.execute(
                sql: "INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?, ?)",
                arguments: [block.deployment, text.data, block.ids[row].base.key, block.ids[row].row, number])
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
        let stored = try file.read { database in
            try Row.fetchOne(database, sql: "SELECT bytes, ids FROM block WHERE id = ?", arguments: [number]).map {
                (bytes: try $0.bytes("bytes"), ids: try $0.bytes("ids"))
            }
        }
        guard let stored else { return nil }
        guard let block = BlockCodec.decode(stored.bytes, ids: stored.ids, deployment: deployment) else {
            throw .corrupt("traffic block \(number) of \(deployment)")
        }
        return block
    }

    /// The row ids of a stored block, without its rows; nil when there is none of that number.
    func ids(_ number: Int64, deployment: String) throws(StoreFailure) -> Set<RowID>? {
        let stored = try file.read { database in
            try Row.fetchOne(database, sql: "SELECT ids, rows FROM block WHERE id = ?", arguments: [number]).map {
                (ids: try $0.bytes("ids"), rows: try $0.narrow("rows", Int.self))
            }
        }
        guard let stored else { return nil }
        // A block from before ids stood by themselves.
        if stored.ids.isEmpty { return try block(number, deployment: deployment).map { Set($0.ids) } }
        guard let ids = IDCodec.decode(stored.ids, count: stored.rows) else {
            throw .corrupt("ids of traffic block \(number) of \(deployment)")
        }
        return Set(ids)
    }

    /// Forgets what is remembered of a deployment that goes.
    func forget(_ deployment: String) { cache.withLock { $0.forget(deployment) } }

    /// Whether the log has a prediction.
    ///
    /// Complexity: O(log blocks), and the decoding of a block's ids that are not in memory.
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
            guard let ids = try ids(number, deployment: deployment) else { continue }
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
    package func inject(_ fault: DiskFault?, after writes: Int = 0) { file.inject(fault, after: writes) }

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

    mutating func forget(_ deployment: String) { entries.removeAll { $0.deployment == deployment } }

    mutating func put(_ number: Int64, _ deployment: String, _ ids: Set<RowID>) {
        entries.removeAll { $0.number == number }
        entries.insert((number, deployment, ids), at: 0)
        if entries.count > TelemetryStore.cachedBlocks { entries.removeLast() }
    }
}
