import Engine
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Versions beside the champion in a running engine.
@Suite("Challengers") struct ChallengerTests {
    /// A deployment with v1 answering and v2 blessed.
    private static func prepared(_ harness: EngineHarness) async throws {
        try await harness.deploy()
        try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 7)))
    }

    private static func canary(_ share: Double, steps: [Double] = [], bake: Int64? = nil) -> Action {
        .challenge(deployment: "flights", version: 2, plan: ArmPlan(.canary, share: share, steps: steps, bake: bake))
    }

    private static var acting: EngineHarness.Options {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        return options
    }

    @Test("a canary answers its share, is shown with what was seen, moves by share, and goes by abort; each is journalled and taken back")
    func canary() async throws {
        try await EngineHarness.run { harness in
            try await Self.prepared(harness)
            let receipt = try await harness.perform(Self.canary(0.2), reason: "carefully")
            #expect(receipt.summary == "v2 canary 20 %")
            #expect(receipt.inverse == .abort(deployment: "flights", version: 2))
            await harness.pass(seconds: 1)
            let rows = try harness.rows(from: EngineHarness.may)
            let served = try await harness.send(rows, count: 2_000, rate: 400)
            let own = served.count { $0.answer.version == 2 }
            #expect(own > 320 && own < 480)
            let present = try #require(try harness.status().challengers?.first)
            #expect(present.answered == Int64(own) && present.failed == 0)
            let seen = try #require(present.observed)
            #expect(seen.lower < 0.2 && 0.2 < seen.upper + 0.02)
            #expect(try #require(present.splitOdds) < 1_000)
            let arms = try harness.status().arms
            #expect(arms.map(\.role) == [.champion, .canary] && arms.map(\.share) == [0.8, 0.2])
            let more = try await harness.perform(.share(deployment: "flights", version: 2, share: 1))
            #expect(more.summary == "v2 canary 20 % → 100 %")
            #expect(harness.plane.predict("flights", row: Array(rows.features.prefix(rows.schema.width)))?.version == 2)
            let less = try #require(more.inverse)
            try await harness.perform(less)
            #expect(try harness.status().challengers?.first?.challenger.plan.share == 0.2)
            try await harness.perform(.abort(deployment: "flights", version: nil))
            #expect(try harness.status().challengers == nil && harness.status().champion == 1)
            // What the journal tells is enough to take each back, from another terminal too.
            let entries = try await harness.journal().map(\.entry)
            let back = entries.suffix(4).map { Action.takingBack($0, frozen: [], champion: 1) }
            let fifth = Action.challenge(deployment: "flights", version: 2, plan: ArmPlan(.canary, share: 0.2))
            let whole = Action.challenge(deployment: "flights", version: 2, plan: ArmPlan(.canary, share: 1))
            #expect(back == [.abort(deployment: "flights", version: 2), fifth, whole, fifth])
            let verbs = entries.compactMap(\.known)
            #expect(verbs.suffix(4) == [.canary, .share, .canary, .abort])
        }
    }

    @Test("labels say how good a challenger's answers are beside the champion's, and a canary that answers worse goes no further")
    func labelled() async throws {
        try await EngineHarness.run(Self.acting) { harness in
            try await Self.prepared(harness)
            try await harness.perform(Self.canary(0.5, steps: [1], bake: 60_000))
            await harness.pass(seconds: 1)
            let served = try await harness.send(try harness.rows(until: EngineHarness.may), count: 1_600, rate: 400)
            // The truth is the other way round where the challenger has answered.
            try await harness.label(served, truth: { $0.answer.version == 2 ? 1 - $0.truth : $0.truth })
            for _ in 0..<40 where try harness.status().challengers?.first?.quality == nil {
                await harness.pass(seconds: 1)
                try await Task.sleep(for: .milliseconds(50))
            }
            let present = try #require(try harness.status().challengers?.first)
            let quality = try #require(present.quality)
            #expect(quality.figure.verdict == .worse && quality.figure.name == "auc" && quality.figure.second < 0.5)
            #expect(quality.rows + quality.championRows <= 1_600 && quality.rows > 500)
            let entry = StatusDocument.ChallengerEntry(present)
            #expect(entry.quality?.verdict == "worse" && entry.quality?.words == quality.words)
            await harness.pass(seconds: 70)
            let after = try #require(try harness.status().challengers?.first)
            #expect(after.challenger.plan.share == 0.5 && after.waits?.contains("its answers are worse") == true, "\(after)")
        }
    }

    @Test("rules: the champion, refused names and shares, a second one that answers, and freezes; less and abort work under a freeze")
    func rules() async throws {
        try await EngineHarness.run { harness in
            try await Self.prepared(harness)
            func refused(_ action: Action) async -> String { await harness.refusal(action)?.description ?? "done" }
            #expect(
                await refused(.challenge(deployment: "flights", version: 1, plan: ArmPlan(.canary, share: 0.1))).contains("is the champion")
            )
            #expect(await refused(Self.canary(1.5)).contains("share 150"))
            #expect(await refused(Self.canary(0.5, steps: [0.2], bake: 5_000)).contains("greater than"))
            #expect(await refused(Self.canary(0.1, steps: [0.2])).contains("give both"))
            let unknown = ArmPlan(.ab, share: 0.5, key: "carier")
            #expect(await refused(.challenge(deployment: "flights", version: 2, plan: unknown)).contains("nearest: carrier"))
            #expect(await refused(.share(deployment: "flights", version: 2, share: 0.5)).contains("has no part of the traffic"))
            #expect(await refused(.abort(deployment: "flights", version: nil)).contains("no version beside"))
            try await harness.perform(Self.canary(0.5))
            try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 8)))
            let second = Action.challenge(deployment: "flights", version: 3, plan: ArmPlan(.canary, share: 0.1))
            #expect(await refused(second).contains("v2 answers already (canary 50 %)"))
            try await harness.perform(.challenge(deployment: "flights", version: 3, plan: ArmPlan(.shadow, share: 1)))
            #expect(await refused(.archive(deployment: "flights", version: 3)).contains("has a part of the traffic"))
            try await harness.perform(.freeze(deployment: "flights", scope: .traffic))
            #expect(await refused(.share(deployment: "flights", version: 2, share: 0.6)).contains("is frozen"))
            try await harness.perform(.share(deployment: "flights", version: 2, share: 0.4))
            try await harness.perform(.abort(deployment: "flights", version: 2))
            #expect(try harness.status().challengers?.map(\.challenger.version) == [3])
        }
    }

    @Test("a challenger that fails is cut by itself within a second, with an alert and a journal row; nobody loses an answer")
    func cut() async throws {
        try await EngineHarness.run(Self.acting) { harness in
            try await Self.prepared(harness)
            try await harness.perform(Self.canary(0.5))
            await harness.pass(seconds: 0.5)
            let rows = try harness.rows(from: EngineHarness.may)
            try await harness.send(rows, count: 100, rate: 400)
            for _ in 0..<40 { harness.plane.failChallenger("flights") }
            await harness.pass(seconds: 1)
            #expect(try harness.status().challengers == nil)
            #expect(harness.plane.route("flights")?.challenger == nil)
            let alert = try #require(harness.snapshot.alerts.first { $0.kind == .arm })
            #expect(alert.severity == .critical && alert.title.contains("was cut (canary 50 %): 40 of its"))
            let row = try #require(try await harness.journal().last { $0.entry.known == .abort })
            #expect(row.entry.actor == "policy:arm_guard")
            #expect(try harness.status().errorRate == 0)
        }
    }

    @Test("a canary in steps goes on by itself after each bake, waits under a freeze, and is promoted behind 100 %")
    func steps() async throws {
        try await EngineHarness.run(Self.acting) { harness in
            try await Self.prepared(harness)
            try await harness.perform(Self.canary(0.1, steps: [0.5, 1], bake: 10_000))
            let rows = try harness.rows(from: EngineHarness.may)
            func share() throws -> Double? { try harness.status().challengers?.first?.challenger.plan.share }
            try await harness.send(rows, count: 200, rate: 40)
            #expect(try share() == 0.1)
            try await harness.send(rows, count: 260, rate: 40)
            #expect(try share() == 0.5)
            try await harness.perform(.freeze(deployment: "flights", scope: .promotion))
            try await harness.send(rows, count: 600, rate: 40)
            #expect(try share() == 0.5)
            try await harness.perform(.unfreeze(deployment: "flights", scope: .promotion))
            try await harness.send(rows, count: 40, rate: 40)
            #expect(try share() == 1)
            try await harness.send(rows, count: 460, rate: 40)
            #expect(try harness.status().champion == 2)
            #expect(try harness.status().challengers == nil)
        }
    }

    @Test("a step that may not be taken says why it waits and costs no journal row; it is taken when nothing is in its way any more")
    func waiting() async throws {
        try await EngineHarness.run(Self.acting) { harness in
            try await harness.deploy(policy: Self.promotions(1))
            for seed: UInt64 in [7, 8] {
                try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: seed)))
            }
            try await harness.perform(.promote(deployment: "flights", version: 2), by: .policy("test"))
            let plan = ArmPlan(.canary, share: 0.5, steps: [1], bake: 10_000)
            try await harness.perform(.challenge(deployment: "flights", version: 3, plan: plan))
            let rows = try harness.rows(from: EngineHarness.may)
            func waits() throws -> String? { try harness.status().challengers?.first?.waits }
            await harness.pass(seconds: 5)
            #expect(try waits() == nil)
            await harness.pass(seconds: 6)
            #expect(try waits() == "no request has fallen to it yet")
            try await harness.send(rows, count: 40, rate: 40)
            #expect(try harness.status().challengers?.first?.challenger.plan.share == 1 && waits() == nil)
            let before = try await harness.journal().count
            try await harness.send(rows, count: 440, rate: 40)
            #expect(try waits() == "1 automatic promotions today already: a person promotes it")
            #expect(try harness.status().champion == 2)
            #expect(try await harness.journal().count == before)
            try await harness.perform(.freeze(deployment: "flights", scope: .promotion))
            await harness.pass(seconds: 0.5)
            #expect(try #require(try waits()).hasPrefix("promotion is frozen by"))
            try await harness.perform(.unfreeze(deployment: "flights", scope: .promotion))
            try await harness.perform(.setPolicy(deployment: "flights", text: Self.promotions(2)))
            await harness.pass(seconds: 0.5)
            #expect(try harness.status().champion == 3)
        }
    }

    private static func promotions(_ count: Int) -> String { "automation = \"advise\"\n[promote]\nmax_per_day = \(count)\n" }

    @Test("challengers are there again after a restart; a roll back and another champion take those out that answer, shadows go on")
    func restart() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await Self.prepared(harness)
                try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 8)))
                try await harness.perform(Self.canary(0.25))
                try await harness.perform(.challenge(deployment: "flights", version: 3, plan: ArmPlan(.shadow, share: 0.5)))
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.wait("the challengers") { snapshot in
                    snapshot.deployment("flights")?.challengers?.allSatisfy(\.isLoaded) == true
                }
                let route = try #require(harness.plane.route("flights"))
                #expect(route.challenger?.choice.key == ArmKey(version: 2, arm: .canary))
                #expect(route.shadows.map(\.choice.key) == [ArmKey(version: 3, arm: .shadow)])
                try await harness.perform(.promote(deployment: "flights", version: 2), reason: "for the test")
                #expect(try harness.status().challengers?.map(\.challenger.version) == [3])
                try await harness.perform(.rollback(deployment: "flights", to: nil), reason: "for the test")
                #expect(try harness.status().challengers?.map(\.challenger.version) == [3])
            }
        }
    }

    @Test("a shadow scores what the champion answers, beside the rows in the log and apart in every count; nobody gets its scores")
    func shadow() async throws {
        try await EngineHarness.run { harness in
            try await Self.prepared(harness)
            try await harness.perform(.challenge(deployment: "flights", version: 2, plan: ArmPlan(.shadow, share: 1)))
            await harness.pass(seconds: 1)
            let rows = try harness.rows(from: EngineHarness.may)
            let served = try await harness.send(rows, count: 400)
            await harness.pass(seconds: 1)
            #expect(served.allSatisfy { $0.answer.version == 1 })
            let status = try harness.status()
            let present = try #require(status.challengers?.first)
            #expect(present.answered == 400 && present.dropped == 0)
            #expect(try #require(present.meanDistance) >= 0)
            #expect(present.observed == nil && present.splitOdds == nil)
            #expect(status.arms.map(\.role) == [.champion, .shadow])
            #expect(status.predictions == 400)
        }
    }
}
