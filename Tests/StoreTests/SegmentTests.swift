import Foundation
import GRDB
import Store
import Testing

@Suite("Segments of the journal")
struct SegmentTests {
    /// A store with rows of which every third is of a deployment, and the oldest in segments.
    private static func sealed<T>(_ rows: Int = 45, keeping: Int64 = 20, _ body: (ControlStore, String) throws -> T) throws -> T {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try add(rows, to: store)
            while try store.sealJournal(keeping: keeping, at: 7) != nil {}
            return try body(store, path)
        }
    }

    private static func add(_ count: Int, to store: ControlStore) throws {
        for _ in 0..<count {
            _ = try store.write { transaction in
                let number = (try transaction.lastJournal()?.sequence ?? 0) + 1
                return try transaction.append(Scratch.entry("row \(number) \"ü\u{202E}\"", deployment: number % 3 == 0 ? "flights" : nil))
            }
        }
    }

    private static func inTable(_ path: String) throws -> [Int64] {
        try DatabaseQueue(path: path + "/control.db").read { try Int64.fetchAll($0, sql: "SELECT sequence FROM journal ORDER BY sequence") }
    }

    private static func verify(_ store: ControlStore, _ checkpoint: JournalCheckpoint? = nil) throws -> JournalVerdict {
        try JournalVerification.verify(store: store, checkpoint: checkpoint)
    }

    @Test("older rows move into files of a few rows each, which zcat reads; the chain verifies as it did, and goes on")
    func moved() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try Self.add(45, to: store)
            let before = try #require(try Self.verify(store).checkpoint)
            #expect(try store.sealJournal(keeping: 41, at: 7) == nil)
            let first = try #require(try store.sealJournal(keeping: 20, at: 7))
            #expect(first.number == 1 && first.first == 1 && first.last == 5 && first.sealedAt == 7 && first.deployments == ["flights"])
            #expect(first.fileName == "000001.jsonl.gz")
            while try store.sealJournal(keeping: 20, at: 8) != nil {}
            #expect(try store.read { try $0.journalSegments() }.map(\.last) == [5, 10, 15, 20, 25])
            #expect(try Self.inTable(path) == Array(26...45))
            let verdict = try Self.verify(store, before)
            #expect(verdict.isIntact && verdict.rows == 45 && verdict.checkpoint == before, "\(verdict)")
            try Self.add(1, to: store)
            #expect(try Self.verify(store, before).rows == 46)
            let file = path + "/journal/" + first.fileName
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
            #expect(FileManager.default.contents(atPath: file).map { Array($0.prefix(2)) } == [0x1F, 0x8B])
            // Opened anew, and looked at by doctor, it is the same.
            #expect(try ControlStore(directory: path).read { try $0.lastJournal() }?.sequence == 46)
            #expect(try StoreInspection.chain(directory: path, checkpoint: before)?.rows == 46)
        }
    }

    @Test("pages go on from the table into the files and back, of all rows and of a deployment's")
    func pages() throws {
        try Self.sealed { store, _ throws in
            func numbers(_ body: (ControlReader) throws -> [JournalRow]) throws -> [Int64] { try store.read(body).map(\.sequence) }
            #expect(try numbers { try $0.journal(before: nil, after: nil, limit: 100, deployment: nil) } == (1...45).reversed())
            #expect(try numbers { try $0.journal(before: 28, after: nil, limit: 6, deployment: nil) } == [27, 26, 25, 24, 23, 22])
            #expect(try numbers { try $0.journal(before: 9, after: 3, limit: 100, deployment: nil) } == [8, 7, 6, 5, 4])
            #expect(try numbers { try $0.journal(before: 8, after: 6, limit: 1, deployment: nil) } == [7])
            #expect(try numbers { try $0.journal(before: 30, after: nil, limit: 4, deployment: "flights") } == [27, 24, 21, 18])
            #expect(try numbers { try $0.journal(following: 0, limit: 100, deployment: nil) } == Array(1...45))
            #expect(try numbers { try $0.journal(following: 23, limit: 5, deployment: nil) } == [24, 25, 26, 27, 28])
            #expect(try numbers { try $0.journal(following: 20, limit: 3, deployment: "flights") } == [21, 24, 27])
            #expect(
                try store.read { try $0.journal(following: 2, limit: 1, deployment: nil) }.first?.entry.summary == "row 3 \"ü\u{202E}\"")
        }
    }

    @Test(
        "a segment that was changed, is missing or was swapped is found at its first row, and the file is named",
        arguments: ["flip", "remove", "swap", "truncate"])
    func damaged(_ way: String) throws {
        try Self.sealed { store, path in
            let file = path + "/journal/000002.jsonl.gz"
            switch way {
            case "flip":
                var bytes = try Data(contentsOf: URL(filePath: file))
                bytes[bytes.count / 2] ^= 4
                try bytes.write(to: URL(filePath: file))
            case "remove": try FileManager.default.removeItem(atPath: file)
            case "swap":
                try FileManager.default.removeItem(atPath: file)
                try FileManager.default.copyItem(atPath: path + "/journal/000001.jsonl.gz", toPath: file)
            default: try Data(contentsOf: URL(filePath: file)).dropLast(1).write(to: URL(filePath: file))
            }
            let verdict = try Self.verify(store)
            #expect(
                verdict.firstBad == 6 && verdict.problem?.contains("journal segment 2 (rows 6 to 10, 000002.jsonl.gz)") == true,
                "\(verdict)")
            #expect(throws: StoreFailure.self) { try store.read { try $0.journal(following: 5, limit: 1, deployment: nil) } }
            // What is in the table, and in other files, can be read all the same.
            #expect(try store.read { try $0.journal(before: nil, after: nil, limit: 20, deployment: nil) }.count == 20)
        }
    }

    @Test("no row leaves the table without a segment that names it, and no name of a segment changes")
    func guarded() throws {
        try Self.sealed { store, path in
            for sql in [
                "DELETE FROM journal WHERE sequence = 30", "UPDATE journal SET summary = 'x' WHERE sequence = 30",
                "DELETE FROM journal_segment",
                "UPDATE journal_segment SET last = 40",
            ] {
                #expect(throws: DatabaseError.self, "\(sql)") { try Scratch.tamper(path + "/control.db", sql) }
            }
            // A row that comes back beside its segment is one too many.
            try Scratch.tamper(
                path + "/control.db",
                "INSERT INTO journal SELECT 3, time, actor, uid, role, verb, deployment, summary, reason, details, hash, previous_hash FROM journal WHERE sequence = 30"
            )
            let verdict = try Self.verify(store)
            #expect(verdict.firstBad == 3 && verdict.problem == "no entry has this number: it was inserted")
        }
    }

    @Test("rows that were tampered with are not moved, and stay to be seen")
    func tampered() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try Self.add(40, to: store)
            try Scratch.tamper(path + "/control.db", "DROP TRIGGER journal_no_update; UPDATE journal SET summary = 'x' WHERE sequence = 4")
            #expect(throws: StoreFailure.self) { try store.sealJournal(keeping: 20, at: 0) }
            #expect(try Self.inTable(path).count == 40)
            #expect(try Self.verify(store).firstBad == 4)
        }
    }

    @Test("a kill between the file and its name in the registry loses and doubles nothing: the file is written anew")
    func killed() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            try Self.add(30, to: store)
            store.inject(.full)
            #expect(throws: StoreFailure.self) { try store.sealJournal(keeping: 20, at: 0) }
            #expect(FileManager.default.fileExists(atPath: path + "/journal/000001.jsonl.gz"))
            #expect(try Self.inTable(path).count == 30)
            store.inject(nil)
            _ = store.probe()
            #expect(try store.sealJournal(keeping: 20, at: 1)?.last == 5)
            #expect(try Self.verify(store).rows == 30)
        }
    }

    @Test("a backup holds the segments, and a restored workspace's journal verifies with them")
    func backedUp() throws {
        try Scratch.directory { root in
            let rig = try BackupRig(root)
            try Self.add(25, to: rig.control)
            while try rig.control.sealJournal(keeping: 20, at: 7) != nil {}
            let names = try FileManager.default.contentsOfDirectory(atPath: rig.store + "/journal").sorted()
            #expect(names.count == 5)
            rig.entries = names.map {
                BackupInput.Entry(path: "store/journal/" + $0, source: .file(rig.store + "/journal/" + $0, contentHash: nil))
            }
            try rig.backUp()
            let target = try BackupTarget.open(reading: rig.target)
            let chosen = try target.choose(nil)
            try BackupRestorer(target, chosen.manifest).write(into: root + "/restored")
            let verdict = try RestoredStores.check(root + "/restored/store", against: chosen.manifest)
            #expect(verdict.isIntact && verdict.rows == 45)
            try FileManager.default.removeItem(atPath: root + "/restored/store/journal/000003.jsonl.gz")
            #expect(throws: BackupFailure.self) { try RestoredStores.check(root + "/restored/store", against: chosen.manifest) }
        }
    }
}
