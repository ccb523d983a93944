import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// What an online version learns from each label while its engine runs.
@Suite("Learning online", .serialized)
struct OnlineTests {
    private static func policy(_ automation: String, _ online: String = "after_labels = 800\nevery = \"10m\"") -> String {
        "automation = \"\(automation)\"\n[retrain]\non_drift = false\ncooldown = \"60s\"\n[online]\n\(online)\n"
    }

    private static var options: EngineHarness.Options {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        return options
    }

    private static func run(_ policy: String, _ body: (EngineHarness) async throws -> Void) async throws {
        try await EngineHarness.run(options) { harness in
            try await harness.deploy(algorithm: "online-logistic", policy: policy)
            await harness.pass(seconds: 1)
            try await harness.wait("the learner") { $0.deployment("flights")?.online?.rows ?? 0 > 0 }
            try await body(harness)
        }
    }

    /// Answers rows of the spring, labels them, and waits until they are learnt.
    @discardableResult
    private static func teach(
        _ harness: EngineHarness, count: Int, learnt: Int, truth: (@Sendable (EngineHarness.Served) -> Double)? = nil
    ) async throws -> [EngineHarness.Served] {
        let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: count)
        try await harness.label(served, truth: truth)
        await harness.pass(seconds: 1)
        try await harness.wait("\(learnt) learnt labels") { $0.deployment("flights")?.online?.learnt == learnt }
        return served
    }

    /// Lets the policy look once more, and waits for the version that it makes.
    private static func published(_ harness: EngineHarness, _ number: UInt32) async throws -> VersionSummary {
        await harness.pass(seconds: 1)
        try await harness.wait("v\(number)") { $0.deployment("flights")?.versions.contains { $0.number == number } == true }
        return try #require(try harness.status().versions.first { $0.number == number })
    }

    @Test("auto: labels are learnt as they come, and after as many as the policy says a version answers, by policy:online, in one action")
    func auto() async throws {
        try await Self.run(Self.policy("auto")) { harness in
            try await Self.teach(harness, count: 500, learnt: 500)
            #expect(try harness.status().versions.count == 1)
            try await Self.teach(harness, count: 300, learnt: 800)
            let version = try await Self.published(harness, 2)
            #expect(version.createdBy == "policy:online")
            #expect(version.algorithm == "online-logistic")
            #expect(version.gates.filter { !$0.passed } == [])
            #expect(version.gates.map(\.name).contains("against the champion"))
            #expect(version.online == OnlineOrigin(base: 1, labels: 400, after: 0, until: 400))
            #expect(try harness.status().champion == 2)
            #expect(try harness.status().lastKnownGood == 1)
            #expect(harness.plane.champions("flights") == [2, 2])
            let rows = try await harness.journal().filter { $0.entry.verb == "publish" }
            #expect(rows.count == 1)
            #expect(rows.first?.entry.actor == "policy:online")
            #expect(rows.first?.entry.summary == "v2 with 400 labels more answers instead of v1")
        }
    }

    @Test("what is published is what a learner that goes on from the base learns from the same labels, bit for bit")
    func bits() async throws {
        try await Self.run(Self.policy("auto")) { harness in
            guard case .model(_, let base) = await harness.engine.history(.model(deployment: "flights", version: 1)).content else {
                throw EngineHarness.Missed(what: "the base")
            }
            let rows = try harness.rows(from: EngineHarness.may)
            let categories = try #require(harness.plane.categories("flights"))
            let learner = try OnlineLearner(resuming: Array(base), categories: categories)
            // A quarter of a second goes by after every 25 rows; all are labelled at the end.
            let start = harness.clock.clock.milliseconds()
            try await Self.teach(harness, count: 800, learnt: 800)
            // The copy that was judged by the labels after it.
            for index in 0..<400 {
                let row = index * 1_009 % rows.count
                try learner.learn(
                    Array(rows.features[(row * rows.schema.width)..<((row + 1) * rows.schema.width)]), target: rows.targets[row],
                    timing: LabelTiming(answered: start + Int64(index / 25) * 250, received: start + 8_000))
            }
            _ = try await Self.published(harness, 2)
            guard case .model(_, let made) = await harness.engine.history(.model(deployment: "flights", version: 2)).content else {
                throw EngineHarness.Missed(what: "the version")
            }
            #expect(try Array(made) == learner.snapshot())
            // And the engine can show it itself, at any time.
            guard case .replayed(let again) = await harness.engine.history(.replay(deployment: "flights", version: 2)).content else {
                throw EngineHarness.Missed(what: "the replay")
            }
            #expect(again.labels == 400)
            let kept = try harness.status().versions.first { $0.number == 2 }?.artefactHash
            #expect(again.hash == kept)
            guard case .failed(let why) = await harness.engine.history(.replay(deployment: "flights", version: 1)).content else {
                throw EngineHarness.Missed(what: "a refusal")
            }
            #expect(why.contains("was not learnt online"))
        }
    }

    @Test("time makes a version too, of a copy that fifty labels have judged")
    func time() async throws {
        try await Self.run(Self.policy("auto", "after_labels = 100000\nevery = \"60s\"")) { harness in
            try await Self.teach(harness, count: 99, learnt: 99)
            await harness.pass(seconds: 70)
            #expect(try harness.status().versions.count == 1)
            try await Self.teach(harness, count: 49, learnt: 148)
            #expect(try harness.status().versions.count == 1)
            try await Self.teach(harness, count: 10, learnt: 158)
            let version = try await Self.published(harness, 2)
            #expect(version.online?.labels == 99)
        }
    }

    @Test("advise: versions are made and wait for a person; the one that is promoted is gone on from, not begun anew")
    func advise() async throws {
        try await Self.run(Self.policy("advise")) { harness in
            try await Self.teach(harness, count: 800, learnt: 800)
            let version = try await Self.published(harness, 2)
            #expect(version.state == .candidate)
            #expect(try harness.status().champion == 1)
            #expect(try harness.status().advised == 2)
            try await Self.teach(harness, count: 20, learnt: 420)
            try await harness.perform(.promote(deployment: "flights", version: 2))
            #expect(try harness.status().online?.base == 2)
            #expect(try harness.status().online?.learnt == 420)
        }
    }

    @Test(
        "put it back to what answered at a time: learning begins anew from there, with labels that come after, and leaves the person alone")
    func putBack() async throws {
        try await Self.run(Self.policy("auto")) { harness in
            try await Self.teach(harness, count: 800, learnt: 800)
            _ = try await Self.published(harness, 2)
            try await Self.teach(harness, count: 800, learnt: 1_200)
            _ = try await Self.published(harness, 3)
            let between = try #require(try harness.status().versions.first { $0.number == 2 }?.served.first).from + 500
            let wanted = try #require(try harness.status().versions.champion(at: between))
            #expect(wanted.number == 2)
            try await Self.teach(harness, count: 50, learnt: 450)
            try await harness.perform(.rollback(deployment: "flights", to: wanted.number), reason: "complaints")
            #expect(try harness.status().champion == 2)
            await harness.pass(seconds: 1)
            try await harness.wait("the new learner") { $0.deployment("flights")?.online?.learnt == 0 }
            #expect(try harness.status().online?.base == 2)
            try await Self.teach(harness, count: 820, learnt: 820)
            await harness.pass(seconds: 2)
            #expect(try harness.status().versions.count == 3)
            await harness.pass(seconds: 60)
            let next = try await Self.published(harness, 4)
            #expect(next.online?.base == 2)
            #expect(next.online?.labels == 400)
        }
    }

    @Test("a freeze of learning stops it, and what came meanwhile is learnt when it is lifted")
    func freeze() async throws {
        try await Self.run(Self.policy("auto")) { harness in
            try await harness.perform(.freeze(deployment: "flights", scope: .learning))
            #expect(try harness.status().online?.held == "learning is frozen by root (uid 0)")
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 100)
            try await harness.label(served)
            await harness.pass(seconds: 2)
            #expect(try harness.status().online?.learnt == 0)
            #expect(await harness.refusal(.publish(deployment: "flights"))?.description.contains("frozen") == true)
            try await harness.perform(.unfreeze(deployment: "flights", scope: .learning))
            try await Self.teach(harness, count: 1, learnt: 101)
        }
    }

    @Test("wrong labels make a version that a gate refuses: the champion stays, an alert says so")
    func garbage() async throws {
        try await Self.run(Self.policy("auto", "after_labels = 2000\nevery = \"10m\"")) { harness in
            try await Self.teach(harness, count: 2_000, learnt: 2_000) { served in
                // By the id, so that rows which are the same have no label in common.
                let hash = served.answer.id.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
                return Double(((hash ^ (hash >> 29)) &* 0x9E37_79B9_7F4A_7C15) >> 63)
            }
            let version = try await Self.published(harness, 2)
            #expect(version.state == .refused)
            #expect(try harness.status().champion == 1)
            #expect(try harness.status().online?.base == 1)
            #expect(harness.snapshot.alerts.contains { $0.kind == .gate && $0.state != .resolved })
        }
    }

    @Test("an engine that ends and begins again goes on from the last version with the labels after it: nothing is lost or learnt twice")
    func restart() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock, Self.options) { harness in
                try await harness.deploy(algorithm: "online-logistic", policy: Self.policy("auto"))
                await harness.pass(seconds: 1)
                try await harness.wait("the learner") { $0.deployment("flights")?.online?.rows ?? 0 > 0 }
                try await Self.teach(harness, count: 800, learnt: 800)
                _ = try await Self.published(harness, 2)
                try await Self.teach(harness, count: 150, learnt: 550)
            }
            try await EngineHarness.run(in: directory, clock: clock, Self.options) { harness in
                await harness.pass(seconds: 1)
                try await harness.wait("the labels of before") { $0.deployment("flights")?.online?.learnt == 550 }
                try await Self.teach(harness, count: 260, learnt: 810)
                let version = try await Self.published(harness, 3)
                #expect(version.online == OnlineOrigin(base: 2, labels: 400, after: 400, until: 800))
            }
        }
    }

    @Test("only the newest versions are kept, and what answers, what a roll back returns to and what is learnt from")
    func kept() async throws {
        try await Self.run(Self.policy("auto", "after_labels = 800\nevery = \"10m\"\n[versions]\nkeep = 3")) { harness in
            for number in 2...7 {
                try await Self.teach(harness, count: 800, learnt: number == 2 ? 800 : 1_200)
                _ = try await Self.published(harness, UInt32(number))
                await harness.pass(seconds: 10)
            }
            try await harness.wait("the retention") { present in
                present.deployment("flights")?.versions.filter { $0.state != .archived }.map(\.number) == [7, 6, 5]
            }
            let archived = try await harness.journal(limit: 1_000).filter { $0.entry.verb == "archive" }
            #expect(Set(archived.map(\.entry.actor)) == ["policy:versions"])
            #expect(archived.map(\.entry.summary).sorted().first == "archived v1: its model and its data go")
            #expect(try harness.status().lastKnownGood == 6)
            try await harness.perform(.rollback(deployment: "flights", to: 5), reason: "a test")
            #expect(harness.plane.champions("flights") == [5, 5])
        }
    }

    @Test("publish by a person makes a version of what has been learnt so far; without anything learnt it says so")
    func byHand() async throws {
        try await Self.run(Self.policy("auto", "after_labels = 1600\nevery = \"24h\"")) { harness in
            let early = await harness.refusal(.publish(deployment: "flights"))
            #expect(early?.description == "no label has come since flights made its last version: wait for more labels")
            try await Self.teach(harness, count: 30, learnt: 30)
            let few = await harness.refusal(.publish(deployment: "flights"))
            #expect(few?.description.contains("none of its copies has answered the 50 labels that judge it (0 so far)") == true)
            try await Self.teach(harness, count: 1_470, learnt: 1_500)
            let receipt = try await harness.perform(.publish(deployment: "flights"), by: EngineHarness.oncall, reason: "before the sale")
            #expect(receipt.version == 2)
            #expect(receipt.inverse == .rollback(deployment: "flights", to: nil))
            #expect(try harness.status().champion == 2)
            let again = await harness.refusal(.publish(deployment: "flights"))
            #expect(again?.description.contains("no label has come") == true)
        }
    }

    @Test("each version counts its own labels only, also when a later copy was there as an earlier one was published")
    func counting() async throws {
        try await Self.run(Self.policy("auto")) { harness in
            try await Self.teach(harness, count: 1_300, learnt: 1_300)
            let first = try #require(try await Self.published(harness, 2).online)
            #expect(first == OnlineOrigin(base: 1, labels: 800, after: 0, until: 800))
            try await Self.teach(harness, count: 800, learnt: 1_300)
            let second = try #require(try await Self.published(harness, 3).online)
            #expect(second == OnlineOrigin(base: 2, labels: 900, after: 800, until: 1_700))
            guard case .replayed(let again) = await harness.engine.history(.replay(deployment: "flights", version: 3)).content else {
                throw EngineHarness.Missed(what: "the replay")
            }
            #expect(again.labels == 900)
            await harness.pass(seconds: 1)
            let gates = try harness.status().versions.first?.gates ?? []
            #expect(try harness.status().online?.learnt == 400, "\(gates.map(\.detail))")
        }
    }

    @Test("a deployment whose champion does not learn online says so, and its status has no such part")
    func other() async throws {
        try await EngineHarness.run(Self.options) { harness in
            try await harness.deploy()
            #expect(try harness.status().online == nil)
            let refusal = await harness.refusal(.publish(deployment: "flights"))
            #expect(refusal?.description.contains("does not learn online: its champion is a logistic version") == true)
            #expect(Action.publish(deployment: "flights").disabledReason(in: harness.snapshot, role: .admin)?.contains("logistic") == true)
        }
    }

    @Test("the drift that is raised stays raised when a version is published: its windows go on against the same reference")
    func drift() async throws {
        try await Self.run(Self.policy("auto", "after_labels = 1800\nevery = \"24h\"")) { harness in
            let rows = try harness.rows(until: EngineHarness.may)
            let distance = try #require(rows.schema.index(of: "distance"))
            let served = try await harness.send(rows, count: 1_600) { $0[distance] = $0[distance] * 2 + 1_000 }
            try #require(harness.snapshot.alerts.contains { $0.kind == .drift && $0.state != .resolved })
            try await harness.label(served)
            await harness.pass(seconds: 1)
            try await harness.wait("the labels") { $0.deployment("flights")?.online?.learnt == 1_600 }
            let receipt = try await harness.perform(.publish(deployment: "flights"))
            #expect(receipt.version == 2)
            #expect(harness.snapshot.alerts.contains { $0.kind == .drift && $0.state != .resolved })
        }
    }

    @Test("a learner that follows what is recent makes versions that are no good standing still: that is how the gate judges them")
    func standingStill() async throws {
        try await EngineHarness.run(Self.options) { harness in
            var order = EngineHarness.order(
                algorithm: "online-logistic", policy: Self.policy("auto", "after_labels = 2000\nevery = \"10m\""))
            order.training.settings = ["learning-rate": "0.1"]
            try await harness.finished(try await harness.perform(.deploy(order)).job)
            await harness.pass(seconds: 1)
            try await harness.wait("the learner") { $0.deployment("flights")?.online?.rows ?? 0 > 0 }
            // The truth turns every hundred rows: who learns it is right at once, and wrong a hundred rows later.
            var served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 2_000)
            for index in served.indices { served[index].truth = index / 100 % 2 == 0 ? 1 : 0 }
            try await harness.label(served)
            await harness.pass(seconds: 1)
            try await harness.wait("the labels") { $0.deployment("flights")?.online?.learnt == 2_000 }
            let version = try await Self.published(harness, 2)
            #expect(version.state == .refused)
            #expect(try harness.status().champion == 1)
        }
    }
}
