import Engine
import Foundation
import GRDB
import Learning
import Store
import Tabular
import Testing

/// What requests of a paused deployment get.
@Suite("Fallbacks") struct FallbackTests {
    private static func pause(_ fallback: Fallback) -> Action { .pause(deployment: "flights", fallback: fallback) }

    private static func row(_ harness: EngineHarness) throws -> [Double] {
        let rows = try harness.rows()
        return Array(rows.features.prefix(rows.schema.width))
    }

    @Test(
        "a fallback is a word that is read back as it was written",
        arguments: [
            ("503", Fallback.unavailable), ("constant", .constant(nil)), ("constant=yes", .constant("yes")),
            ("constant=a=b", .constant("a=b")), ("last-known-good", .lastKnownGood),
        ])
    func words(_ word: String, _ fallback: Fallback) throws {
        #expect(Fallback(rawValue: word) == fallback && fallback.rawValue == word)
        let text = try encodeJSON(Action.pause(deployment: "d", fallback: fallback))
        #expect(try decodeJSON(Action.self, text) == .pause(deployment: "d", fallback: fallback))
        for other in ["", "constant=", "Constant", "lkg"] { #expect(Fallback(rawValue: other) == nil) }
    }

    @Test("a pause that another release asks for, without a word of a fallback, is one with 503")
    func former() throws {
        #expect(try decodeJSON(Action.self, "{\"pause\":{\"deployment\":\"d\"}}") == .pause(deployment: "d"))
    }

    @Test(
        "a constant answers every row under no version's name: what was learnt, a class, a probability; the champion's figures stay its own"
    )
    func constant() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let row = try Self.row(harness)
            let receipt = try await harness.perform(Self.pause(.constant(nil)), reason: "the feed is wrong")
            let prior = try #require(try harness.status().versions.first?.prior?.first)
            #expect(prior > 0.05 && prior < 0.6)
            #expect(
                receipt.summary.hasPrefix("paused flights: requests get the constant 0.")
                    && receipt.inverse == .resume(deployment: "flights"))
            let answer = try #require(harness.plane.predict("flights", row: row))
            #expect(answer.version == PausedAnswer.noVersion && answer.score == prior)
            // A version that is named answers no more than the others.
            #expect(harness.plane.predict("flights", row: row, version: 1)?.score == prior)
            let second = try await harness.perform(Self.pause(.constant("yes")))
            #expect(second.summary == "goes on pausing flights: requests get the constant yes")
            #expect(second.inverse == Self.pause(.constant(nil)))
            #expect(harness.plane.predict("flights", row: row)?.score == 1)
            try await harness.perform(Self.pause(.constant("0.25")))
            for _ in 0..<20 { #expect(harness.plane.predict("flights", row: row)?.score == 0.25) }
            #expect(
                await harness.refusal(Self.pause(.constant("0.25")))?.description.contains("requests get the constant 0.25: nothing to do")
                    == true)
            await harness.pass(seconds: 2)
            let status = try harness.status()
            #expect(status.state == .paused && status.pausedAnswer?.fallback == .constant("0.25"))
            #expect(status.arms.map(\.role) == [.champion, .fallback] && status.arms.map(\.share) == [0, 1])
            #expect(status.errorRate == 0 && status.meanScore == nil && status.predictions == 23)
            let undo = try await harness.perform(.resume(deployment: "flights"))
            #expect(undo.inverse == Self.pause(.constant("0.25")))
            #expect(try harness.status().pausedAnswer == nil)
            #expect(harness.plane.predict("flights", row: row)?.version == 1)
            let entries = try await harness.journal().map(\.entry).suffix(4)
            #expect(
                entries.map { Action.takingBack($0, frozen: [], champion: 1) } == [
                    .resume(deployment: "flights"), Self.pause(.constant(nil)), Self.pause(.constant("yes")), Self.pause(.constant("0.25")),
                ])
            await harness.engine.flushed()
            guard
                case .predictions(let page) = await harness.engine.history(
                    .predictions(deployment: "flights", upTo: nil, limit: 50)
                ).content
            else { throw EngineHarness.Missed(what: "predictions") }
            #expect(page.rows.count { $0.arm == .fallback && $0.answeredBy == "constant" } == 23)
        }
    }

    @Test("what cannot answer is refused with what can be said instead, and nothing is paused")
    func refusals() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            func refused(_ fallback: Fallback) async -> String { await harness.refusal(Self.pause(fallback))?.description ?? "done" }
            #expect(await refused(.lastKnownGood).contains("no earlier version"))
            #expect(await refused(.constant("yess")).contains("nearest: yes"))
            #expect(await refused(.constant("1.5")).contains("the probability of yes"))
            #expect(await refused(.constant("nan")).contains("name a class"))
            #expect(try harness.status().state == .live)
            let reason = Self.pause(.lastKnownGood).disabledReason(in: harness.snapshot, role: .admin)
            #expect(await harness.refusal(Self.pause(.lastKnownGood))?.description == reason)
        }
    }

    @Test(
        "last-known-good answers as itself while the champion is paused, whoever is promoted meanwhile, and after a restart; it is not archived"
    )
    func lastKnownGood() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            var row: [Double] = []
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                for seed in [7, 8] {
                    try await harness.train(
                        TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: UInt64(seed))))
                }
                row = try Self.row(harness)
                let first = try #require(harness.plane.predict("flights", row: row)?.score)
                try await harness.perform(.promote(deployment: "flights", version: 2))
                try await harness.perform(Self.pause(.lastKnownGood))
                #expect(harness.plane.predict("flights", row: row)?.version == 1)
                #expect(harness.plane.predict("flights", row: row)?.score == first)
                try await harness.perform(.promote(deployment: "flights", version: 3))
                #expect(harness.plane.predict("flights", row: row)?.version == 1)
                #expect(
                    await harness.refusal(.archive(deployment: "flights", version: 1))?.description.contains(
                        "answers while flights is paused") == true)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let plane = harness.plane
                try await harness.wait("the fallback") { _ in plane.route("flights")?.fallback != nil }
                #expect(harness.plane.predict("flights", row: row)?.version == 1)
                #expect(try harness.status().pausedAnswer == PausedAnswer(.lastKnownGood, version: 1))
                try await harness.perform(Self.pause(.unavailable))
                #expect(harness.plane.predict("flights", row: row) == nil)
                try await harness.perform(.resume(deployment: "flights"))
                #expect(harness.plane.predict("flights", row: row)?.version == 3)
            }
        }
    }

    @Test("a pause that an earlier release has stored, which names no fallback, is one with 503")
    func stored() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            var row: [Double] = []
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                row = try Self.row(harness)
                try await harness.perform(Self.pause(.constant("yes")))
                try await harness.perform(Self.pause(.unavailable))
            }
            let payload = try await ControlDatabase.open(directory).read { try String.fetchOne($0, sql: "SELECT payload FROM deployment") }
            #expect(payload?.contains("pausedAnswer") == false)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let status = try harness.status()
                #expect(status.state == .paused && status.pausedAnswer == nil)
                #expect(harness.plane.predict("flights", row: row) == nil && harness.plane.predict("flights", row: row, version: 1) == nil)
            }
        }
    }

    @Test("a constant that somebody writes into the registry behind the engine's back is seen by the journal")
    func edited() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.perform(Self.pause(.constant("no")))
            }
            let store = directory + "/store"
            #expect(try RecordCheck.run(storeDirectory: store).damaged.isEmpty)
            try await ControlDatabase.open(directory).write { database in
                try database.execute(sql: "UPDATE deployment SET payload = replace(payload, '\"scores\":[0]', '\"scores\":[1]')")
                try ControlDatabase.makeSound(database)
            }
            let damage = try #require(try RecordCheck.run(storeDirectory: store).damaged.first)
            #expect(damage.reason.contains("behind the engine's back"))
        }
    }
}
