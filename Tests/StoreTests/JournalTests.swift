import GRDB
import Store
import Testing

@Suite("Journal")
struct JournalTests {
    /// A journal of five rows; the body may spoil it.
    private func spoiled(_ sql: String, checkpoint: Bool = false) throws -> JournalVerdict {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            for index in 1...5 { _ = try store.write { try $0.append(Scratch.entry("row \(index)")) } }
            let kept = checkpoint ? try JournalVerification.verify(store: store, checkpoint: nil).checkpoint : nil
            try Scratch.tamper(path + "/control.db", "DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; " + sql)
            return try JournalVerification.verify(store: store, checkpoint: kept)
        }
    }

    @Test("row hashes are those that Tests/Oracles/journal_hash.py computes")
    func oracle() {
        let first = JournalEntry(
            time: 1_700_000_000_000, actor: "oncall (uid 1001)", uid: 1001, role: "operator", verb: "promote", deployment: "flights",
            summary: "v7 answers instead of v6", reason: "größer", details: "{}")
        let hash = JournalRow.hash(sequence: 1, entry: first, previousHash: JournalRow.genesis)
        #expect(hash == "3619e0d975881e758c14eebecf70da4c005768750a449db2f5d714b903edddc6")
        let second = JournalEntry(
            time: -5, actor: "policy:every", uid: nil, role: "admin", verb: "note", deployment: nil, summary: "", reason: nil,
            details: "{\"a\":\"b\"}")
        #expect(
            JournalRow.hash(sequence: 2, entry: second, previousHash: hash)
                == "02b5ab6ea210521dcafc4fecdbf48349fba313ef1e907a36efab4276ccc2c1be")
    }

    @Test("rows are numbered without gaps from 1 and come back in the order asked for")
    func pages() throws {
        try Scratch.control { store in
            for index in 1...6 {
                _ = try store.write { try $0.append(Scratch.entry("\(index)", deployment: index % 2 == 0 ? "even" : nil)) }
            }
            func numbers(_ body: (ControlReader) throws -> [JournalRow]) throws -> [Int64] { try store.read(body).map(\.sequence) }
            #expect(try numbers { try $0.journal(before: nil, after: nil, limit: 3, deployment: nil) } == [6, 5, 4])
            #expect(try numbers { try $0.journal(before: 4, after: 1, limit: 9, deployment: nil) } == [3, 2])
            #expect(try numbers { try $0.journal(following: 2, limit: 3, deployment: nil) } == [3, 4, 5])
            #expect(try numbers { try $0.journal(following: 2, limit: 9, deployment: "even") } == [4, 6])
            #expect(try JournalVerification.verify(store: store, checkpoint: nil).rows == 6)
        }
    }

    @Test("the table itself takes no change of a written row")
    func appendOnly() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            _ = try store.write { try $0.append(Scratch.entry("a")) }
            for sql in ["UPDATE journal SET summary = 'b'", "DELETE FROM journal"] {
                #expect(throws: DatabaseError.self) { try Scratch.tamper(path + "/control.db", sql) }
            }
        }
    }

    @Test(
        "tampering is found at its first row, whichever way it was done",
        arguments: [
            ("UPDATE journal SET summary = 'x' WHERE sequence = 3", 3, "its content does not match its hash"),
            ("UPDATE journal SET time = time + 1 WHERE sequence = 1", 1, "its content does not match its hash"),
            ("UPDATE journal SET actor = 'somebody' WHERE sequence = 5", 5, "its content does not match its hash"),
            ("UPDATE journal SET reason = '' WHERE sequence = 2", 2, "its content does not match its hash"),
            ("UPDATE journal SET hash = previous_hash WHERE sequence = 4", 4, "its content does not match its hash"),
            ("UPDATE journal SET previous_hash = hash WHERE sequence = 2", 2, "it does not continue the row before it"),
            ("DELETE FROM journal WHERE sequence = 2", 2, "it is missing: the next row is 3"),
            ("DELETE FROM journal WHERE sequence = 1", 1, "it is missing: the next row is 2"),
            (
                "INSERT INTO journal SELECT 0, time, actor, uid, role, verb, deployment, summary, reason, details, hash, previous_hash FROM journal WHERE sequence = 1",
                0, "no entry has this number: it was inserted"
            ),
            ("UPDATE journal SET summary = X'FF00' WHERE sequence = 4", 4, "it holds values that no entry has"),
            ("UPDATE journal SET uid = 99999999999 WHERE sequence = 4", 4, "it holds values that no entry has"),
        ])
    func tampering(sql: String, bad: Int64, problem: String) throws {
        let verdict = try spoiled(sql)
        #expect(verdict.firstBad == bad)
        #expect(verdict.problem == problem)
        #expect(!verdict.isIntact)
    }

    @Test("a cut-off end and a rewritten chain show only against a checkpoint, and the verdict says so")
    func checkpoints() throws {
        let unseen = try spoiled("DELETE FROM journal WHERE sequence > 3")
        #expect(unseen.isIntact)
        #expect(unseen.guarantee.contains("only against an exported checkpoint"))
        let seen = try spoiled("DELETE FROM journal WHERE sequence > 3", checkpoint: true)
        #expect(seen.firstBad == 4)
        #expect(seen.problem == "the checkpoint's row 5 is missing: the end of the journal was cut off")
        try Scratch.control { store in
            for text in ["another", "history"] { _ = try store.write { try $0.append(Scratch.entry(text)) } }
            let rewritten = try JournalVerification.verify(
                store: store, checkpoint: JournalCheckpoint(sequence: 2, hash: String(repeating: "a", count: 64)))
            #expect(rewritten.firstBad == 2)
            #expect(rewritten.problem == "its hash differs from the checkpoint's: the chain was rewritten")
        }
    }

    @Test("text of every kind keeps its row true to its hash, and too long an entry is refused")
    func texts() throws {
        try Scratch.control { store in
            for text in ["", "a\0b", "\u{202E}fdp", "😀 e\u{301}", String(repeating: "x", count: 100_000)] {
                _ = try store.write { try $0.append(Scratch.entry(text)) }
            }
            #expect(try JournalVerification.verify(store: store, checkpoint: nil).isIntact)
            #expect(throws: StoreFailure.self) {
                try store.write { try $0.append(Scratch.entry(String(repeating: "x", count: JournalEntry.limitBytes))) }
            }
        }
    }

    @Test("a journal longer than a page is walked to its end")
    func long() throws {
        try Scratch.control { store in
            try store.write { transaction in for index in 1...2_500 { _ = try transaction.append(Scratch.entry("\(index)")) } }
            let verdict = try JournalVerification.verify(store: store, checkpoint: nil)
            #expect(verdict.isIntact && verdict.rows == 2_500 && verdict.checkpoint?.sequence == 2_500)
        }
    }
}
