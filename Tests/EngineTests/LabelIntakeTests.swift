import Engine
import GRDB
import Monitoring
import Store
import Tabular
import Testing

/// Labels from the client's words to what stands.
@Suite("Label intake", .serialized)
struct LabelIntakeTests {
    private func send(_ harness: EngineHarness, _ labels: [IncomingLabel]) async throws -> [LabelResult] {
        try await harness.engine.acceptLabels(labels, deployment: "flights").get()
    }

    @Test("each label is answered in order: accepted, duplicate, conflict, corrected, pending, unknown, invalid")
    func answers() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 3)
            await harness.engine.flushed()
            let id = served[0].answer.id
            let future = PredictionID(epoch: 400, loop: 0, sequence: 1).text
            let later = PredictionID(epoch: harness.engine.bootEpoch, loop: 0, sequence: 999).text
            let results = try await send(
                harness,
                [
                    IncomingLabel(id: id, value: "yes"), IncomingLabel(id: id.lowercased() + ".0", value: "yes"),
                    IncomingLabel(id: id, value: "no"), IncomingLabel(id: id, value: "no", correct: true),
                    IncomingLabel(id: later, value: "no"), IncomingLabel(id: future, value: "no"),
                    IncomingLabel(id: "no-such", value: "no"),
                    IncomingLabel(id: "", value: "no"), IncomingLabel(id: id, value: "maybe"), IncomingLabel(id: id, value: ""),
                ])
            #expect(
                results == [.accepted, .duplicate, .conflict, .corrected, .pending, .unknown, .unknown, .unknown, .invalid, .invalid])
            await harness.pass(seconds: 1)
            let row = try #require(try await harness.journal().last)
            #expect(row.entry.verb == "labels corrected")
            #expect(row.entry.summary == "1 label of flights corrected, the first of \(id)")
            let unknown = await harness.engine.acceptLabels([IncomingLabel(id: id, value: "yes")], deployment: "fligths")
            guard case .failure(.notFound) = unknown else {
                Issue.record("labels of an unknown deployment were taken")
                return
            }
        }
    }

    @Test("refused labels are counted by reason and raise an alert when most are refused, which ends when most are taken again")
    func refused() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 30)
            await harness.engine.flushed()
            let ids = served.map(\.answer.id)
            let bad = ids.prefix(20).enumerated().map { IncomingLabel(id: $1, value: $0 == 0 ? "NA" : "late") }
            #expect(try await send(harness, bad).allSatisfy { $0 == .invalid })
            await harness.pass(seconds: 2)
            let status = try #require(harness.engine.snapshot.deployment("flights"))
            #expect(status.labels.refused == ["no_class": 19, "missing_word": 1])
            #expect(status.labels.refusedCount == 20)
            let alert = try #require(harness.engine.snapshot.alerts.first { $0.kind == .labels })
            #expect(alert.state == .firing)
            #expect(alert.title.contains("20 of the last 20 labels of flights") && alert.title.contains("no, yes"))
            #expect(alert.title.contains("19 no class, 1 missing word"))
            #expect(alert.runbook.contains("send them again"))
            // JSON's true is the class yes: the same value by another word.
            #expect(try await send(harness, ids.map { IncomingLabel(id: $0, value: "true") }).allSatisfy { $0 == .accepted })
            await harness.pass(seconds: 2)
            #expect(!harness.engine.snapshot.alerts.contains { $0.kind == .labels && $0.state == .firing })
        }
    }

    @Test("a watch judges after twenty labels, by more than half of them")
    func refusalWatch() {
        func batch(_ refused: Int, of all: Int) -> LabelRefusals {
            var batch = LabelRefusals()
            for index in 0..<all { batch.note(index < refused ? .noClass : nil) }
            return batch
        }
        var watch = RefusalWatch()
        #expect(watch.take(batch(10, of: 10)) == nil)
        #expect(watch.take(batch(1, of: 10)) == .mostAreRefused(11, of: 20))
        #expect(watch.take(batch(10, of: 20)) == .fewAreRefused)
        #expect(watch.take(batch(19, of: 19)) == nil)
    }

    @Test("the client's own request id names its prediction, also while that is still in an event loop's block")
    func clientIDs() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            let row = Array(rows.features.prefix(rows.schema.width))
            let answer = try #require(harness.plane.predict("flights", row: row, clientID: "order-17"))
            #expect(try await send(harness, [IncomingLabel(id: "order-17", value: "yes")]) == [.accepted])
            #expect(try await send(harness, [IncomingLabel(id: answer.id, value: "yes")]) == [.duplicate])
        }
    }

    @Test("a label that comes before its prediction is logged is pending, and joins it within seconds")
    func early() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            let answer = try #require(harness.plane.predict("flights", row: Array(rows.features.prefix(rows.schema.width))))
            #expect(try await send(harness, [IncomingLabel(id: answer.id, value: "no")]) == [.pending])
            await harness.engine.flushed()
            let started = ContinuousClock.now
            while try harness.status().labels.accepted != 1 {
                guard ContinuousClock.now - started < .seconds(20) else { throw EngineHarness.Missed(what: "the joined label") }
                await harness.pass(seconds: 5)
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try harness.status().labels.pending == 0)
        }
    }

    @Test("an id that the log has gone past, or of an earlier start, is unknown at once; one that may still come is pending")
    func gone() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            var former = ""
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                former = try #require(try await harness.send(try harness.rows(from: EngineHarness.may), count: 4).first).answer.id
                await harness.engine.flushed()
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                _ = try await harness.send(try harness.rows(from: EngineHarness.may), count: 8)
                await harness.engine.flushed()
                let epoch = harness.engine.bootEpoch
                func id(_ epoch: UInt32, _ sequence: UInt64) -> String { PredictionID(epoch: epoch, loop: 0, sequence: sequence).text }
                let results = try await send(
                    harness,
                    [
                        IncomingLabel(id: former, value: "yes"), IncomingLabel(id: id(epoch - 1, 900), value: "yes"),
                        IncomingLabel(id: id(epoch, 2), value: "yes"), IncomingLabel(id: id(epoch, 2) + ".7", value: "yes"),
                        IncomingLabel(id: id(epoch, 900), value: "yes"),
                    ])
                #expect(results == [.accepted, .unknown, .accepted, .unknown, .pending])
            }
        }
    }

    @Test("a log that cannot be read is no answer: nothing is taken, and the same labels are taken when it can be read again")
    func unreadable() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run(in: directory, clock: ManualClock(EngineHarness.may)) { harness in
                try await harness.deploy()
                let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 4)
                await harness.engine.flushed()
                let labels = served.map { IncomingLabel(id: $0.answer.id, value: "yes") }
                let database = try DatabaseQueue(path: directory + "/store/telemetry.db")
                try await database.write { try $0.execute(sql: "ALTER TABLE block RENAME COLUMN ids TO hidden") }
                guard case .failure(.store(let reason)) = await harness.engine.acceptLabels(labels, deployment: "flights") else {
                    Issue.record("labels were answered though the log cannot be read")
                    return
                }
                #expect(reason.hasPrefix("the log of predictions cannot be read"))
                try await database.write { try $0.execute(sql: "ALTER TABLE block RENAME COLUMN hidden TO ids") }
                #expect(try await send(harness, labels) == [.accepted, .accepted, .accepted, .accepted])
            }
        }
    }

    @Test("a burst from many callers is taken whole, each label once, in few transactions")
    func burst() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 1_000, rate: 1_000)
            await harness.engine.flushed()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for part in 0..<20 {
                    let labels = served[(part * 50)..<(part * 50 + 50)].map { IncomingLabel(id: $0.answer.id, value: "no") }
                    group.addTask { try await self.send(harness, labels).count { $0 == .accepted } }
                }
                var accepted = 0
                for try await count in group { accepted += count }
                #expect(accepted == 1_000)
            }
            await harness.pass(seconds: 1)
            #expect(try harness.status().labels.accepted == 1_000)
        }
    }
}
