import Engine
import Monitoring
import Store
import Tabular
import Testing

/// What operators say of columns, through the one door.
@Suite("Muted columns and floors", .serialized)
struct ColumnTuningTests {
    private static func tune(_ change: TuningChange, _ column: String = "carrier") -> Action {
        .tune(deployment: "flights", column: column, change: change)
    }

    /// Sends windows in which one row in five has a carrier that nobody knew.
    private static func sendStrangers(_ harness: EngineHarness, count: Int) async throws {
        let rows = try harness.rows(until: EngineHarness.may)
        let carrier = try #require(rows.schema.index(of: "carrier"))
        let code = Double(rows.categories["carrier"].intern("a carrier that nobody knew"))
        var sent = 0
        try await harness.send(rows, count: count) { row in
            sent += 1
            if sent.isMultiple(of: 5) { row[carrier] = code }
        }
    }

    @Test("a muted column is shown with who muted it and why, and raises nothing; the journal has both, undo and a restart know it")
    func mute() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let harness = try await EngineHarness.start(in: directory, clock: clock)
            try await harness.deploy(policy: "automation = \"manual\"")
            let until = clock.clock.milliseconds() + 86_400_000
            let receipt = try await harness.perform(Self.tune(.mute(until: until, reason: "a new carrier flies")))
            #expect(receipt.inverse == Self.tune(.unmute))
            let row = try #require(try await harness.journal().first { $0.entry.verb == "mute" })
            #expect(row.entry.reason == "a new carrier flies" && row.entry.summary.hasPrefix("muted carrier of flights until "))
            try await Self.sendStrangers(harness, count: 2_200)
            let status = try harness.status()
            #expect(status.tuning?.mutes["carrier"]?.until == until)
            let feature = try #require(status.drift?.features.first { $0.feature == "carrier" })
            #expect(feature.state == .muted && feature.mute?.reason == "a new carrier flies")
            #expect(!status.alerts(in: harness.snapshot).contains { $0.kind == .drift })
            await harness.engine.shutdown()
            let again = try await EngineHarness.start(in: directory, clock: clock)
            #expect(try again.status().tuning?.mutes["carrier"]?.until == until)
            let unmuted = try await again.perform(Self.tune(.unmute))
            #expect(unmuted.inverse == Self.tune(.mute(until: until, reason: "a new carrier flies")))
            #expect(try again.status().tuning == nil)
            try await Self.sendStrangers(again, count: 2_200)
            #expect(try again.status().alerts(in: again.snapshot).contains { $0.kind == .drift })
            await again.engine.shutdown()
        }
    }

    @Test("a floor lets a column drift from that effect on; what cannot be said is refused with the nearest right word")
    func floor() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            let receipt = try await harness.perform(Self.tune(.floor(9)))
            #expect(
                receipt.inverse == Self.tune(.floor(nil))
                    && receipt.summary == "carrier of flights drifts from a PSI of 9 beyond what is expected")
            try await Self.sendStrangers(harness, count: 2_200)
            let feature = try #require(try harness.status().drift?.features.first { $0.feature == "carrier" })
            #expect(feature.floor == 9 && feature.state != .drift && feature.psi > 0.1)
            #expect(!(try harness.status().alerts(in: harness.snapshot).contains { $0.kind == .drift }))
            #expect("\(try #require(await harness.refusal(Self.tune(.floor(0.001)))))".contains("say a number from 0.02 to 10"))
            #expect("\(try #require(await harness.refusal(Self.tune(.unmute))))".contains("carrier is not muted"))
            #expect(
                "\(try #require(await harness.refusal(Self.tune(.unmute, "carier"))))".contains(
                    "no such column: carier: did you mean carrier?"))
            #expect(try await harness.perform(Self.tune(.floor(nil))).inverse == Self.tune(.floor(9)))
            #expect(await harness.refusal(Self.tune(.floor(nil))) != nil)
        }
    }
}
