import Foundation
import GRDB
import Synchronization

/// The registry: deployments, versions, artefacts, policies, jobs, alerts, freezes, and the journal that every change is written into.
///
/// WAL with `synchronous = FULL`: what a write returned from survives kill -9 and power loss. One writer; calls block.
public final class ControlStore: Sendable {
    /// Jobs that may be open at a time.
    public static let jobLimit = 10_000

    static let fileName = "control.db"

    private let file: StoreFile
    package let ballast: Ballast
    let side: SideJournal
    /// The number of the newest change that was kept beside the journal.
    private let newestSide = Mutex<Int64>(0)
    /// The end of the journal as whoever wrote it was told; nil when there is none, or it cannot be read.
    private let head: Mutex<JournalCheckpoint?>
    /// Rows that cannot be read, and why: no write replaces them.
    private let kept = Mutex<[KeptRow: String]>([:])

    /// Opens or makes `control.db` in the directory, on a full disk with the room of its ballast.
    public init(directory: String) throws(StoreFailure) {
        ballast = Ballast(path: directory + "/ballast")
        side = SideJournal(directory: directory)
        do throws(StoreFailure) { file = try Self.open(directory) } catch {
            guard case .diskFull = error, ballast.bytes > 0 else { throw error }
            ballast.release()
            file = try Self.open(directory)
        }
        let opened = file
        head = Mutex((try? opened.read { try Self.head($0) }) ?? nil)
        ballast.restore()
        side.reserve()
    }

    private static func head(_ database: Database) throws -> JournalCheckpoint? {
        guard let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1") else {
            return nil
        }
        return JournalCheckpoint(sequence: try row.integer("sequence"), hash: try row.text("hash"))
    }

    private static func open(_ directory: String) throws(StoreFailure) -> StoreFile {
        try StoreFile(name: "control", directory: directory, durability: .full, migrator: ControlSchema.migrator)
    }

    /// One transaction: everything or nothing, synchronised before it returns.
    public func write<T>(_ body: (ControlTransaction) throws -> T) throws(StoreFailure) -> T {
        let result = try transact(body)
        ballast.restoreIfDue()
        return result
    }

    /// As `write`; on a full disk the ballast is given up for it, and what it leaves over is taken back.
    ///
    /// `body` may run twice; nothing of the first run is stored then.
    public func writeEssential<T>(_ body: (ControlTransaction) throws -> T) throws(StoreFailure) -> T {
        do throws(StoreFailure) { return try transact(body) } catch {
            guard case .diskFull = error, ballast.bytes > 0 else { throw error }
            ballast.release()
            defer { ballast.restore() }
            return try transact(body)
        }
    }

    private func transact<T>(_ body: (ControlTransaction) throws -> T) throws(StoreFailure) -> T {
        let kept = kept.withLock { $0 }
        let (result, end) = try file.write { database in
            let transaction = ControlTransaction(database, kept: kept)
            return (try body(transaction), transaction.appended)
        }
        if let end { head.withLock { if ($0?.sequence ?? 0) < end.sequence { $0 = end } } }
        return result
    }

    /// The number of the next change that is kept beside the journal.
    func nextSide() -> Int64 {
        newestSide.withLock { newest in
            newest += 1
            return newest
        }
    }

    func noteSide(_ id: Int64) { newestSide.withLock { $0 = max($0, id) } }

    /// From now on no write replaces these rows: what cannot be read is left as it is.
    public func keep(_ damaged: [DamagedRecord]) {
        kept.withLock { kept in
            for record in damaged where record.file == Self.fileName { kept[KeptRow(table: record.table, key: record.key)] = record.text }
        }
    }

    /// A row that somebody has removed on purpose, whose number another may have one day.
    public func release(table: String, key: String) { kept.withLock { $0[KeptRow(table: table, key: key)] = nil } }

    /// Asks a store that refused a write whether it takes one again, seldomer after each refusal.
    ///
    /// After a failed sync its journal must end where it ended when somebody was last told so.
    public func probe(now: ContinuousClock.Instant = .now) -> StoreProbe {
        let told = head.withLock { $0 }
        return file.probe(now: now) { database in
            guard let told else { return }
            let found = try Self.head(database)
            guard found == told else {
                throw StoreFailure.corrupt(
                    "control store: its journal ends at row \(found?.sequence ?? 0) on the disk, and at row \(told.sequence) for whoever was told"
                )
            }
        }
    }

    /// A consistent view.
    ///
    /// Keep it short.
    public func read<T>(_ body: (ControlReader) throws -> T) throws(StoreFailure) -> T { try file.read { try body(ControlReader($0)) } }

    /// From now on every write meets this fault; nil: none.
    package func inject(_ fault: DiskFault?) { file.inject(fault) }

    /// Bytes kept for roll back, pause and freeze on a full disk; 8 MiB unless the disk is full.
    public var ballastBytes: Int64 { ballast.bytes }
    /// Why it takes no writes until it is opened anew, if that is so.
    public var readOnlyReason: String? { file.readOnlyReason }
    /// Size with the write-ahead log, bytes.
    public var sizeBytes: Int64 { file.sizeBytes }
    /// `FULL`, as asserted when it was opened.
    public var durability: String { file.durability.rawValue }
    /// The library's version.
    public var sqliteVersion: String { file.sqliteVersion }
    /// What SQLite's integrity check finds; empty when all is well.
    public func integrityProblems() throws(StoreFailure) -> [String] { try file.integrityProblems() }
}

/// Reads of the registry within one consistent view.
public class ControlReader {
    let database: Database

    init(_ database: Database) { self.database = database }
}

/// Reads and writes of the registry within one transaction.
public final class ControlTransaction: ControlReader {
    private let kept: [KeptRow: String]
    /// The end of the journal, if this transaction has moved it.
    var appended: JournalCheckpoint?

    init(_ database: Database, kept: [KeptRow: String]) {
        self.kept = kept
        super.init(database)
    }

    /// Whether a row may be replaced: one that cannot be read may not.
    func isReplaceable(_ table: String, _ key: String) -> Bool { kept[KeptRow(table: table, key: key)] == nil }

    /// Throws for a row that cannot be read, and so must be left as it is.
    func checkReplaceable(_ table: String, _ key: String) throws(StoreFailure) {
        if let damage = kept[KeptRow(table: table, key: key)] { throw .corrupt("\(damage): it is left as it is") }
    }
}

/// The name of a row that must be left as it is.
struct KeptRow: Hashable, Sendable {
    var table: String
    var key: String
}
