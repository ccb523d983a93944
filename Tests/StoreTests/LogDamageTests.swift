import Foundation
import Store
import Testing

/// A write-ahead log that somebody, or a disk, has changed: SQLite passes over what stands behind, and whoever opens the store says so.
@Suite("Damaged logs")
struct LogDamageTests {
    /// Files as a process that is killed now would leave them, with where each of some commits ends in the log.
    private func withLog(rows: Int, _ body: (_ directory: String, _ ends: [Int64]) throws -> Void) throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            var ends: [Int64] = []
            for row in 1...rows {
                _ = try store.write { try $0.append(Scratch.entry("\(row)")) }
                ends.append(try #require(try WriteAheadLog(path: path + "/control.db-wal")).end)
            }
            let copy = path + "/copy"
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for name in ["control.db", "control.db-wal"] {
                try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(copy)/\(name)")
            }
            try body(copy, ends)
            withExtendedLifetime(store) {}
        }
    }

    private func flip(_ directory: String, at position: Int64) throws {
        let path = directory + "/control.db-wal"
        var bytes = try #require(FileManager.default.contents(atPath: path))
        bytes[Int(position)] ^= 0x55
        try bytes.write(to: URL(filePath: path))
    }

    private func summaries(_ directory: String) throws -> [String] {
        try ControlStore(directory: directory).read { try $0.journal(following: 0, limit: 99, deployment: nil).map(\.entry.summary) }
    }

    @Test("a whole log, a log that ends anywhere, and none at all are no damage")
    func sound() throws {
        try withLog(rows: 4) { copy, ends in
            let path = copy + "/control.db-wal"
            let whole = try #require(FileManager.default.contents(atPath: path))
            #expect(try LogDamage.check("control", in: copy, now: 0) == nil)
            for length in [ends[3] - 1, ends[2] + 1, ends[2], ends[1] - 2_000, 40, 32, 10, 0] {
                try whole.prefix(Int(length)).write(to: URL(filePath: path))
                #expect(try LogDamage.check("control", in: copy, now: 0) == nil, "cut at \(length)")
            }
            try FileManager.default.removeItem(atPath: path)
            #expect(try LogDamage.check("control", in: copy, now: 0) == nil)
        }
    }

    @Test(
        "one changed byte of a commit that others follow is found, and the log is kept as it was found", arguments: [0, 5, 20, 24, 3_000])
    func flipped(offset: Int64) throws {
        try withLog(rows: 4) { copy, ends in
            // In the first frame behind the second commit.
            try flip(copy, at: ends[1] + offset)
            let found = try #require(FileManager.default.contents(atPath: copy + "/control.db-wal"))
            let damage = try #require(try LogDamage.check("control", in: copy, now: 0))
            #expect(damage.store == "control" && damage.position == ends[1])
            #expect(damage.text.contains("may be lost"))
            let kept = copy + "/" + (try #require(damage.copy))
            #expect(FileManager.default.contents(atPath: kept) == found)
            // Said once.
            #expect(try LogDamage.check("control", in: copy, now: 1) == nil)
            // What SQLite makes of it, and why somebody must say so.
            #expect(try summaries(copy) == ["1", "2"])
        }
    }

    @Test("a changed head of the log, which hides all of it, is found")
    func headless() throws {
        try withLog(rows: 3) { copy, _ in
            for position in [1, 9, 17, 25] as [Int64] {
                try flip(copy, at: position)
                #expect(try LogDamage.check("control", in: copy, now: 0)?.position == 0, "byte \(position)")
                try flip(copy, at: position)
            }
            #expect(try LogDamage.check("control", in: copy, now: 0) == nil)
        }
    }

    @Test("a commit that was refused and cut out is no damage, then or later")
    func refused() throws {
        try withLog(rows: 3) { copy, ends throws in
            #expect(RefusedCommit.void(copy + "/control.db") == nil)
            #expect(try LogDamage.check("control", in: copy, now: 0) == nil)
            #expect(FileManager.default.contents(atPath: copy + "/control.db-wal").map { Int64($0.count) } == ends[1])
            #expect(try summaries(copy) == ["1", "2"])
        }
    }
}
