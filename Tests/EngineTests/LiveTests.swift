import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// A learner that answers: its weights a label later, its name, its guards, its freezes, its starts.
@Suite("Learning online, answered live", .serialized)
struct LiveTests {
    private static func policy(_ online: String = "after_labels = 1000000\nevery = \"24h\"", automation: String = "auto") -> String {
        "automation = \"\(automation)\"\n[retrain]\non_drift = false\ncooldown = \"60s\"\n[online]\nanswer = \"live\"\n\(online)\n"
    }

    private static var options: EngineHarness.Options {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        return options
    }

    /// Lets the engine go on, its clock standing still, until something is so.
    static func until(_ harness: EngineHarness, _ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<4_000 {
            if try await condition() { return }
            await harness.engine.tick()
            try await Task.sleep(for: .milliseconds(3))
        }
        throw EngineHarness.Missed(what: what)
    }

    private static func run(
        _ policy: String = policy(), in directory: String? = nil, clock: ManualClock? = nil, _ body: (EngineHarness) async throws -> Void
    ) async throws {
        try await EngineHarness.run(options) { harness in
            try await harness.deploy(algorithm: "online-logistic", policy: policy)
            await harness.pass(seconds: 1)
            try await until(harness, "a live copy") { harness.plane.route("flights")?.live != nil }
            try await body(harness)
        }
    }

    static func row(_ rows: LabelledRows, _ index: Int) -> [Double] {
        let place = index * 1_009 % rows.count
        return Array(rows.features[(place * rows.schema.width)..<((place + 1) * rows.schema.width)])
    }

    /// Answers one row and labels it at once, without waiting for the log.
    @discardableResult
    static func teachOne(
        _ harness: EngineHarness, _ rows: LabelledRows, _ index: Int, truth: Double? = nil
    ) async throws -> FakePlane.Answer {
        let answer = try #require(harness.plane.predict("flights", row: row(rows, index)))
        let target = truth ?? rows.targets[index * 1_009 % rows.count]
        let label = IncomingLabel(id: answer.id, value: rows.schema.target.classes[Int(target)])
        let results = try await harness.engine.acceptLabels([label], deployment: "flights").get()
        #expect(results == [.pending] || results == [.accepted])
        return answer
    }

    /// Answers and labels many rows, and lets the policy look once they are learnt.
    static func teach(_ harness: EngineHarness, _ rows: LabelledRows, count: Int) async throws {
        let before = learnt(harness) ?? 0
        let served = try await harness.send(rows, count: count)
        try await harness.label(served)
        try await until(harness, "\(count) labels") { learnt(harness) == before + UInt32(count) }
        await harness.pass(seconds: 1)
    }

    private static func replayed(_ harness: EngineHarness, _ id: String) async throws -> AnswerReplayed {
        await harness.engine.flushed()
        let content = await harness.engine.history(.replayAnswer(deployment: "flights", id: id)).content
        guard case .replayedAnswer(let again) = content else { throw EngineHarness.Missed(what: "the answer once more: \(content)") }
        return again
    }

    static func learnt(_ harness: EngineHarness) -> UInt32? { harness.plane.route("flights")?.live?.learnt }

    @Test("the answer after a label is that of a learner which has learnt it, bit for bit, and says from which base and of how many labels")
    func labelByLabel() async throws {
        try await Self.run { harness in
            let rows = try harness.rows(from: EngineHarness.may)
            guard case .model(_, let base) = await harness.engine.history(.model(deployment: "flights", version: 1)).content else {
                throw EngineHarness.Missed(what: "the base")
            }
            let twin = try OnlineLearner(resuming: Array(base), categories: try #require(harness.plane.categories("flights")))
            let now = harness.clock.clock.milliseconds()
            for index in 0..<12 {
                let answer = try await Self.teachOne(harness, rows, index)
                #expect(answer.version == 1 && answer.learnt == UInt32(index))
                var expected = [0.0]
                twin.live.predict(rows: Self.row(rows, index), count: 1, into: &expected)
                #expect(answer.score == expected[0])
                try twin.learn(
                    Self.row(rows, index), target: rows.targets[index * 1_009 % rows.count],
                    timing: LabelTiming(answered: now, received: now))
                try await Self.until(harness, "label \(index + 1)") { Self.learnt(harness) == UInt32(index + 1) }
            }
            // No line in the registry, no row in the journal, the champion stays what it was.
            #expect(try harness.status().versions.count == 1 && harness.status().champion == 1)
            await harness.pass(seconds: 1)
            #expect(try harness.status().online?.answering == "v1+12")
            #expect(try harness.status().online?.answer == .live)
            #expect(try harness.status().online?.sides?.map(\.name) == ["live", "v1"])
        }
    }

    @Test("every answer can be reproduced from its base and its labels in order, also after others have come and a version was made")
    func reproduced() async throws {
        try await Self.run(Self.policy("after_labels = 800\nevery = \"24h\"")) { harness in
            let rows = try harness.rows(from: EngineHarness.may)
            for index in 0..<20 { try await Self.teachOne(harness, rows, index) }
            try await Self.until(harness, "20 labels") { Self.learnt(harness) == 20 }
            let answer = try #require(harness.plane.predict("flights", row: Self.row(rows, 500)))
            #expect(answer.learnt == 20)
            try await Self.teach(harness, rows, count: 800)
            try await Self.until(harness, "the version") { try harness.status().versions.count == 2 }
            try await Self.until(harness, "answers of it") { harness.plane.route("flights")?.live?.number == 2 }
            let again = try await Self.replayed(harness, answer.id)
            #expect(again.answeredBy == "v1+20" && again.isIdentical && again.reproduced == [answer.score])
            let later = try #require(harness.plane.predict("flights", row: Self.row(rows, 501)))
            #expect(later.version == 2)
            let second = try await Self.replayed(harness, later.id)
            #expect(second.answeredBy == "v2+\(later.learnt ?? 0)" && second.isIdentical)
            let page = await harness.engine.history(.predictions(deployment: "flights", upTo: nil, limit: 1)).content
            guard case .predictions(let predictions) = page else { throw EngineHarness.Missed(what: "the log") }
            #expect(predictions.rows.first?.learnt == later.learnt)
        }
    }

    @Test("a freeze of learning holds the weights, a start does not move them, and what came meanwhile is learnt when it is lifted")
    func frozen() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            var held = 0.0
            try await EngineHarness.run(in: directory, clock: clock, Self.options) { harness in
                try await harness.deploy(algorithm: "online-logistic", policy: Self.policy())
                await harness.pass(seconds: 1)
                try await Self.until(harness, "a live copy") { harness.plane.route("flights")?.live != nil }
                let rows = try harness.rows(from: EngineHarness.may)
                for index in 0..<30 { try await Self.teachOne(harness, rows, index) }
                try await Self.until(harness, "30 labels") { Self.learnt(harness) == 30 }
                try await harness.perform(.freeze(deployment: "flights", scope: .learning))
                held = try #require(harness.plane.predict("flights", row: Self.row(rows, 700))).score
                for index in 30..<40 { try await Self.teachOne(harness, rows, index) }
                await harness.pass(seconds: 2)
                #expect(Self.learnt(harness) == 30)
            }
            try await EngineHarness.run(in: directory, clock: clock, Self.options) { harness in
                let rows = try harness.rows(from: EngineHarness.may)
                await harness.pass(seconds: 1)
                try await Self.until(harness, "the weights of before") { Self.learnt(harness) == 30 }
                #expect(try #require(harness.plane.predict("flights", row: Self.row(rows, 700))).score == held)
                await harness.pass(seconds: 2)
                #expect(Self.learnt(harness) == 30)
                try await harness.perform(.unfreeze(deployment: "flights", scope: .learning))
                try await Self.until(harness, "what came meanwhile") { Self.learnt(harness) == 40 }
            }
        }
    }

    @Test("a poisoned stream is stopped within 500 labels: the champion answers at rest, alert and journal say why; a person lets it go on")
    func poison() async throws {
        try await Self.run { harness in
            let rows = try harness.rows(from: EngineHarness.may)
            // The truth follows the first number for a while, so that the learner is certain of something; then it follows nothing.
            let column = try #require(rows.schema.index(of: "sched_hour"))
            for batch in 0..<20 {
                var labels: [IncomingLabel] = []
                for index in batch * 100..<(batch + 1) * 100 {
                    let row = Self.row(rows, index)
                    let answer = try #require(harness.plane.predict("flights", row: row))
                    labels.append(IncomingLabel(id: answer.id, value: row[column] > 13 ? "yes" : "no"))
                }
                _ = try await harness.engine.acceptLabels(labels, deployment: "flights").get()
                try await Self.until(harness, "batch \(batch)") { Self.learnt(harness) == UInt32((batch + 1) * 100) }
            }
            await harness.pass(seconds: 1)
            try #require(try harness.status().online?.stopped == nil)
            var sent = 0
            var random: UInt64 = 88_172_645_463_325_252
            while Self.learnt(harness) != nil, sent < 500 {
                var labels: [IncomingLabel] = []
                for index in 2_000 + sent..<2_000 + sent + 25 {
                    random ^= random << 13
                    random ^= random >> 7
                    random ^= random << 17
                    let answer = try #require(harness.plane.predict("flights", row: Self.row(rows, index)))
                    labels.append(IncomingLabel(id: answer.id, value: random >> 63 == 0 ? "yes" : "no"))
                }
                sent += 25
                _ = try await harness.engine.acceptLabels(labels, deployment: "flights").get()
                let expected = UInt32(2_000 + sent)
                try await Self.until(harness, "the poison") { Self.learnt(harness) == expected || Self.learnt(harness) == nil }
            }
            #expect(Self.learnt(harness) == nil, "after \(sent) labels")
            await harness.pass(seconds: 1)
            let answer = try #require(harness.plane.predict("flights", row: Self.row(rows, 1)))
            #expect(answer.version == 1 && answer.learnt == nil)
            #expect(try harness.status().online?.stopped?.hasPrefix("worse than ") == true)
            #expect(harness.snapshot.alerts.contains { $0.kind == .live && $0.state == .firing && $0.severity == .critical })
            let row = try #require(try await harness.journal().first { $0.entry.verb == "live stopped" })
            #expect(row.entry.summary.hasPrefix("v1 answers at rest instead of v1+"))
            // The labels are right again, and somebody says so: it begins anew from the champion.
            try await harness.perform(.setPolicy(deployment: "flights", text: Self.policy()))
            try await Self.until(harness, "a new learner") { Self.learnt(harness) == 0 }
            #expect(harness.snapshot.alerts.allSatisfy { $0.kind != .live || $0.state == .resolved })
        }
    }

    @Test("the policy says who answers, and the workspace where it does not; a change holds from the next request on")
    func settings() async throws {
        try await Self.run { harness in
            let versions = Self.policy().replacing("answer = \"live\"", with: "answer = \"versions\"")
            try await harness.perform(.setPolicy(deployment: "flights", text: versions))
            try await Self.until(harness, "the champion at rest") { harness.plane.route("flights")?.live == nil }
            #expect(try harness.status().online?.answer == .versions)
            try await harness.perform(.setPolicy(deployment: "flights", text: Self.policy()))
            try await Self.until(harness, "the learner") { harness.plane.route("flights")?.live != nil }
        }
        #expect(try WorkspaceConfiguration.parse("[online]\nanswer = \"live\"").onlineAnswer == .live)
        #expect(throws: WorkspaceFailure.self) { try WorkspaceConfiguration.parse("[online]\nanswer = \"now\"") }
        #expect(throws: WorkspaceFailure.self) { try Policy.parse("[online]\nanswer = \"now\"", deployment: "flights") }
        let parsed = try Policy.parse(Self.policy(), deployment: "flights")
        #expect(parsed.online.answer == .live)
        #expect(try Policy.parse(parsed.text, deployment: "flights") == parsed)
    }

    @Test("a roll back takes the learner's copy with it: what answers next is the version returned to, and what is learnt on from it")
    func rollback() async throws {
        try await Self.run(Self.policy("after_labels = 800\nevery = \"24h\"")) { harness in
            let rows = try harness.rows(from: EngineHarness.may)
            try await Self.teach(harness, rows, count: 800)
            try await Self.until(harness, "answers of the version") { harness.plane.route("flights")?.live?.number == 2 }
            try await harness.perform(.rollback(deployment: "flights", to: nil), reason: "complaints")
            #expect(harness.plane.route("flights")?.champion?.number == 1)
            #expect(harness.plane.route("flights")?.live == nil)
            await harness.pass(seconds: 1)
            try await Self.until(harness, "a learner from v1") { Self.learnt(harness) == 0 }
            #expect(harness.plane.route("flights")?.live?.number == 1)
        }
    }

    @Test("in advise a version waits, and the learner goes on from the champion; promoted, it is gone on from with every label since")
    func advise() async throws {
        try await Self.run(Self.policy("after_labels = 800\nevery = \"24h\"", automation: "advise")) { harness in
            let rows = try harness.rows(from: EngineHarness.may)
            try await Self.teach(harness, rows, count: 800)
            try await Self.until(harness, "the version") { try harness.status().advised == 2 }
            try await Self.teachOne(harness, rows, 3)
            try await Self.until(harness, "one more") { Self.learnt(harness) == 801 }
            #expect(harness.plane.route("flights")?.live?.number == 1)
            try await harness.perform(.promote(deployment: "flights", version: 2))
            await harness.pass(seconds: 1)
            try await Self.until(harness, "a learner from v2") { Self.learnt(harness) == 401 }
            #expect(harness.plane.route("flights")?.live?.number == 2)
        }
    }
}
