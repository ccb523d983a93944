import Engine
import GRDB
import Learning
import Store
import Testing

/// One rule: what the console says of a key before anybody presses it is what the engine answers when it is pressed.
@Suite("Actions: one rule", .serialized)
struct ActionRuleTests {
    private static func action(_ random: inout SeededNumbers) -> Action {
        let name = random.below(12) == 0 ? "fligts" : "flights"
        let version = UInt32(random.below(6))
        let scope = FreezeScope.allCases[random.below(4)]
        let place = random.below(2) == 0 ? nil : name
        return switch random.below(21) {
        case 0, 1: .promote(deployment: name, version: version)
        case 2: .rollback(deployment: name, to: nil)
        case 3: .rollback(deployment: name, to: version)
        case 4: .rollbackToTime(deployment: name, time: EngineHarness.may)
        case 5: .pause(deployment: name)
        case 6, 7: .resume(deployment: name)
        case 8: .freeze(deployment: place, scope: scope)
        case 9, 10: .unfreeze(deployment: place, scope: random.below(2) == 0 ? .all : scope)
        case 11: .archive(deployment: name, version: version)
        case 12: .pin(deployment: name, version: version)
        case 13: .unpin(deployment: name, version: version)
        case 14: [.cancelJob(id: 1), .retryJob(id: 1), .raiseJob(id: 1), .publish(deployment: name)][random.below(4)]
        case 15:
            .tune(
                deployment: name, column: ["temp", "tmep"][random.below(2)],
                change: [.unmute, .floor(0.3), .mute(until: nil, reason: nil)][random.below(3)])
        case 16, 17:
            .challenge(
                deployment: name, version: version,
                plan: ArmPlan(
                    ArmPlan.Kind.allCases[random.below(3)], share: Double(random.below(4)) / 2,
                    key: [nil, "carrier", "carier"][random.below(3)]))
        case 18: .share(deployment: name, version: version, share: Double(random.below(5)) / 4)
        case 19: .abort(deployment: name, version: random.below(3) == 0 ? nil : version)
        default: .acknowledge(alert: Int64(random.below(3)), until: nil, note: nil)
        }
    }

    @Test("the reason why a key is disabled is word for word what the engine answers, and a key that is not disabled is done")
    func words() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            for seed in 1...3 {
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights,
                        training: TrainingRequest(algorithm: "logistic", seed: UInt64(seed))))
            }
            var random = SeededNumbers(state: 20)
            var done = 0
            var refused: Set<String> = []
            for _ in 0..<240 {
                let action = Self.action(&random)
                let reason = action.disabledReason(in: harness.snapshot, role: .admin)
                harness.clock.advance(1_000)
                let refusal = await harness.refusal(action, reason: "tried")
                // A time is looked up in all versions, of which a snapshot holds some.
                if case .rollbackToTime = action, reason == nil, refusal != nil { continue }
                #expect(reason == refusal?.description, "\(action.summary)")
                if let reason { refused.insert(reason) } else { done += 1 }
            }
            #expect(done > 40, "\(done)")
            #expect(refused.count > 20, "\(refused.count)")
        }
    }

    @Test(
        "an archived version has no model any more, in the list and in the store; its line, its number and the journal stay, after a restart too"
    )
    func archive() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                for seed in 1...3 {
                    try await harness.train(
                        TrainOrder(
                            deployment: "flights", path: EngineHarness.flights,
                            training: TrainingRequest(algorithm: "logistic", holdout: 0.2 + Double(seed) / 50)))
                }
                let hash = try #require(try harness.status().versions.first { $0.number == 4 }?.artefactHash)
                let pinned = try await harness.perform(.pin(deployment: "flights", version: 4))
                #expect(pinned.inverse == .unpin(deployment: "flights", version: 4))
                let kept = await harness.refusal(.archive(deployment: "flights", version: 4))
                #expect(kept == .refused(what: "flights v4 is pinned", advice: "unpin it first"))
                try await harness.perform(.unpin(deployment: "flights", version: 4))
                let receipt = try await harness.perform(.archive(deployment: "flights", version: 4), reason: "the feed was wrong")
                #expect(receipt.inverse == nil)
                #expect(try await harness.journal().last?.entry.verb == "archive")
                let database = try ControlDatabase.open(directory)
                let left = try await database.read {
                    try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM artefact WHERE hash = ?", arguments: [hash])
                }
                #expect(left == 0)
                let promoted = await harness.refusal(.promote(deployment: "flights", version: 4), reason: "anyway")
                #expect(promoted == .refused(what: "flights v4 is archived", advice: "its model is gone: train another version"))
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let line = try #require(try harness.status().versions.first { $0.number == 4 })
                #expect(line.state == .archived)
                #expect(line.artefactHash == nil && !line.metrics.isEmpty)
                try await harness.train(
                    TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic")))
                #expect(try harness.status().versions.first?.number == 5)
            }
        }
    }

    @Test("a policy archives all but the newest versions it keeps, in its own name; what is pinned, answers or is returned to stays")
    func retention() async throws {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        try await EngineHarness.run(options) { harness in
            try await harness.deploy(policy: "automation = \"advise\"\n[retrain]\non_drift = false\n[versions]\nkeep = 2\n")
            try await harness.perform(.freeze(deployment: nil, scope: .promotion))
            func train(_ seed: UInt64) async throws {
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights,
                        training: TrainingRequest(algorithm: "logistic", seed: seed)))
            }
            for seed: UInt64 in 1...3 { try await train(seed) }
            #expect(try harness.status().versions.allSatisfy { $0.state != .archived }, "a freeze stops policies")
            try await harness.perform(.pin(deployment: "flights", version: 2))
            try await harness.perform(.unfreeze(deployment: nil, scope: .promotion))
            try await train(4)
            try await harness.wait("the retention") { present in
                present.deployment("flights")?.versions.filter { $0.state == .archived }.map(\.number) == [3]
            }
            #expect(try harness.status().versions.filter { $0.state != .archived }.map(\.number) == [5, 4, 2, 1])
            let row = try #require(try await harness.journal(limit: 1_000).first { $0.entry.verb == "archive" })
            #expect(row.entry.actor == "policy:versions")
            #expect(row.entry.reason == "the policy keeps the newest 2")
        }
    }
}
