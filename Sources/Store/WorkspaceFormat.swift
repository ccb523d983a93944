import Foundation
import GRDB
import Tabular

/// The format of a workspace's stores as a whole: one number, which stands in `control.db`.
///
/// A store that lacks steps is brought up to date in one transaction when it is opened. Before the first of them, copies of all stores are
/// set aside, from which the former release can go on.
public enum WorkspaceFormat {
    /// What this release writes.
    public static let current = 3
    /// A telemetry store larger than this is not copied: its steps only add to it, and traffic is kept for a while only.
    static let copiedTelemetryBytes: Int64 = 1 << 30

    /// A store's steps.
    public struct Steps: Sendable, Equatable {
        /// `control`, `labels`, `telemetry`.
        public var store: String
        /// Steps that it has taken, in order.
        public var taken: [String]
        /// Steps that it has yet to take.
        public var missing: [String]
    }

    /// What was found in a directory.
    public struct Standing: Sendable, Equatable {
        /// The number in `control.db`; nil for a workspace that has no stores yet.
        public var format: Int?
        /// Of each store that is there.
        public var stores: [Steps]

        /// Whether there is anything to migrate.
        public var isBehind: Bool { stores.contains { !$0.taken.isEmpty && !$0.missing.isEmpty } }
    }

    /// What bringing the stores up to date would do.
    public struct Plan: Sendable, Equatable {
        /// What was found.
        public var standing: Standing
        /// Stores of which copies are set aside first.
        public var copied: [String]
        /// Stores that are too large for that.
        public var notCopied: [String]
        /// Room that the copies need, bytes.
        public var neededBytes: Int64
        /// Room that there is.
        public var freeBytes: Int64

        /// Whether there is anything to do.
        public var isBehind: Bool { standing.isBehind }
        /// Why it cannot be done; nil when it can, or there is nothing to do.
        public var lack: String? {
            guard isBehind, freeBytes < neededBytes else { return nil }
            return "copies of the stores must be set aside before their format changes, which takes \(neededBytes) bytes; "
                + "\(freeBytes) are free: make room"
        }
    }

    /// What was done before the stores are opened.
    public struct Migration: Sendable, Equatable {
        /// The former number.
        public var from: Int
        /// The present one.
        public var to: Int
        /// The steps that are taken, by store.
        public var steps: [Steps]
        /// Where the copies are.
        public var aside: String
        /// Stores that were too large to be copied.
        public var notCopied: [String]

        /// In a sentence.
        public var text: String {
            let names = steps.map { "\($0.store): \($0.missing.joined(separator: "; "))" }.joined(separator: "; ")
            let left = notCopied.isEmpty ? "" : ", but for \(notCopied.joined(separator: ", ")), which was too large"
            return "brought the stores from format \(from) to \(to) (\(names)); copies of the former ones are in \(aside)\(left)"
        }
    }

    private static var migrators: [(name: String, migrator: StoreMigrator)] {
        [("control", ControlSchema.migrator), ("labels", LabelStore.migrator), ("telemetry", TelemetryStore.migrator)]
    }

    /// Looks at the stores without changing them; an engine may have them open.
    ///
    /// - Throws: `newerFormat` for stores that a newer release wrote.
    public static func read(directory: String) throws(StoreFailure) -> Standing {
        var standing = Standing(format: nil, stores: [])
        for (name, migrator) in migrators {
            try StoreInspection.read(name, directory) { database in
                if name == "control" { standing.format = try format(database) }
                try migrator.check(database, store: name)
                standing.stores.append(
                    Steps(store: name, taken: try StoreMigrator.taken(database), missing: try migrator.missing(database)))
            }
        }
        return standing
    }

    /// Whether a store's steps can be read, and are known here.
    static func check(_ name: String, directory: String) throws(StoreFailure) {
        for (store, migrator) in migrators where store == name {
            _ = try StoreInspection.read(name, directory) { try migrator.check($0, store: name) }
        }
    }

    private static func format(_ database: Database) throws -> Int? {
        guard try database.tableExists("meta") else { return nil }
        guard let row = try Row.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'format'") else {
            throw StoreFailure.corrupt("control.db, meta format: it is missing")
        }
        let found: Int = try row.narrow("value")
        guard found <= current else { throw StoreFailure.newerFormat(store: "control", found: found, known: current) }
        return found
    }

    /// What bringing the stores of a directory up to date would do; an engine may have them open.
    ///
    /// - Throws: `newerFormat` for stores that a newer release wrote.
    public static func plan(directory: String) throws(StoreFailure) -> Plan {
        try checkWhole(directory)
        let standing = try read(directory: directory)
        let sizes = standing.stores.map { (name: $0.store, bytes: size("\(directory)/\($0.store).db")) }
        let copied = sizes.filter { $0.name != "telemetry" || $0.bytes <= copiedTelemetryBytes }
        return Plan(
            standing: standing, copied: copied.map(\.name),
            notCopied: sizes.map(\.name).filter { name in !copied.contains { $0.name == name } },
            neededBytes: copied.reduce(0) { $0 + $1.bytes } + (16 << 20), freeBytes: StoreDirectory.freeBytes(directory))
    }

    /// Refuses stores of a newer format, and sets copies of older ones aside before they are migrated; nil when there is nothing to migrate.
    ///
    /// The caller holds the workspace, and opens the stores next.
    public static func prepare(directory: String, now: Int64) throws(StoreFailure) -> Migration? {
        let plan = try plan(directory: directory)
        let standing = plan.standing
        guard plan.isBehind else { return nil }
        if let lack = plan.lack { throw .cannotOpen(path: directory, reason: lack + "; nothing was changed") }
        let from = standing.format ?? 1
        let aside = try setAside(plan.copied, directory: directory, name: "format-\(from)", now: now)
        return Migration(
            from: from, to: current, steps: standing.stores.filter { !$0.missing.isEmpty }, aside: "\(directory)/\(aside)",
            notCopied: plan.notCopied)
    }

    /// Refuses what is left of a workspace whose registry is gone: begun anew, it would look like one that never had a deployment.
    private static func checkWhole(_ directory: String) throws(StoreFailure) {
        guard size("\(directory)/control.db") == 0 else { return }
        let others = ["labels", "telemetry"].filter { size("\(directory)/\($0).db") > 0 }
        guard !others.isEmpty else { return }
        let what = FileManager.default.fileExists(atPath: "\(directory)/control.db") ? "is empty" : "is gone"
        throw .corrupt(
            "control.db \(what), though \(others.map { $0 + ".db" }.joined(separator: " and ")) \(others.count == 1 ? "is" : "are") there")
    }

    private static func size(_ path: String) -> Int64 { StoreDirectory.size(path) + StoreDirectory.size(path + "-wal") }

    /// Sets copies of stores aside, which nobody is writing; where they are, from the directory.
    package static func setAside(_ names: [String], directory: String, name: String, now: Int64) throws(StoreFailure) -> String {
        let aside = "aside/\(name)-\(TimeText.rfc3339(now).filter { $0 != "-" && $0 != ":" })"
        try copy(names, from: directory, to: "\(directory)/\(aside)")
        return aside
    }

    /// Copies stores into a directory that has its name only when they are whole and on the disk.
    private static func copy(_ names: [String], from directory: String, to aside: String) throws(StoreFailure) {
        try StoreDirectory.prepare((aside as NSString).deletingLastPathComponent)
        let part = aside + ".part"
        do { if FileManager.default.fileExists(atPath: part) { try FileManager.default.removeItem(atPath: part) } } catch {
            throw .cannotOpen(path: part, reason: "\(error)")
        }
        try StoreDirectory.prepare(part)
        for name in names {
            let (source, target) = ("\(directory)/\(name).db", "\(part)/\(name).db")
            do {
                try DatabaseQueue(path: source).writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
            } catch { throw StoreFailure(error, store: name, path: source) }
            try StoreDirectory.prepareFile(target)
            try StoreDirectory.synchronise(target)
        }
        try StoreDirectory.synchronise(part)
        guard rename(part, aside) == 0 else { throw .cannotOpen(path: aside, reason: String(cString: strerror(errno))) }
        try StoreDirectory.synchronise((aside as NSString).deletingLastPathComponent)
    }

    /// Directories of copies that were set aside, the oldest first.
    public static func asides(directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/aside")) ?? []
        return names.filter { $0.hasPrefix("format-") && !$0.hasSuffix(".part") }.sorted().map { "\(directory)/aside/\($0)" }
    }
}
