import Foundation
import GRDB
import Store
import Testing

@Suite("Format of the stores")
struct FormatTests {
    private func open(_ path: String) throws -> ControlStore {
        _ = try LabelStore(directory: path)
        _ = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
        return try ControlStore(directory: path)
    }

    /// Takes the steps of the present format back, as far as control.db goes.
    private func makeOld(_ path: String) throws {
        let summed = ["meta", "deployment", "version", "policy", "freeze", "job", "job_log", "alert"]
        try Scratch.tamper(
            path + "/control.db",
            """
            DROP TRIGGER journal_no_delete; DROP TABLE journal_segment;
            CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
            """
                + summed.map { "ALTER TABLE \($0) DROP COLUMN row_sum;" }.joined()
                    + """
                    DROP TABLE counter; DROP TABLE removal; DROP TABLE token; DELETE FROM grdb_migrations WHERE CAST(identifier AS INTEGER) > 3;
                    UPDATE meta SET value = 1 WHERE key = 'format'
                    """)
    }

    @Test("a new directory has nothing to migrate, nor has one of the present format")
    func current() throws {
        try Scratch.directory { path in
            #expect(try WorkspaceFormat.prepare(directory: path, now: 0) == nil)
            #expect(try WorkspaceFormat.read(directory: path).format == nil)
            _ = try open(path)
            #expect(try WorkspaceFormat.prepare(directory: path, now: 0) == nil)
            let standing = try WorkspaceFormat.read(directory: path)
            #expect(standing.format == WorkspaceFormat.current)
            #expect(standing.stores.map(\.store) == ["control", "labels", "telemetry"])
            #expect(standing.stores.allSatisfy { $0.missing.isEmpty })
            #expect(WorkspaceFormat.asides(directory: path).isEmpty)
        }
    }

    @Test("stores of an older format are set aside as they were, then brought up to date with everything in them")
    func older() throws {
        try Scratch.directory { path in
            _ = try open(path).write { try $0.append(Scratch.entry("old")) }
            try makeOld(path)
            let migration = try #require(try WorkspaceFormat.prepare(directory: path, now: 1_764_370_000_000))
            #expect(migration.from == 1 && migration.to == WorkspaceFormat.current)
            #expect(migration.aside == "\(path)/aside/format-1-20251128T224640Z")
            #expect(
                migration.steps.map(\.store) == ["control"]
                    && migration.steps.first?.missing == [
                        "4 counters", "5 removed deployments", "6 tokens", "7 checksums of rows", "8 journal segments",
                    ])
            #expect(migration.notCopied.isEmpty)
            #expect(migration.text.contains("from format 1 to \(WorkspaceFormat.current)"))
            let store = try open(path)
            #expect(try store.read { try $0.lastJournal() }?.entry.summary == "old")
            #expect(try WorkspaceFormat.read(directory: path).format == WorkspaceFormat.current)
            #expect(WorkspaceFormat.asides(directory: path) == [migration.aside])
            for name in ["control", "labels", "telemetry"] {
                let copy = "\(migration.aside)/\(name).db"
                #expect(try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int == 0o600)
            }
            let old = try DatabaseQueue(path: migration.aside + "/control.db").read { database in
                (
                    try Int.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'format'"),
                    try String.fetchOne(database, sql: "SELECT summary FROM journal"), try database.tableExists("counter")
                )
            }
            #expect(old == (1, "old", false))
        }
    }

    @Test("a step that fails leaves the store as it was, the steps before it too")
    func oneTransaction() throws {
        try Scratch.directory { path in
            _ = try open(path)
            try makeOld(path)
            // Step 3 is to be taken again, and step 4 meets a table that is there already.
            try Scratch.tamper(
                path + "/control.db",
                """
                ALTER TABLE version DROP COLUMN report_hash; CREATE TABLE counter (x);
                DELETE FROM grdb_migrations WHERE identifier LIKE '3 %';
                """)
            #expect(throws: StoreFailure.self) { try ControlStore(directory: path) }
            let standing = try #require(try WorkspaceFormat.read(directory: path).stores.first)
            #expect(standing.missing.prefix(2) == ["3 reports of versions", "4 counters"])
            try Scratch.tamper(path + "/control.db", "DROP TABLE counter")
            _ = try ControlStore(directory: path)
        }
    }

    @Test("a newer format is refused with both numbers, before anything is touched")
    func newer() throws {
        try Scratch.directory { path in
            _ = try open(path)
            try makeOld(path)
            try Scratch.tamper(path + "/control.db", "UPDATE meta SET value = 7 WHERE key = 'format'")
            let newer = StoreFailure.newerFormat(store: "control", found: 7, known: WorkspaceFormat.current)
            #expect(throws: newer) { try WorkspaceFormat.prepare(directory: path, now: 0) }
            #expect("\(newer)".contains("7") && "\(newer)".contains("\(WorkspaceFormat.current)"))
            #expect(WorkspaceFormat.asides(directory: path).isEmpty)
            try Scratch.tamper(path + "/control.db", "DELETE FROM meta")
            #expect(throws: StoreFailure.corrupt("control.db, meta format: it is missing")) { try WorkspaceFormat.read(directory: path) }
        }
    }

    @Test("a store that refused is asked again, seldomer each time, and goes on after the disk does; a damaged one does not")
    func probing() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            _ = try store.write { try $0.append(Scratch.entry("before")) }
            store.inject(.syncError)
            #expect(throws: StoreFailure.self) { _ = try store.write { try $0.append(Scratch.entry("lost")) } }
            let start = ContinuousClock.now
            let refused = StoreProbe.refused(.readOnly(store: "control", reason: "a sync to the disk failed"))
            var asked: [Int] = []
            for second in 0..<200 {
                switch store.probe(now: start.advanced(by: .seconds(second))) {
                case .notDue: break
                case refused: asked.append(second)
                case let other: Issue.record("\(other)")
                }
            }
            #expect(asked == [0, 1, 3, 7, 15, 31, 63, 123, 183])
            store.inject(nil)
            #expect(throws: StoreFailure.self) { _ = try store.write { try $0.append(Scratch.entry("too early")) } }
            #expect(store.probe(now: start.advanced(by: .seconds(199))) == .notDue)
            #expect(store.probe(now: start.advanced(by: .seconds(243))) == .writable)
            #expect(store.readOnlyReason == nil)
            _ = try store.write { try $0.append(Scratch.entry("after")) }
            #expect(try store.read { try $0.journal(following: 0, limit: 9, deployment: nil) }.map(\.entry.summary) == ["before", "after"])
            #expect(try JournalVerification.verify(store: store, checkpoint: nil).isIntact)
            // Once well, the first question after the next fault is due at once.
            store.inject(.full)
            #expect(throws: StoreFailure.self) { _ = try store.write { try $0.append(Scratch.entry("full")) } }
            guard case .refused(.diskFull) = store.probe(now: start.advanced(by: .seconds(244))) else {
                Issue.record("it was not asked")
                return
            }
        }
    }
}
