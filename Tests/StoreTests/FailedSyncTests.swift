import Foundation
import GRDB
import Store
import Testing

/// What a sync that failed has left on the disk, and changes that hold though the store refused them.
@Suite("Failed syncs")
struct FailedSyncTests {
    /// Files as a process that is killed now would leave them.
    private func image(of directory: String, in copy: String) throws {
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for name in ["control.db", "control.db-wal"] {
            try FileManager.default.copyItem(atPath: "\(directory)/\(name)", toPath: "\(copy)/\(name)")
        }
    }

    /// Runs a body with the files of a store that has written so many journal rows, each a commit, and where each commit ends in its log.
    private func withLog(rows: Int, _ body: (_ copy: String, _ ends: [Int64]) throws -> Void) throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            var ends: [Int64] = []
            for row in 1...rows {
                _ = try store.write { try $0.append(Scratch.entry("\(row)")) }
                ends.append(try #require(try WriteAheadLog(path: path + "/control.db-wal")).end)
            }
            try image(of: path, in: path + "/copy")
            try body(path + "/copy", ends)
            withExtendedLifetime(store) {}
        }
    }

    private func summaries(_ directory: String) throws -> [String] {
        try ControlStore(directory: directory).read { try $0.journal(following: 0, limit: 99, deployment: nil).map(\.entry.summary) }
    }

    @Test("a commit that was refused is not there at the next start, and the journal goes on as one chain")
    func voided() throws {
        try withLog(rows: 3) { copy, _ in
            #expect(RefusedCommit.void(copy + "/control.db") == nil)
            let store = try ControlStore(directory: copy)
            #expect(try store.read { try $0.lastJournal() }?.entry.summary == "2")
            _ = try store.write { try $0.append(Scratch.entry("4")) }
            let verdict = try JournalVerification.verify(store: store, checkpoint: nil)
            #expect(verdict.isIntact && verdict.rows == 3)
            #expect(try store.integrityProblems().isEmpty)
        }
    }

    @Test("where the log could not be cut, the next start cuts it before it reads anything; a log that has begun anew is left alone")
    func noted() throws {
        try withLog(rows: 3) { copy, ends in
            let salts = try #require(try WriteAheadLog(path: copy + "/control.db-wal")).salts
            let note = copy + "/control.db-refused"
            try "the log of salts \(salts &+ 1) counts up to byte \(ends[0])\n".write(toFile: note, atomically: true, encoding: .utf8)
            #expect(try summaries(copy) == ["1", "2", "3"])
            #expect(!FileManager.default.fileExists(atPath: note))
        }
        try withLog(rows: 3) { copy, ends in
            let salts = try #require(try WriteAheadLog(path: copy + "/control.db-wal")).salts
            let note = copy + "/control.db-refused"
            try "the log of salts \(salts) counts up to byte \(ends[1])\n".write(toFile: note, atomically: true, encoding: .utf8)
            #expect(try summaries(copy) == ["1", "2"])
            #expect(!FileManager.default.fileExists(atPath: note))
            try "up to somewhere".write(toFile: note, atomically: true, encoding: .utf8)
            #expect(throws: StoreFailure.self) { try ControlStore(directory: copy) }
        }
    }

    @Test("the log is read as SQLite reads it, wherever it ends or is damaged")
    func log() throws {
        try withLog(rows: 4) { copy, ends in
            let whole = try #require(FileManager.default.contents(atPath: copy + "/control.db-wal"))
            #expect(Int64(whole.count) >= ends[3])
            var generator = SystemRandomNumberGenerator()
            let lengths = ends.flatMap { [$0 - 1, $0, $0 + 1] } + (0..<12).map { _ in Int64.random(in: 0...ends[3], using: &generator) }
            for length in lengths {
                let place = copy + "/\(UUID().uuidString)"
                try image(of: copy, in: place)
                try whole.prefix(Int(length)).write(to: URL(filePath: place + "/control.db-wal"))
                let found = try WriteAheadLog(path: place + "/control.db-wal")
                let commits = ends.filter { $0 <= length }
                // Before the first row stand the commits that made the tables.
                if let last = commits.last { #expect(found?.end == last, "\(length)") } else { #expect((found?.end ?? 0) < ends[0]) }
                if commits.count > 1 { #expect(found?.formerEnd == commits[commits.count - 2], "\(length)") }
                #expect(try summaries(place).count == commits.count, "\(length)")
            }
            for _ in 0..<40 {
                var bytes = [UInt8](whole.prefix(Int(ends[3])))
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[position] ^= UInt8.random(in: 1...255, using: &generator)
                let place = copy + "/\(UUID().uuidString)"
                try image(of: copy, in: place)
                try Data(bytes).write(to: URL(filePath: place + "/control.db-wal"))
                let found = try WriteAheadLog(path: place + "/control.db-wal")
                let seen = try summaries(place).count
                if seen > 0 { #expect(found?.end == ends[seen - 1], "byte \(position)") } else { #expect((found?.end ?? 0) < ends[0]) }
            }
        }
    }

    @Test("a change that is kept beside the journal is there after a kill, once, in order, until the journal has it")
    func kept() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            #expect(try store.keptAside().records.isEmpty)
            #expect(try store.keepAside(Scratch.entry("a"), state: "{}") == 1)
            #expect(try store.keepAside(Scratch.entry("b\n \u{0}"), state: "{\"x\":1}") == 2)
            let next = try ControlStore(directory: path)
            let found = try next.keptAside()
            #expect(found.records.map(\.id) == [1, 2] && found.damaged.isEmpty)
            #expect(found.records.map(\.entry.summary) == ["a", "b\n \u{0}"] && found.records[1].state == "{\"x\":1}")
            // Killed after the journal has them and before they are forgotten.
            try next.write { try $0.noteKeptWritten(upTo: 2) }
            let third = try ControlStore(directory: path)
            #expect(try third.keptAside().records.isEmpty)
            try third.forgetKept()
            #expect(try third.keepAside(Scratch.entry("c"), state: "{}") == 3)
            #expect(try ControlStore(directory: path).keptAside().records.map(\.entry.summary) == ["c"])
        }
    }

    @Test("its room is taken in advance, and a line that is damaged is told of and put out of the way as it is")
    func damagedLine() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            let file = path + "/side-journal"
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int == 256 << 10)
            for text in ["a", "b", "c"] { _ = try store.keepAside(Scratch.entry(text), state: "{}") }
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int == 256 << 10)
            var bytes = try #require(FileManager.default.contents(atPath: file))
            let second = try #require(bytes.range(of: Data("\"b\"".utf8)))
            bytes[second.lowerBound + 1] ^= 1
            try bytes.write(to: URL(filePath: file))
            let next = try ControlStore(directory: path)
            let found = try next.keptAside()
            #expect(found.records.map(\.entry.summary) == ["a", "c"])
            #expect(found.damaged.map(\.text) == ["side-journal, line line 2: its content does not match its checksum"])
            try next.forgetKept(hasDamage: true)
            #expect(FileManager.default.contents(atPath: file + ".damaged-1") == bytes)
            #expect(try next.keptAside().damaged.isEmpty)
        }
    }
}
