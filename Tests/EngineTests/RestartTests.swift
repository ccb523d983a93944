import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Synchronization
import Tabular
import Testing

/// What an engine finds again, and what it does when a part of it is broken.
@Suite("Restart", .serialized)
struct RestartTests {
    private func inWorkspace(_ body: (String, ManualClock) async throws -> Void) async throws {
        try await EngineHarness.withDirectory { try await body($0, ManualClock(EngineHarness.may + 86_400_000)) }
    }

    /// Two versions, the second one answering.
    private func twoVersions(_ harness: EngineHarness) async throws {
        try await harness.deploy()
        try await harness.train(
            TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "boosted-trees")))
        try await harness.perform(.promote(deployment: "flights", version: 2))
    }

    private func tamper(_ directory: String, _ sql: String) async throws {
        try await ControlDatabase.open(directory).write { try $0.execute(sql: sql) }
    }

    @Test("the champion, last-known-good, labels, charts, freezes, policy and journal are there again, and ids never repeat")
    func everything() async throws {
        try await inWorkspace { directory, clock in
            let before = Mutex<(ids: Set<String>, epoch: UInt32)>(([], 0))
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await twoVersions(harness)
                let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 300)
                try await harness.label(served)
                await harness.pass(seconds: 61)
                try await harness.perform(.freeze(deployment: nil, scope: .learning))
                try await harness.perform(.setPolicy(deployment: "flights", text: "automation = \"auto\"\n[retrain]\nevery = \"2h\""))
                before.withLock { $0 = (Set(served.map(\.answer.id)), harness.engine.bootEpoch) }
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                #expect(harness.plane.champions("flights") == [2, 2])
                await harness.engine.restored()
                let status = try harness.status()
                #expect(status.champion == 2 && status.lastKnownGood == 1 && status.algorithm == "boosted-trees")
                #expect(status.predictions == 300)
                #expect(status.labels.accepted == 300)
                #expect(status.policy.automation == "auto" && status.policy.triggers == ["on drift", "every 2h"])
                #expect(harness.snapshot.frozen.map(\.scope) == [.learning])
                let query = HistoryQuery.series(
                    deployment: "flights", metric: .requests, from: clock.clock.milliseconds() - 3_600_000,
                    until: clock.clock.milliseconds() + 1, points: 60)
                guard case .series(let points) = await harness.engine.history(query).content else {
                    throw EngineHarness.Missed(what: "a series")
                }
                #expect(!points.isEmpty)
                guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: nil)).content else {
                    throw EngineHarness.Missed(what: "the verdict")
                }
                #expect(verdict.isIntact && verdict.rows == 8)
                #expect(harness.engine.bootEpoch == before.withLock { $0.epoch } + 1)
                let again = try await harness.send(try harness.rows(from: EngineHarness.may), count: 300)
                #expect(before.withLock { $0.ids }.isDisjoint(with: again.map(\.answer.id)))
                // The version that a roll back returns to is warm: nothing is read from a disk that may fail.
                try await harness.perform(.rollback(deployment: "flights", to: nil))
                #expect(harness.plane.champions("flights") == [1, 1])
            }
        }
    }

    @Test("a champion with one flipped byte is refused at the start, that is said, and the good one answers instead")
    func flippedChampion() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { try await twoVersions($0) }
            try await tamper(
                directory,
                """
                UPDATE artefact SET bytes = CAST(substr(bytes, 1, 500) || X'FF00FF' || substr(bytes, 504) AS BLOB)
                WHERE hash = (SELECT artefact_hash FROM version WHERE number = 2)
                """)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                #expect(try harness.status().state == .live)
                #expect(harness.plane.champions("flights") == [1, 1])
                let alert = try #require(try harness.status().alerts(in: harness.snapshot).first)
                #expect(alert.kind == .champion)
                #expect(alert.title.contains("its bytes do not match their SHA-256"))
                // Nobody makes it answer again by mistake, and nothing loads it.
                #expect(await harness.refusal(.rollback(deployment: "flights", to: nil)) != nil)
                #expect(await harness.refusal(.promote(deployment: "flights", version: 2), reason: "try it") != nil)
                #expect(harness.plane.champions("flights") == [1, 1])
            }
        }
    }

    @Test("a candidate with one flipped byte is refused at its promotion, and the champion stays")
    func flippedCandidate() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 3)))
                let hash = try #require(try harness.status().versions.first?.artefactHash)
                try await tamper(directory, "UPDATE artefact SET bytes = CAST(bytes || X'00' AS BLOB) WHERE hash = '\(hash)'")
                let refusal = try #require(await harness.refusal(.promote(deployment: "flights", version: 2)))
                #expect("\(refusal)".contains("its bytes do not match their SHA-256"), "\(refusal)")
                #expect(harness.plane.champions("flights") == [1, 1])
                #expect(try await harness.journal().count { $0.entry.verb == "promote" } == 1)
            }
        }
    }

    @Test("a drift alert that an earlier start raised resolves after three clean windows of this one")
    func inheritedAlert() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                let rows = try harness.rows(until: EngineHarness.may)
                let distance = try #require(rows.schema.index(of: "distance"))
                try await harness.send(rows, count: 1_600) { $0[distance] += 3_000 }
                #expect(try harness.status().alerts(in: harness.snapshot).map(\.kind) == [.drift])
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                #expect(try harness.status().alerts(in: harness.snapshot).map(\.kind) == [.drift])
                let rows = try harness.rows(until: EngineHarness.may)
                try await harness.send(rows, count: 1_200)
                #expect(try harness.status().alerts(in: harness.snapshot).map(\.kind) == [.drift])
                try await harness.send(rows, count: 600)
                #expect(try harness.status().alerts(in: harness.snapshot).isEmpty)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                #expect(harness.snapshot.alerts.map(\.state) == [.resolved])
            }
        }
    }

    @Test("a first version whose promotion the engine's end cut off is promoted at the next start")
    func cutOffDeploy() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { try await $0.deploy() }
            // What the store holds between the gates and the promotion.
            try await tamper(
                directory, "UPDATE deployment SET champion = NULL, state = 'empty'; UPDATE version SET state = 'candidate'")
            try await EngineHarness.run(in: directory, clock: clock) { harness throws in
                await harness.engine.restored()
                #expect(try harness.status().state == .live)
                #expect(harness.plane.champions("flights") == [1, 1])
                #expect(try await harness.journal().last?.entry.reason == "first version, as ordered by root (uid 0)")
            }
        }
    }

    @Test("a second engine on the workspace is refused with the first one's process")
    func twice() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { _ in
                let failure = await #expect(throws: WorkspaceFailure.self) { try await EngineHarness.start(in: directory, clock: clock) }
                #expect(failure == .busy(path: directory, pid: ProcessInfo.processInfo.processIdentifier))
            }
        }
    }

    @Test("a workspace of a newer flyball is refused with both format numbers")
    func newer() async throws {
        try await inWorkspace { directory, clock in
            try await EngineHarness.run(in: directory, clock: clock) { _ in }
            try await tamper(directory, "INSERT INTO grdb_migrations VALUES ('9 from the future')")
            let failure = await #expect(throws: StoreFailure.self) { try await EngineHarness.start(in: directory, clock: clock) }
            #expect(failure == .newerFormat(store: "control", found: 9, known: 8))
        }
    }
}
