import Engine
import Learning
import Store
import Tabular
import Testing

/// Every verb through the one door.
@Suite("Actions", .serialized)
struct ActionTests {
    /// Every verb there is, with the least role that may ask for it.
    ///
    /// A new case of `Action` fails to compile in `index` until it stands here.
    static let verbs: [(action: Action, role: Role)] = [
        (.deploy(EngineHarness.order("other", path: "/nowhere.csv")), .admin),
        (.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: ""))), .operator),
        (.train(TrainOrder(deployment: "flights", path: "/nowhere.csv", training: TrainingRequest(algorithm: ""))), .admin),
        (.promote(deployment: "flights", version: 9), .operator),
        (.rollback(deployment: "flights", to: nil), .operator),
        (.rollbackToTime(deployment: "flights", time: 0), .operator),
        (.publish(deployment: "flights"), .operator),
        (.archive(deployment: "flights", version: 9), .admin),
        (.pin(deployment: "flights", version: 9), .operator),
        (.unpin(deployment: "flights", version: 9), .operator),
        (.setThreshold(deployment: "flights", version: 9, value: 0.3, basis: .value), .operator),
        (.challenge(deployment: "flights", version: 9, plan: ArmPlan(.canary, share: 0.1)), .operator),
        (.share(deployment: "flights", version: 9, share: 0.2), .operator),
        (.abort(deployment: "flights", version: 9), .operator),
        (.pause(deployment: "flights"), .operator),
        (.resume(deployment: "flights"), .operator),
        (.remove(deployment: "flights"), .admin),
        (.freeze(deployment: nil, scope: .learning), .operator),
        (.unfreeze(deployment: nil, scope: .learning), .operator),
        (.cancelJob(id: 999), .operator),
        (.retryJob(id: 999), .operator),
        (.raiseJob(id: 999), .operator),
        (.acknowledge(alert: 999, until: nil, note: nil), .operator),
        (.setPolicy(deployment: "flights", text: "automation = \"manual\""), .admin),
        (.tune(deployment: "flights", column: "temp", change: .mute(until: nil, reason: nil)), .operator),
        (.tune(deployment: "flights", column: "temp", change: .unmute), .operator),
        (.tune(deployment: "flights", column: "temp", change: .floor(0.3)), .operator),
        (.note(deployment: nil, text: "seen"), .operator),
        (.backup(BackupOrder()), .operator),
        (.backup(BackupOrder(target: "nowhere")), .admin),
        (.createToken(TokenOrder(name: "ci", hash: TokenSecret.hash("x"), scopes: [.infer])), .admin),
        (.revokeToken(name: "nobody"), .admin),
        (.stop, .admin),
        (.upgrade(path: "/opt/flyball"), .admin),
    ]

    private static func index(_ action: Action) -> Int {
        switch action {
        case .deploy: 0
        case .train: 1
        case .promote: 2
        case .rollback: 3
        case .pause: 4
        case .resume: 5
        case .freeze: 6
        case .unfreeze: 7
        case .cancelJob: 8
        case .retryJob: 9
        case .raiseJob: 10
        case .acknowledge: 11
        case .setPolicy: 12
        case .note: 13
        case .stop: 14
        case .publish: 15
        case .rollbackToTime: 16
        case .archive: 17
        case .pin: 18
        case .unpin: 19
        case .remove: 20
        case .tune: 21
        case .backup: 22
        case .challenge: 23
        case .share: 24
        case .abort: 25
        case .createToken: 26
        case .revokeToken: 27
        case .upgrade: 28
        case .setThreshold: 29
        }
    }

    @Test("the table below names every verb")
    func complete() { #expect(Set(Self.verbs.map { Self.index($0.action) }) == Set(0...29)) }

    @Test("every verb is refused to every role below its own, with both roles named, and nothing is written; never to the roles from it on")
    func roles() async throws {
        var options = EngineHarness.Options()
        options.runsJobs = false
        try await EngineHarness.run(options) { harness in
            var rows = 0
            for (action, needed) in Self.verbs {
                for role in Role.allCases.sorted() where action != .stop || role < needed {
                    let refusal = await harness.refusal(action, by: Operator(name: "x", uid: 77, role: role))
                    let isNotAllowed =
                        if case .notAuthorised(_, let needs, let has) = refusal { needs == needed && has == role } else { false }
                    #expect(isNotAllowed == (role < needed), "\(action.verb) as \(role): \(refusal.map { "\($0)" } ?? "done")")
                    let journal = try await harness.journal()
                    if role < needed { #expect(journal.count == rows, "\(action.verb) as \(role) wrote a row") }
                    rows = journal.count
                    if let last = journal.last { #expect(last.entry.actor == "x (uid 77)" && last.entry.uid == 77) }
                }
            }
        }
    }

    @Test("the disabled reason of a verb says so exactly when the engine refuses it for its role", arguments: Role.allCases)
    func disabledReasons(role: Role) {
        for (action, needed) in Self.verbs {
            let reason = action.disabledReason(in: .empty(), role: role)
            #expect((reason?.contains("role \(needed.rawValue)") ?? false) == (role < needed), "\(action.verb): \(reason ?? "enabled")")
        }
    }

    @Test("an action decided on a state that has changed does nothing and says what changed")
    func compareAndSet() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.train(
                TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 1)))
            let before = try await harness.journal().count
            let champion = await harness.refusal(.promote(deployment: "flights", version: 2), expected: ExpectedState(champion: 7))
            #expect(champion == .changed(what: "flights's champion", expected: "v7", found: "v1"))
            let state = await harness.refusal(.pause(deployment: "flights"), expected: ExpectedState(state: .paused))
            #expect(state == .changed(what: "flights's state", expected: "paused", found: "live"))
            #expect(try await harness.journal().count == before)
            #expect(try harness.status().champion == 1)
            // Two operators promote at once on the same screen: one of them wins, the other hears of it.
            async let first = harness.engine.perform(
                ActionRequest(.promote(deployment: "flights", version: 2), expected: ExpectedState(champion: 1)), by: EngineHarness.admin)
            async let second = harness.engine.perform(
                ActionRequest(.promote(deployment: "flights", version: 2), expected: ExpectedState(champion: 1)), by: EngineHarness.oncall)
            let results = await [first, second]
            #expect(results.count { if case .success = $0 { true } else { false } } == 1)
            #expect(results.count { if case .failure(.changed) = $0 { true } else { false } } == 1)
            #expect(try await harness.journal().count { $0.entry.verb == "promote" } == 2)
        }
    }

    @Test("a receipt names its journal row, and its inverse puts things back")
    func inverses() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let former = try harness.status().policy
            for action: Action in [
                .pause(deployment: "flights"), .freeze(deployment: "flights", scope: .traffic), .freeze(deployment: nil, scope: .all),
                .setPolicy(deployment: "flights", text: "automation = \"manual\""),
            ] {
                let receipt = try await harness.perform(action)
                let row = try #require(try await harness.journal().last)
                #expect(receipt.journalSequence == row.sequence)
                #expect(receipt.summary == row.entry.summary)
                #expect(receipt.isJournalled)
                try await harness.perform(try #require(receipt.inverse))
                #expect(try harness.status().state == .live)
                #expect(harness.snapshot.frozen.isEmpty)
                #expect(try harness.status().policy == former)
            }
            let several = try await harness.perform(.freeze(deployment: nil, scope: .learning))
            #expect(several.inverse == .unfreeze(deployment: nil, scope: .learning))
            try await harness.perform(.freeze(deployment: nil, scope: .promotion))
            #expect(try await harness.perform(.unfreeze(deployment: nil, scope: .all)).inverse == nil)
        }
    }

    @Test("a second roll back goes further back, a third is refused with the reason; a withdrawn version returns only with a reason")
    func rollBackFurther() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            for version: UInt32 in 2...3 {
                try await harness.train(
                    TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic")))
                try await harness.perform(.promote(deployment: "flights", version: version))
            }
            #expect(try harness.status().lastKnownGood == 2)
            let first = try await harness.perform(.rollback(deployment: "flights", to: nil), by: EngineHarness.oncall)
            #expect(first.summary == "rolled back from v3 to v2")
            #expect(try harness.status().lastKnownGood == 1)
            #expect(try await harness.perform(.rollback(deployment: "flights", to: nil)).summary == "rolled back from v2 to v1")
            #expect(harness.plane.champions("flights") == [1, 1])
            let third = try #require(await harness.refusal(.rollback(deployment: "flights", to: nil)))
            #expect("\(third)".hasPrefix("flights has no earlier version that served and was not withdrawn"))
            let again = await harness.refusal(.promote(deployment: "flights", version: 3), reason: "  ")
            #expect(again == .refused(what: "flights v3 was rolled back once", advice: "give a reason why it may answer again"))
            let policy = await harness.refusal(.promote(deployment: "flights", version: 3), by: .policy("every"), reason: "better")
            #expect(policy == .refused(what: "flights v3 was rolled back once", advice: "only a person can promote it again"))
            try await harness.perform(.promote(deployment: "flights", version: 3), reason: "the source is repaired")
            #expect(try harness.status().champion == 3)
            #expect(try harness.status().lastKnownGood == 1)
            #expect(try harness.status().versions.first { $0.number == 3 }?.served.count == 2)
            let named = try await harness.perform(.rollback(deployment: "flights", to: 1))
            #expect(named.version == 1)
        }
    }

    @Test("a paused deployment answers nothing until it is resumed, and a freeze of traffic holds back all but roll back and pause")
    func pauseAndFreeze() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let row = Array(try harness.rows().features.prefix(try harness.rows().schema.width))
            #expect(harness.plane.predict("flights", row: row) != nil)
            try await harness.perform(.pause(deployment: "flights"))
            #expect(harness.plane.predict("flights", row: row) == nil)
            #expect(await harness.refusal(.pause(deployment: "flights")) == .refused(what: "flights is paused", advice: "nothing to do"))
            try await harness.perform(.freeze(deployment: "flights", scope: .traffic), by: EngineHarness.oncall)
            let frozen = ActionFailure.refused(what: "traffic is frozen by oncall (uid 1001)", advice: "unfreeze it first")
            #expect(await harness.refusal(.resume(deployment: "flights")) == frozen)
            try await harness.perform(.unfreeze(deployment: "flights", scope: .traffic))
            try await harness.perform(.resume(deployment: "flights"))
            #expect(harness.plane.predict("flights", row: row) != nil)
        }
    }

    @Test(
        "what cannot be done says what, where and what to do",
        arguments: [
            (Action.promote(deployment: "fligts", version: 1), "no such deployment: fligts: did you mean flights?"),
            (.promote(deployment: "flights", version: 4), "no such version: flights v4: did you mean v1?"),
            (.promote(deployment: "flights", version: 1), "flights v1 is the champion already: nothing to do"),
            (.rollback(deployment: "flights", to: 3), "no such version: flights v3: did you mean v1?"),
            (.resume(deployment: "flights"), "flights is live, not paused: nothing to do"),
            (.unfreeze(deployment: nil, scope: .learning), "learning of all deployments is not frozen: see `flyball status` for what is"),
            (.cancelJob(id: 1), "job 1 is done already: nothing to do"),
            (.retryJob(id: 1), "job 1 is done: only a failed, cancelled or parked job can be queued again"),
            (.cancelJob(id: 44), "no such job: 44"),
            (.acknowledge(alert: 3, until: nil, note: nil), "no such alert: 3"),
            (.note(deployment: nil, text: " \n"), "note: it is empty or longer than 4,000 bytes: write what happened in a sentence"),
            (
                .setPolicy(deployment: "flights", text: "automation = 3"),
                "policy of flights: configuration: automation: a text in quotes is needed"
            ),
            (
                .train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "boosted-tree"))),
                "algorithm boosted-tree"
            ),
            (.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "", holdout: 1))), "hold-out share 1.0"),
            (
                .train(TrainOrder(deployment: "flights", path: "data.csv", training: TrainingRequest(algorithm: ""))),
                "file data.csv: give an absolute path"
            ),
            (.deploy(EngineHarness.order("Flights")), "deployment name Flights"),
            (.deploy(EngineHarness.order("../up")), "deployment name ../up"),
            (.deploy(EngineHarness.order("flights")), "flights exists already: train a new version with `flyball train flights`"),
        ])
    func refusals(action: Action, text: String) async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let failure = try #require(await harness.refusal(action))
            #expect("\(failure)".hasPrefix(text), "\(failure)")
        }
    }

    @Test("a first import that failed can be ordered again under the same name")
    func deployAgain() async throws {
        try await EngineHarness.run { harness in
            let failed = try await harness.finished(try await harness.perform(.deploy(EngineHarness.order(path: "/nowhere.csv"))).job)
            #expect(failed.state == .failed)
            #expect(failed.error?.contains("/nowhere.csv") == true, "\(failed.error ?? "")")
            #expect(try harness.status().state == .empty)
            try await harness.deploy()
            #expect(try harness.status().alerts(in: harness.snapshot).isEmpty)
        }
    }
}
