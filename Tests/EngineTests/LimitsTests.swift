import Engine
import Foundation
import Monitoring
import Store
import Testing

/// What grows, in an engine that measures it.
@Suite("Limits of an engine", .serialized)
struct LimitsTests {
    private static func options(_ limits: String) -> EngineHarness.Options {
        var options = EngineHarness.Options()
        options.toml += "[limits]\n" + limits
        options.runsPolicies = true
        options.watchesLimits = true
        return options
    }

    private func verify(_ harness: EngineHarness, _ checkpoint: JournalCheckpoint? = nil) async throws -> JournalVerdict {
        guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: checkpoint)).content else {
            throw EngineHarness.Missed(what: "the verdict")
        }
        return verdict
    }

    @Test(
        "everything that grows is measured, with its limit and what happens at it; growth is known after some minutes, and after a restart")
    func measured() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock, Self.options("log = \"1MiB\"\n")) { harness in
                try await harness.wait("sizes") { $0.system.bounds.limits.count >= GrowingThing.allCases.count - 1 }
                let limits = harness.snapshot.system.bounds.limits
                #expect(Set(limits.map(\.thing)) == Set(GrowingThing.allCases).subtracting([.categories]))
                #expect(limits.first { $0.thing == .log }?.limit == 1 << 20)
                #expect(limits.first { $0.thing == .traffic }?.limit == 10 << 30)
                #expect(limits.allSatisfy { !$0.atLimit.isEmpty && $0.limit ?? 0 > 0 && $0.perDay == nil })
                for _ in 0..<14 {
                    try await harness.perform(.note(deployment: nil, text: "x"))
                    let before = harness.snapshot.system.bounds.limits
                    await harness.pass(seconds: 60)
                    try await harness.wait("a measurement") { $0.system.bounds.limits != before }
                }
                let journal = try #require(harness.snapshot.system.bounds.limits.first { $0.thing == .journal })
                // A row a minute.
                #expect(journal.size >= 14 && abs((journal.perDay ?? 0) - 1_440) < 200, "\(journal)")
                #expect(journal.fullAt.map { $0 > clock.clock.milliseconds() } == true)
                let document = StatusDocument(harness.snapshot).limits?.first { $0.thing == .journal }
                #expect(document?.growthPerDay == journal.perDay && document?.fullAt?.hasSuffix("Z") == true)
            }
            try await EngineHarness.run(in: directory, clock: clock, Self.options("")) { harness in
                try await harness.wait("what earlier engines measured") {
                    $0.system.bounds.limits.first { $0.thing == .journal }?.watchedMilliseconds ?? 0 >= 600_000
                }
            }
        }
    }

    @Test("an alert tells ahead of what will be full, and ends by itself")
    func told() async throws {
        try await EngineHarness.run(Self.options("aside = \"1MiB\"\n")) { harness in
            let aside = harness.engine.workspace.storeDirectory + "/aside"
            try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: true)
            try Data(count: 1_000_000).write(to: URL(filePath: aside + "/old.db"))
            await harness.pass(seconds: 61)
            try await harness.wait("an alert") {
                $0.alerts.contains { $0.kind == .limits && $0.state == .firing && $0.reasons.contains { $0.subject == "aside" } }
            }
            let alert = try #require(harness.snapshot.alerts.first { $0.kind == .limits })
            #expect(alert.deployment == "(workspace)" && alert.reasons.contains { $0.subject == "aside" }, "\(alert)")
            try FileManager.default.removeItem(atPath: aside + "/old.db")
            await harness.pass(seconds: 61)
            // The machine's own disk may be as full as it likes.
            try await harness.wait("its end") { snapshot in
                !snapshot.alerts.contains { $0.kind == .limits && $0.state == .firing && $0.reasons.contains { $0.subject == "aside" } }
            }
        }
    }

    @Test("older rows of the journal move to files while the engine runs; the chain, its pages and its records hold, after a restart too")
    func segments() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock, Self.options("journal = 100\n")) { harness in
                try await harness.deploy()
                try await harness.perform(.pause(deployment: "flights"))
                for number in 0..<130 { try await harness.perform(.note(deployment: nil, text: "\(number)")) }
                let before = try #require(try await verify(harness).checkpoint)
                await harness.pass(seconds: 61)
                try await harness.wait("a segment") { $0.recent.contains { $0.entry.known == .retired } }
                let verdict = try await verify(harness, before)
                #expect(verdict.isIntact && verdict.rows >= before.sequence + 1, "\(verdict)")
                let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/store/journal")
                #expect(names.contains("000001.jsonl.gz"))
                #expect(try await harness.journal(limit: 1_000).map(\.sequence) == Array(1...verdict.rows))
                #expect(try RecordCheck.run(storeDirectory: directory + "/store").damaged.map(\.text) == [])
            }
            try await EngineHarness.run(in: directory, clock: clock, Self.options("")) { harness throws in
                #expect(try harness.status().state == .paused)
                #expect(try await verify(harness).isIntact)
            }
        }
    }
}
