import Foundation
import GRDB
import Store
import Testing

@Suite("Store files")
struct StoreFileTests {
    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("each store is WAL with the durability that it promises, in a file of mode 0600 in a directory of mode 0700")
    func durability() throws {
        try Scratch.directory { base in
            let path = base + "/store"
            let control = try ControlStore(directory: path)
            let labels = try LabelStore(directory: path)
            let telemetry = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1, maxAgeMilliseconds: 1))
            #expect([control.durability, labels.durability, telemetry.durability] == ["FULL", "FULL", "NORMAL"])
            #expect(try mode(path) == 0o700)
            for name in ["control", "labels", "telemetry"] {
                #expect(try mode("\(path)/\(name).db") == 0o600)
                let journal = try DatabaseQueue(path: "\(path)/\(name).db").read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
                #expect(journal == "wal")
            }
            for problems in [try control.integrityProblems(), try labels.integrityProblems(), try telemetry.integrityProblems()] {
                #expect(problems.isEmpty)
            }
        }
    }

    @Test("a file that others could read is closed to them when it is opened")
    func closing() throws {
        try Scratch.directory { path in
            _ = try ControlStore(directory: path)
            #expect(chmod(path, 0o755) == 0 && chmod(path + "/control.db", 0o644) == 0)
            _ = try ControlStore(directory: path)
            #expect(try mode(path) == 0o700)
            #expect(try mode(path + "/control.db") == 0o600)
        }
    }

    @Test("a store of a newer format is refused with both numbers and is left as it was", arguments: ["control", "labels", "telemetry"])
    func newerFormat(name: String) throws {
        try Scratch.directory { path in
            func open() throws {
                _ = try ControlStore(directory: path)
                _ = try LabelStore(directory: path)
                _ = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1, maxAgeMilliseconds: 1))
            }
            try open()
            let file = "\(path)/\(name).db"
            let known = try DatabaseQueue(path: file).read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM grdb_migrations") } ?? 0
            try Scratch.tamper(file, "INSERT INTO grdb_migrations VALUES ('99 from the future')")
            let failure = #expect(throws: StoreFailure.self) { try open() }
            #expect(failure == .newerFormat(store: name, found: known + 1, known: known))
            #expect("\(try #require(failure))".contains("\(known + 1)"))
            try Scratch.tamper(file, "DELETE FROM grdb_migrations WHERE identifier = '99 from the future'")
            try open()
        }
    }

    @Test("a store of the first format is brought to the newest one with everything in it")
    func migration() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            _ = try store.write { try $0.append(Scratch.entry("old")) }
            try Scratch.tamper(
                path + "/control.db",
                """
                DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; DROP TABLE turn; DROP INDEX job_claim;
                DELETE FROM grdb_migrations WHERE identifier LIKE '2 %';
                """)
            let again = try ControlStore(directory: path)
            #expect(try again.read { try $0.lastJournal() }?.entry.summary == "old")
            _ = try again.write { try $0.enqueue(Scratch.job("a")) }
            #expect(try again.write { try $0.claimNext(worker: "w", leaseUntil: 2, now: 1) } != nil)
        }
    }

    @Test("what is no store of ours is refused with a reason, never a crash")
    func strange() throws {
        try Scratch.directory { path in
            #expect(throws: StoreFailure.self) { try ControlStore(directory: path + "/no/such/place") }
            try Data((0..<8_192).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(filePath: path + "/control.db"))
            let failure = #expect(throws: StoreFailure.self) { try ControlStore(directory: path) }
            guard case .corrupt = failure else {
                Issue.record("\(failure.map { "\($0)" } ?? "opened")")
                return
            }
        }
        try Scratch.directory { path in
            try FileManager.default.createSymbolicLink(atPath: path + "/labels.db", withDestinationPath: "/etc/passwd")
            #expect(throws: StoreFailure.cannotOpen(path: path + "/labels.db", reason: "not a regular file: remove it")) {
                try LabelStore(directory: path)
            }
            try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: path)
            #expect(throws: StoreFailure.self) { try ControlStore(directory: path + "/link") }
        }
    }

    @Test("a transaction that fails leaves nothing of itself")
    func atomic() throws {
        try Scratch.control { store throws in
            #expect(throws: StoreFailure.conflict("x")) {
                try store.write { transaction in
                    _ = try transaction.append(Scratch.entry("half"))
                    throw StoreFailure.conflict("x")
                }
            }
            #expect(try store.read { try $0.lastJournal() } == nil)
        }
    }

    @Test("after a failed sync no later write is trusted; after a full disk writes go on by themselves")
    func faults() throws {
        try Scratch.control { store in
            store.inject(.full)
            let full = #expect(throws: StoreFailure.self) { _ = try store.write { try $0.append(Scratch.entry("a")) } }
            guard case .diskFull(_, let path, _) = full else {
                Issue.record("\(full.map { "\($0)" } ?? "written")")
                return
            }
            #expect(path.hasSuffix("control.db"))
            #expect(store.readOnlyReason == nil)
            store.inject(nil)
            _ = try store.write { try $0.append(Scratch.entry("b")) }
            store.inject(.syncError)
            #expect(throws: StoreFailure.readOnly(store: "control", reason: "a sync to the disk failed")) {
                _ = try store.write { try $0.append(Scratch.entry("c")) }
            }
            store.inject(nil)
            #expect(throws: StoreFailure.self) { _ = try store.write { try $0.append(Scratch.entry("d")) } }
            #expect(store.readOnlyReason == "a sync to the disk failed")
            #expect(try store.read { try $0.lastJournal() }?.entry.summary == "b")
        }
    }

    @Test("the ballast is there from the start, is given up for what must be written, and grows back")
    func ballast() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            #expect(store.ballastBytes == 8 << 20)
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "/ballast")
            #expect(attributes[.size] as? Int == 8 << 20)
            store.inject(.full)
            #expect(throws: StoreFailure.self) { _ = try store.writeEssential { try $0.append(Scratch.entry("a")) } }
            // It was given up for the second attempt, and taken back since there is room here.
            #expect(store.ballastBytes == 8 << 20)
        }
    }

    @Test("one flipped byte of an artefact is refused, and so is one that is not there")
    func artefacts() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let hash = try store.storeArtefact(bytes)
            #expect(try store.storeArtefact(bytes) == hash)
            #expect(try store.read { try $0.artefact(hash) } == bytes)
            var flipped = bytes
            flipped[5_000] ^= 1
            try Scratch.tamper(path + "/control.db", "UPDATE artefact SET bytes = ? WHERE hash = ?", [Data(flipped), hash])
            #expect(throws: StoreFailure.corrupt("artefact \(hash.prefix(12)): its bytes do not match their SHA-256")) {
                try store.read { try $0.artefact(hash) }
            }
            #expect(throws: StoreFailure.notFound("artefact abc")) { try store.read { try $0.artefact("abc") } }
            #expect(try store.write { try $0.deleteOrphanArtefacts() } == 1)
        }
    }
}
