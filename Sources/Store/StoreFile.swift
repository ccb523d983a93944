import Foundation
import GRDB
import Synchronization

/// What the three stores have in common: a WAL database with one writer, its durability asserted, its format known.
///
/// Safe to use from any thread; every call blocks. Only the writing connection checkpoints.
final class StoreFile: Sendable {
    /// How many syncs a commit makes.
    enum Durability: String, Sendable {
        /// An acknowledged commit survives power loss.
        case full = "FULL"
        /// It survives a crash of the process; power loss may take the last moments.
        case normal = "NORMAL"

        var number: Int { self == .full ? 2 : 1 }
    }

    let name: String
    let path: String
    let durability: Durability
    let sqliteVersion: String
    private let recycles: Bool
    /// Replaced when the file is opened anew, after a fault of the disk.
    private let connections: Mutex<any DatabaseWriter>
    /// Whether it was opened without the file that connections share, for which the disk had no room: one connection for all, until it has.
    private let isCramped: Atomic<Bool>
    private let latch = Mutex<Latch?>(nil)
    private let fault = Mutex(PlannedFault())
    private let patience = Mutex(ProbePatience())

    /// Why no write is tried.
    private enum Latch: Equatable {
        /// A sync failed: what the system still holds may never reach the disk.
        ///
        /// With what could not be done about the commit that it refused, if anything.
        case unsynced(String?)
        /// The file is damaged.
        case damaged

        var reason: String {
            switch self {
            case .unsynced(let left): "a sync to the disk failed" + (left.map { "; \($0)" } ?? "")
            case .damaged: "the file is damaged"
            }
        }
    }

    /// Opens or makes `directory/name.db`, mode 0600, and brings it to the newest known format.
    ///
    /// - Parameters:
    ///   - recycles: whether room of deleted rows goes back to the file system, unwiped.
    ///   - isCramped: whether it must be opened without a free byte on the disk: only a store that lacks no step can be.
    init(
        name: String, directory: String, durability: Durability, recycles: Bool = false, migrator: StoreMigrator, isCramped: Bool = false
    ) throws(StoreFailure) {
        self.isCramped = Atomic(isCramped)
        self.name = name
        self.durability = durability
        self.recycles = recycles
        path = "\(directory)/\(name).db"
        try StoreDirectory.prepare(directory)
        try RefusedCommit.settle(path)
        try StoreDirectory.prepareFile(path)
        do {
            let pool = try Self.open(path, name: name, durability: durability, recycles: recycles, isCramped: isCramped)
            let isBehind = try pool.read { database in
                try migrator.check(database, store: name)
                return try !migrator.missing(database).isEmpty
            }
            if isBehind {
                try pool.write { database in
                    try migrator.migrate(database)
                    try CheckedTable.maintain(name, database)
                }
            }
            connections = Mutex(pool)
            sqliteVersion = try pool.read { try Row.fetchOne($0, sql: "SELECT sqlite_version()")?.text(at: 0) } ?? ""
        } catch { throw StoreFailure(error, store: name, path: path) }
    }

    private static func open(
        _ path: String, name: String, durability: Durability, recycles: Bool, isCramped: Bool
    ) throws -> any DatabaseWriter {
        let isNew = StoreDirectory.size(path) == 0
        var configuration = Configuration()
        configuration.label = "flyball.\(name)"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try RowChecksum.register(database)
            // Before the first page is read: the index of the log is then kept in memory, not in a file beside it.
            if isCramped { _ = try Row.fetchOne(database, sql: "PRAGMA locking_mode = EXCLUSIVE") }
            guard recycles else { return }
            // Takes effect on an empty file only, and must be said before its first page is written; on another it would be a write.
            if isNew, !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            // Debian's SQLite wipes deleted pages by default: that doubles the writes, for nothing that is secret.
            _ = try Row.fetchOne(database, sql: "PRAGMA secure_delete = OFF")
        }
        let pool: any DatabaseWriter =
            isCramped
            ? try DatabaseQueue(path: path, configuration: configuration) : try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
            _ = try Row.fetchOne(database, sql: "PRAGMA journal_size_limit = 67108864")
            // Read back from the connection that will write: what was asked for is not always what SQLite does.
            let mode = try Row.fetchOne(database, sql: "PRAGMA journal_mode")?.text(at: 0) ?? ""
            let level = try Row.fetchOne(database, sql: "PRAGMA synchronous")?.integer(at: 0) ?? -1
            guard mode == "wal", level == Int64(durability.number) else {
                throw StoreFailure.durability(store: name, found: "\(mode) \(level)", wanted: "wal \(durability.number)")
            }
            try CheckedTable.maintain(name, database)
        }
        return pool
    }

    /// One transaction: everything or nothing, and with `full` on the disk before it returns.
    ///
    /// One whose sync fails is refused, and taken out of the log again, so that no later start finds it done.
    func write<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        try whileWritable {
            try connection.writeWithoutTransaction { database in
                // Somebody else's commit may have failed while this one waited for its turn.
                try checkLatch()
                do { return try Self.commit(database, body) } catch  where Self.isSyncFailure(error) {
                    // Before anybody else can write: the last commit in the log is this one only as long as nobody has.
                    latch.withLock { $0 = .unsynced(RefusedCommit.void(path)) }
                    throw error
                }
            }
        }
    }

    private static func commit<T>(_ database: Database, _ body: (Database) throws -> T) throws -> T {
        var result: T?
        try database.inTransaction {
            result = try body(database)
            return .commit
        }
        guard let result else { throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "a transaction without a result") }
        return result
    }

    /// Statements that cannot run in a transaction, on the writing connection.
    func writeOutsideTransaction<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        try whileWritable { try connection.writeWithoutTransaction(body) }
    }

    /// A consistent view.
    ///
    /// Keep it short: while it is open, the write-ahead log cannot be emptied.
    func read<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        do { return try connection.read(body) } catch { throw StoreFailure(error, store: name, path: path) }
    }

    private var connection: any DatabaseWriter { connections.withLock { $0 } }

    private func whileWritable<T>(_ body: () throws -> T) throws(StoreFailure) -> T {
        try checkLatch()
        return try latching {
            if let fault = fault.withLock({ $0.next() }) { throw fault.error }
            return try body()
        }
    }

    private func checkLatch() throws(StoreFailure) {
        if let latch = latch.withLock({ $0 }) { throw .readOnly(store: name, reason: latch.reason) }
    }

    /// Runs a write; one that shows that no later write may be trusted is remembered.
    private func latching<T>(_ body: () throws -> T) throws(StoreFailure) -> T {
        do { return try body() } catch {
            guard let lasting = Self.lasting(error) else { throw StoreFailure(error, store: name, path: path) }
            let latched = latch.withLock { latch in
                // What is known already of a commit that was refused says more.
                if latch == nil || lasting == .damaged { latch = lasting }
                return latch ?? lasting
            }
            // Whoever opens it next need not find out again.
            if lasting == .damaged { try? StoreDirectory.prepareFile(StoreAside.mark(path)) }
            throw .readOnly(store: name, reason: latched.reason)
        }
    }

    /// Why no later write may be trusted.
    ///
    /// After a failed sync nobody knows what reached the disk, and asking the kernel again would be
    /// answered with a wrong "yes"; a damaged file only gets worse.
    private static func lasting(_ error: any Error) -> Latch? {
        if isSyncFailure(error) { return .unsynced(nil) }
        return (error as? DatabaseError)?.resultCode == .SQLITE_CORRUPT ? .damaged : nil
    }

    private static func isSyncFailure(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.extendedResultCode == .SQLITE_IOERR_FSYNC || error.extendedResultCode == .SQLITE_IOERR_DIR_FSYNC
    }

    /// Asks a store that refused a write whether it takes one again: the first time at once, then after one second, two, four, up to a minute.
    ///
    /// After a failed sync the file is opened anew, and what its log holds is written into the database itself and synchronised there: what
    /// the log's pages have become on the disk no longer matters then. A damaged file is not tried again.
    ///
    /// - Parameter compare: throws when the file that was opened anew does not hold what it must.
    func probe(now: ContinuousClock.Instant = .now, comparing compare: (Database) throws -> Void = { _ in }) -> StoreProbe {
        guard patience.withLock({ $0.isDue(now) }) else { return .notDue }
        do throws(StoreFailure) {
            if let latch = latch.withLock({ $0 }) {
                if latch == .damaged { throw .readOnly(store: name, reason: latch.reason) }
                try reopen(comparing: compare)
            } else if isCramped.load(ordering: .relaxed) {
                try makeRoom()
            }
            try write { database in
                let mark = try Row.fetchOne(database, sql: "PRAGMA user_version")?.integer(at: 0) ?? 0
                // Writes the file's first page, whatever the number was before.
                try database.execute(sql: "PRAGMA user_version = \(mark)")
            }
            patience.withLock { $0 = ProbePatience() }
            return .writable
        } catch {
            patience.withLock { $0.failed(now) }
            return .refused(error)
        }
    }

    /// Opens a store that had to do with one connection as it should be; it stays as it is if there is no room yet.
    private func makeRoom() throws(StoreFailure) {
        try latching {
            try connections.withLock { connection in
                try connection.close()
                do {
                    connection = try Self.open(path, name: name, durability: durability, recycles: recycles, isCramped: false)
                    isCramped.store(false, ordering: .relaxed)
                } catch {
                    connection = try Self.open(path, name: name, durability: durability, recycles: recycles, isCramped: true)
                    throw error
                }
            }
        }
    }

    private func reopen(comparing compare: (Database) throws -> Void) throws(StoreFailure) {
        try latching {
            if let fault = fault.withLock({ $0.next() }) { throw fault.error }
            let pool = try Self.open(path, name: name, durability: durability, recycles: recycles, isCramped: false)
            let busy = try pool.writeWithoutTransaction { database in
                try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")?.integer(at: 0) ?? 1
            }
            guard busy == 0 else { throw StoreFailure.readOnly(store: name, reason: "its log is still being read") }
            try pool.read(compare)
            try RefusedCommit.forget(path)
            connections.withLock { $0 = pool }
            latch.withLock { $0 = nil }
        }
    }

    /// Reads what queries give, and keeps nothing of it.
    ///
    /// - Throws: `corrupt` also where a table or a column is not there.
    func touch(_ queries: [String]) throws(StoreFailure) {
        do throws(StoreFailure) {
            try read { database in
                for query in queries {
                    let rows = try Row.fetchCursor(database, sql: query)
                    while try rows.next() != nil {}
                }
            }
        } catch {
            guard case .database(let store, let reason) = error else { throw error }
            throw .corrupt("\(store) store: \(reason)")
        }
    }

    /// From now on every write meets this, after some that do not; nil: none.
    func inject(_ fault: DiskFault?, after writes: Int = 0) { self.fault.withLock { $0 = PlannedFault(fault: fault, spared: writes) } }

    /// Why it takes no writes until it is opened anew, if that is so.
    var readOnlyReason: String? { latch.withLock { $0?.reason } }

    /// Size with the write-ahead log, bytes.
    var sizeBytes: Int64 { StoreDirectory.size(path) + StoreDirectory.size(path + "-wal") }

    /// SQLite's own check; empty when all is well.
    ///
    /// Complexity: reads the whole file.
    func integrityProblems() throws(StoreFailure) -> [String] {
        try read { try Row.fetchAll($0, sql: "PRAGMA integrity_check(10)").map { try $0.text(at: 0) } }.filter { $0 != "ok" }
    }
}
