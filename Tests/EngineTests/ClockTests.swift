import Engine
import Foundation
import GRDB
import Store
import Tabular
import Testing

/// What a machine whose date jumps does to the engine: next to nothing, and it is said.
@Suite("Clock", .serialized)
struct ClockTests {
    private static let second: Int64 = 1_000_000_000
    private static let day: Int64 = 86_400_000

    @Test("steady time goes on by the time since boot whatever the clock does, and follows small corrections slowly")
    func steady() {
        var time = SteadyTime(clock: 1_000 * Self.second, boot: 10 * Self.second)
        func now(_ boot: Int64) -> Int64 { boot + time.offset }
        #expect(now(10 * Self.second) == 1_000 * Self.second)
        // A second ahead: after a hundred seconds half of it is made up for, and never more than one part in two hundred.
        var boot = 10 * Self.second
        var last = now(boot)
        for _ in 0..<400 {
            boot += Self.second / 4
            #expect(time.follow(clock: boot + 991 * Self.second, boot: boot) == 0)
            let step = now(boot) - last
            #expect(step >= Self.second / 4 && step <= Self.second / 4 * 201 / 200)
            last = now(boot)
        }
        #expect(last == boot + 990 * Self.second + Self.second / 2)
        // Days and years away it is not followed at all, in either direction.
        for away in [-86_400, 3_650 * 86_400, -3_601, 3_601] as [Int64] {
            boot += Self.second
            let found = time.follow(clock: boot + 990 * Self.second + Self.second / 2 + away * Self.second, boot: boot)
            #expect(found == away * Self.second)
            #expect(now(boot) == last + Self.second)
            last = now(boot)
        }
        #expect(time.follow(clock: .max, boot: boot) > 0 && now(boot) == last)
        #expect(time.follow(clock: .min, boot: boot) != 0 && now(boot) == last)
        // Back again, it is followed again.
        boot += Self.second
        #expect(time.follow(clock: boot + 991 * Self.second, boot: boot) == 0)
    }

    @Test("a clock that has jumped is said in red for as long as it is away, and moves nothing")
    func said() async throws {
        try await EngineHarness.run { harness in
            await harness.pass(seconds: 1)
            #expect(harness.snapshot.engine.degraded == nil)
            harness.clock.moveAway(3_650 * Self.day)
            await harness.pass(seconds: 1)
            #expect(harness.snapshot.engine.degraded?.hasPrefix("the machine's clock has jumped by 3650 days ahead: ") == true)
            harness.clock.moveAway(-5_400_000)
            await harness.pass(seconds: 1)
            #expect(harness.snapshot.engine.degraded?.hasPrefix("the machine's clock has jumped by 1.5 hours back: ") == true)
            harness.clock.moveAway(0)
            await harness.pass(seconds: 1)
            #expect(harness.snapshot.engine.degraded == nil)
        }
    }

    /// Rows in the log.
    private func rows(_ directory: String) async throws -> Int {
        try await ControlDatabase.open(directory, "telemetry").read {
            try Int.fetchOne($0, sql: "SELECT COALESCE(SUM(rows), 0) FROM block") ?? 0
        }
    }

    /// Two heartbeats a minute apart, and what they have begun in the background.
    private func passAMinute(_ harness: EngineHarness) async throws {
        for _ in 0..<2 {
            harness.clock.advance(61_000)
            await harness.engine.tick()
        }
        try await Task.sleep(for: .milliseconds(300))
    }

    @Test("an engine that starts ten years later deletes nothing for its age until a person says that the date is right")
    func absence() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + Self.day)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.send(try harness.rows(from: EngineHarness.may), count: 100)
            }
            clock.advance(3_650 * Self.day)
            for _ in 1...2 {
                try await EngineHarness.run(in: directory, clock: clock) { harness in
                    #expect(harness.snapshot.frozen.map(\.scope) == [.retention])
                    try await passAMinute(harness)
                    #expect(try await rows(directory) == 100)
                }
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let said = try await harness.journal().filter { $0.entry.verb == "freeze" }
                #expect(said.count == 1)
                #expect(said.first?.entry.summary.contains("3650 days after the engine was last seen") == true)
                #expect(await harness.refusal(.freeze(deployment: "flights", scope: .retention)) != nil)
                try await harness.perform(.unfreeze(deployment: nil, scope: .retention), by: EngineHarness.oncall)
                try await passAMinute(harness)
                #expect(try await rows(directory) == 0)
            }
            clock.advance(6 * Self.day)
            try await EngineHarness.run(in: directory, clock: clock) { harness throws in #expect(harness.snapshot.frozen.isEmpty) }
        }
    }
}
