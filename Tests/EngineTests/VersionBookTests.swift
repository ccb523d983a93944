import Engine
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Versions of which only a line is in memory.
@Suite("Versions in memory", .serialized)
struct VersionBookTests {
    /// Versions that are trained: more than a snapshot holds.
    private static let count = 9

    private static func train(_ harness: EngineHarness) async throws {
        for seed in 1...UInt64(count - 1) {
            let order = TrainOrder(
                deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: seed))
            try await harness.finished(try await harness.perform(.train(order)).job)
        }
    }

    @Test("a version that a snapshot does not hold can be promoted, paged, undone and found by its time, also after a restart")
    func beyond() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await Self.train(harness)
                clock.advance(60_000)
                let status = try harness.status()
                #expect(status.versionCount == Self.count)
                #expect(!status.versions.contains { $0.number == 2 })
                try await harness.perform(.promote(deployment: "flights", version: 2), reason: "an old one")
                #expect(try harness.status().version(2)?.state == .champion)
            }
            clock.advance(60_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                #expect(try harness.status().champion == 2)
                let page = await harness.engine.history(.versions(deployment: "flights", before: 8, limit: 4))
                guard case .versions(let versions) = page.content else {
                    Issue.record("no page: \(page.content)")
                    return
                }
                #expect(versions.map(\.number) == [7, 6, 5, 4])
                #expect(versions.allSatisfy { !$0.metrics.isEmpty && !$0.gates.isEmpty })
                try await harness.perform(.rollbackToTime(deployment: "flights", time: EngineHarness.may + 1_000))
                let status = try harness.status()
                #expect(status.champion == 1)
                #expect(status.version(2)?.state ?? .withdrawn == .withdrawn)
                let again = await harness.engine.history(.versions(deployment: "flights", before: 3, limit: 9))
                guard case .versions(let old) = again.content else { return }
                #expect(old.map(\.state) == [.withdrawn, .champion])
                #expect(old.first?.served.count == 1)
            }
        }
    }

    @Test("a version whose line was not read at the start is found as soon as somebody asks for it, and no policy acts before all are")
    func asked() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await Self.train(harness)
                for seed in 20...22 as ClosedRange<UInt64> {
                    let order = TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: seed))
                    try await harness.finished(try await harness.perform(.train(order)).job)
                }
                clock.advance(60_000)
                try await harness.perform(.promote(deployment: "flights", version: 12), reason: "the newest")
            }
            clock.advance(60_000)
            // Stopped at once: what answers is known, what is old may not have been read.
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let status = try harness.status()
                #expect(status.champion == 12 && status.lastKnownGood == 1 && status.versionCount == 12)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.perform(.promote(deployment: "flights", version: 3), reason: "an old one")
                #expect(try harness.status().version(3)?.state == .champion)
                await harness.engine.restored()
                try await harness.perform(.rollbackToTime(deployment: "flights", time: EngineHarness.may + 1_000))
                #expect(try harness.status().champion == 1 && harness.status().versionCount == 12)
                let page = await harness.engine.history(.versions(deployment: "flights", before: nil, limit: 99))
                guard case .versions(let versions) = page.content else { return }
                #expect(versions.map(\.number) == (1...12).reversed())
            }
        }
    }

    @Test("of a version whose payload is damaged beneath its line, the page says nothing, the status says what, and the others stay")
    func damaged() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await Self.train(harness)
            }
            let database = try ControlDatabase.open(directory)
            try await database.write { database in
                try database.execute(
                    sql: "UPDATE version SET payload = json_set(payload, '$.metrics', 'none') WHERE deployment = 'flights' AND number = 2")
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                let before = try harness.status()
                #expect(before.versionCount == Self.count)
                let refused = await harness.refusal(.promote(deployment: "flights", version: 2), reason: "why not")
                #expect(refused?.description.contains("flights v2") == true)
                let page = await harness.engine.history(.versions(deployment: "flights", before: nil, limit: 99))
                guard case .versions(let versions) = page.content else { return }
                #expect(!versions.contains { $0.number == 2 })
                #expect(versions.count == Self.count - 1)
                clock.advance(60_000)
                await harness.engine.tick()
                #expect(harness.snapshot.system.damaged.contains { $0.version == 2 })
                let after = try harness.status()
                #expect(after.champion == 1 && after.versionCount == Self.count - 1)
            }
        }
    }
}
