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
    let directory: String
    /// Whether the ballast's room is being used to open what there is.
    private let isBallastOut = Mutex(false)
    /// The number of the newest change that was kept beside the journal.
    private let newestSide = Mutex<Int64>(0)
    /// The end of the journal as whoever wrote it was told; nil when there is none, or it cannot be read.
    private let head: Mutex<JournalCheckpoint?>
    /// Rows that cannot be read, and why: no write replaces them.
    private let kept = Mutex<[KeptRow: String]>([:])

    /// Opens or makes `control.db` in the directory, on a full disk with the room of its ballast.
    ///
    /// - Parameter isBallastOut: whether the ballast was given up already, so that the stores can be looked at; it stays out until `settleBallast`.
    public init(directory: String, isBallastOut isOut: Bool = false) throws(StoreFailure) {
        isBallastOut.withLock { $0 = isOut }
        ballast = Ballast(path: directory + "/ballast")
        side = SideJournal(directory: directory)
        let opened: StoreFile
        do throws(StoreFailure) { opened = try Self.open(directory) } catch {
            guard Self.isForWantOfRoom(error, directory) else { throw error }
            ballast.release()
            isBallastOut.withLock { $0 = true }
            opened = try Self.open(directory, whereFull: true)
        }
        file = opened
        self.directory = directory
        head = Mutex((try? opened.read { try Self.head($0) }) ?? nil)
        if !isBallastOut.withLock({ $0 }) {
            ballast.restore()
            side.reserve()
        }
    }

    /// Opens another store of the workspace, on a full disk with the room of the ballast, which stays out until `settleBallast`.
    ///
    /// `body` may run twice.
    ///
    /// - Parameter body: told whether the store must do without a free byte, as a last resort.
    public func withRoom<T>(_ body: (_ isCramped: Bool) throws(StoreFailure) -> T) throws(StoreFailure) -> T {
        do throws(StoreFailure) { return try body(false) } catch {
            guard Self.isForWantOfRoom(error, directory) else { throw error }
            ballast.release()
            isBallastOut.withLock { $0 = true }
            do throws(StoreFailure) { return try body(false) } catch {
                guard Self.isForWantOfRoom(error, directory) else { throw error }
                return try body(true)
            }
        }
    }

    /// Runs what must be done before there is a store, on a full disk with the room of the ballast.
    ///
    /// `body` may run twice.
    ///
    /// - Returns: whether the ballast was given up.
    public static func beforeOpening(_ directory: String, _ body: () throws(StoreFailure) -> Void) throws(StoreFailure) -> Bool {
        do throws(StoreFailure) {
            try body()
            return false
        } catch {
            let ballast = Ballast(path: directory + "/ballast")
            guard isForWantOfRoom(error, directory) else { throw error }
            ballast.release()
            // What still cannot be looked at is found out when it is opened.
            do throws(StoreFailure) { try body() } catch { guard isForWantOfRoom(error, directory) else { throw error } }
            return true
        }
    }

    /// Everything is open: what is left of the room that the ballast gave up for that is taken back.
    public func settleBallast() {
        isBallastOut.withLock { $0 = false }
        ballast.restore()
        side.reserve()
    }

    /// Whether a store could not be opened because the disk is full: SQLite says so of some of its files only.
    private static func isForWantOfRoom(_ failure: StoreFailure, _ directory: String) -> Bool {
        if case .diskFull = failure { return true }
        return StoreDirectory.freeBytes(directory) < leastRoomBytes
    }

    /// Less room than this is none: what SQLite needs beside a store before it can read it, about.
    private static let leastRoomBytes: Int64 = 1 << 20

    private static func head(_ database: Database) throws -> JournalCheckpoint? {
        guard let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1") else {
            return nil
        }
        return JournalCheckpoint(sequence: try row.integer("sequence"), hash: try row.text("hash"))
    }

    private static func open(_ directory: String, whereFull: Bool = false) throws(StoreFailure) -> StoreFile {
        do throws(StoreFailure) {
            return try StoreFile(name: "control", directory: directory, durability: .full, migrator: ControlSchema.migrator)
        } catch {
            guard whereFull, isForWantOfRoom(error, directory) else { throw error }
            return try StoreFile(
                name: "control", directory: directory, durability: .full, migrator: ControlSchema.migrator, isCramped: true)
        }
    }

    /// One transaction: everything or nothing, synchronised before it returns.
    public func write<T>(_ body: (ControlTransaction) throws -> T) throws(StoreFailure) -> T {
        let result = try transact(body)
        if !isBallastOut.withLock({ $0 }) { ballast.restoreIfDue() }
        return result
    }

    /// As `write`; on a full disk the ballast is given up for it, and what it leaves over is taken back.
    ///
    /// `body` may run twice; nothing of the first run is stored then.
    public func writeEssential<T>(_ body: (ControlTransaction) throws -> T) throws(StoreFailure) -> T {
        do throws(StoreFailure) { return try transact(body) } catch {
            guard case .diskFull = error, ballast.bytes > 0 else { throw error }
            ballast.release()
            defer { if !isBallastOut.withLock({ $0 }) { ballast.restore() } }
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
    package func inject(_ fault: DiskFault?, after writes: Int = 0) { file.inject(fault, after: writes) }

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
