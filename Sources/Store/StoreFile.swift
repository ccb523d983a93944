import Foundation
import GRDB

/// What the three stores have in common: a WAL database with one writer, its durability asserted, its format known.
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
    let pool: DatabasePool
    let sqliteVersion: String

    /// Opens or makes `directory/name.db` and brings it to the newest known format.
    init(name: String, directory: String, durability: Durability, migrator: DatabaseMigrator) throws(StoreFailure) {
        self.name = name
        self.durability = durability
        path = "\(directory)/\(name).db"
        do {
            // SQLite makes its files with the mode of the database: made here first, they are the owner's only.
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw StoreFailure.readOnly(store: name, reason: "\(path): \(String(cString: strerror(errno)))") }
            close(descriptor)
            var configuration = Configuration()
            configuration.label = "flyball.\(name)"
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
                try database.execute(sql: "PRAGMA foreign_keys = ON")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            if try pool.read(migrator.hasBeenSuperseded) {
                let found = try pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM grdb_migrations") ?? 0 }
                throw StoreFailure.newerFormat(store: name, found: found, known: migrator.migrations.count)
            }
            try migrator.migrate(pool)
            let facts = try pool.writeWithoutTransaction { database in
                (
                    try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1, try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "",
                    try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? ""
                )
            }
            guard facts.0 == durability.number, facts.1 == "wal" else {
                throw StoreFailure.durability(store: name, found: "\(facts.1) \(facts.0)", wanted: "wal \(durability.number)")
            }
            sqliteVersion = facts.2
        } catch { throw StoreFailure(error, store: name) }
    }

    func write<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        do { return try pool.write(body) } catch { throw StoreFailure(error, store: name) }
    }

    func read<T>(_ body: (Database) throws -> T) throws(StoreFailure) -> T {
        do { return try pool.read(body) } catch { throw StoreFailure(error, store: name) }
    }

    /// Size with the write-ahead log, bytes.
    var sizeBytes: Int64 {
        ["", "-wal"].reduce(0) { sum, suffix in
            var status = stat()
            return stat(path + suffix, &status) == 0 ? sum + Int64(status.st_size) : sum
        }
    }

    /// SQLite's own check; empty when all is well.
    func integrityProblems() throws(StoreFailure) -> [String] {
        try read { try String.fetchAll($0, sql: "PRAGMA integrity_check(10)") }.filter { $0 != "ok" }
    }
}
