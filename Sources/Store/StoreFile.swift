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
    private let pool: DatabasePool
    private let latch = Mutex<String?>(nil)
    private let fault = Mutex<DiskFault?>(nil)

    /// Opens or makes `directory/name.db`, mode 0600, and brings it to the newest known format.
    ///
    /// - Parameter recycles: whether room of deleted rows goes back to the file system, unwiped.
    init(name: String, directory: String, durability: Durability, recycles: Bool = false, migrator: DatabaseMigrator) throws(StoreFailure) {
        self.name = name
        self.durability = durability
        path = "\(directory)/\(name).db"
        try StoreDirectory.prepare(directory)
        try StoreDirectory.prepareFile(path)
        do {
            pool = try Self.open(path, name: name, durability: durability, recycles: recycles)
            if try pool.read(migrator.hasBeenSuperseded) {
                let found = try pool.read { try Row.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations").count }
                throw StoreFailure.newerFormat(
                    store: name, found: max(found, migrator.migrations.count + 1), known: migrator.migrations.count)
            }
            try migrator.migrate(pool)
            sqliteVersion = try pool.read { try Row.fetchOne($0, sql: "SELECT sqlite_version()")?.text(at: 0) } ?? ""
        } catch { throw StoreFailure(error, store: name, path: path) }
    }

    private static func open(_ path: String, name: String, durability: Durability, recycles: Bool) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "flyball.\(name)"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            guard recycles else { return }
            // Takes effect on an empty file only, and must be said before its first page is written.
            if !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            // Debian's SQLite wipes deleted pages by default: that doubles the writes, for nothing that is secret.
            _ = try Row.fetchOne(database, sql: "PRAGMA secure_delete = OFF")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
            _ = try Row.fetchOne(database, sql: "PRAGMA journal_size_limit = 67108864")
            // Read back from the connection that will write: what was asked for is not always what SQLite does.
            let mode = try Row.fetchOne(database, sql: "PRAGMA journal_mode")?.text(at: 0) ?? ""
            let level = try Row.fetchOne(database, sql: "PRAGMA synchronous")?.integer(at: 0) ?? -1
            guard mode == "wal", level == Int64(durability.number) else {
                throw StoreFailure.durability(store: name, found: "\(mode) \(level)", wanted: "wal \(durability.number)")
            }
        }
        return pool
    }

    /// One transaction: everything or nothing, and with `full` on the disk before it returns.
    func write<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        try whileWritable { try pool.write(body) }
    }

    /// Statements that cannot run in a transaction, on the writing connection.
    func writeOutsideTransaction<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        try whileWritable { try pool.writeWithoutTransaction(body) }
    }

    /// A consistent view.
    ///
    /// Keep it short: while it is open, the write-ahead log cannot be emptied.
    func read<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        do { return try pool.read(body) } catch { throw StoreFailure(error, store: name, path: path) }
    }

    private func whileWritable<T>(_ body: () throws -> T) throws(StoreFailure) -> T {
        if let reason = latch.withLock({ $0 }) { throw .readOnly(store: name, reason: reason) }
        do {
            if let fault = fault.withLock({ $0 }) { throw fault.error }
            return try body()
        } catch {
            let failure = StoreFailure(error, store: name, path: path)
            if let reason = Self.lastingReason(error) {
                latch.withLock { $0 = reason }
                throw .readOnly(store: name, reason: reason)
            }
            throw failure
        }
    }

    /// Why no later write may be trusted.
    ///
    /// After a failed sync nobody knows what reached the disk, and asking the kernel again would be
    /// answered with a wrong "yes"; a damaged file only gets worse.
    private static func lastingReason(_ error: any Error) -> String? {
        guard let error = error as? DatabaseError else { return nil }
        switch error.extendedResultCode {
        case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC: return "a sync to the disk failed"
        default: return error.resultCode == .SQLITE_CORRUPT ? "the file is damaged" : nil
        }
    }

    /// From now on every write meets this; nil: none.
    func inject(_ fault: DiskFault?) { self.fault.withLock { $0 = fault } }

    /// Why it takes no writes until it is opened anew, if that is so.
    var readOnlyReason: String? { latch.withLock { $0 } }

    /// Size with the write-ahead log, bytes.
    var sizeBytes: Int64 { StoreDirectory.size(path) + StoreDirectory.size(path + "-wal") }

    /// SQLite's own check; empty when all is well.
    ///
    /// Complexity: reads the whole file.
    func integrityProblems() throws(StoreFailure) -> [String] {
        try read { try Row.fetchAll($0, sql: "PRAGMA integrity_check(10)").map { try $0.text(at: 0) } }.filter { $0 != "ok" }
    }
}
