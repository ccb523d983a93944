import Engine
import Foundation
import GRDB
import Store
import Tabular
import Testing

@Suite("Journal of an engine", .serialized)
struct JournalTests {
    private func verify(_ harness: EngineHarness, _ checkpoint: JournalCheckpoint? = nil) async throws -> JournalVerdict {
        guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: checkpoint)).content else {
            throw EngineHarness.Missed(what: "the verdict")
        }
        return verdict
    }

    @Test("after a whole turn the chain verifies, and its checkpoint holds for what comes later")
    func intact() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let verdict = try await verify(harness)
            #expect(verdict.isIntact)
            #expect(verdict.rows == 3)
            try await harness.perform(.pause(deployment: "flights"))
            let later = try await verify(harness, verdict.checkpoint)
            #expect(later.isIntact)
            #expect(later.rows == 4)
        }
    }

    @Test("an edited row is named by number through the engine's own door")
    func edited() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run(in: directory, clock: ManualClock(EngineHarness.may)) { harness in
                for text in ["one", "two", "three"] { try await harness.perform(.note(deployment: nil, text: text)) }
                let queue = try ControlDatabase.open(directory)
                try await queue.write { database in
                    try database.execute(sql: "DROP TRIGGER journal_no_update")
                    try database.execute(sql: "UPDATE journal SET summary = 'nothing happened' WHERE sequence = 2")
                }
                let verdict = try await verify(harness)
                #expect(verdict.firstBad == 2)
                #expect(verdict.problem == "its content does not match its hash")
            }
        }
    }

    @Test("the journal is followed in order from any row on, all of it or one deployment's")
    func followed() async throws {
        try await EngineHarness.run { harness in
            for index in 1...7 { try await harness.perform(.note(deployment: nil, text: "note \(index)")) }
            var seen: [String] = []
            var after: Int64 = 2
            while true {
                guard
                    case .journal(let rows) = await harness.engine.history(.journalAfter(sequence: after, limit: 2, deployment: nil))
                        .content,
                    let last = rows.last
                else { break }
                seen += rows.map(\.entry.summary)
                after = last.sequence
            }
            #expect(seen == (3...7).map { "note \($0)" })
            guard case .journal(let none) = await harness.engine.history(.journalAfter(sequence: 0, limit: 9, deployment: "x")).content
            else {
                throw EngineHarness.Missed(what: "a page")
            }
            #expect(none.isEmpty)
        }
    }

    @Test("the snapshot names the newest change of a deployment and how many more there were since a time")
    func changes() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let deployed = harness.snapshot.asOf
            harness.clock.advance(60_000)
            try await harness.perform(.pause(deployment: "flights"), by: EngineHarness.oncall)
            let change = try #require(harness.snapshot.changes(of: "flights", since: deployed - 1))
            #expect(change.line == "paused flights: requests get 503 (oncall), 3 more")
            #expect(harness.snapshot.changes(of: "flights", since: deployed + 1)?.more == 0)
            #expect(harness.snapshot.changes(of: "flights", since: deployed + 60_001) == nil)
            #expect(harness.snapshot.changes(of: "other", since: 0) == nil)
        }
    }
}
