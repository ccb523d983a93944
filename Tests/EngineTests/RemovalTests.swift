import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// A deployment that is taken away.
@Suite("Removing a deployment", .serialized)
struct RemovalTests {
    /// Rows that a store holds of a deployment, by table.
    private static func rows(_ directory: String, _ store: String, _ tables: [String]) async throws -> [String: Int] {
        let database = try ControlDatabase.open(directory, store)
        return try await database.read { database in
            try Dictionary(
                uniqueKeysWithValues: tables.map {
                    ($0, try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0) WHERE deployment = 'flights'") ?? 0)
                })
        }
    }

    @Test(
        "it answers no more, its versions, traffic and labels go from every store, the journal stays, and its numbers are never used again")
    func remove() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.deploy("other")
                try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 200))
                try await harness.perform(.freeze(deployment: "flights", scope: .learning))
                let before = try await Self.rows(directory, "telemetry", ["block"])
                #expect(before["block"] ?? 0 > 0)
                let receipt = try await harness.perform(.remove(deployment: "flights"), reason: "moved")
                #expect(receipt.summary == "removed flights with its 1 version, its policy, its traffic and its labels")
                #expect(receipt.inverse == nil)
                #expect(harness.plane.champions("flights") == [nil, nil])
                #expect(harness.snapshot.deployments.map(\.name) == ["other"])
                #expect(harness.snapshot.frozen.isEmpty)
                try await harness.cleared()
                #expect(
                    try await Self.rows(directory, "telemetry", ["block", "client", "category", "series"]).values.allSatisfy { $0 == 0 })
                #expect(try await Self.rows(directory, "labels", ["label", "correction", "tally"]).values.allSatisfy { $0 == 0 })
                #expect(try await Self.rows(directory, "control", ["version", "policy", "freeze"]).values.allSatisfy { $0 == 0 })
                #expect(try await harness.journal().contains { $0.entry.deployment == "flights" && $0.entry.verb == "promote" })
                let gone = await harness.refusal(.promote(deployment: "flights", version: 1))
                #expect(gone == .notFound(kind: "deployment", name: "flights", nearest: nil))
                // The other one has its own model, though it is the same bytes.
                let row = Array(try harness.rows("other").features.prefix(try harness.rows("other").schema.width))
                #expect(harness.plane.predict("other", row: row) != nil)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                await harness.engine.restored()
                #expect(harness.snapshot.deployments.map(\.name) == ["other"])
                #expect(try harness.status("other").state == .live)
                let job = try await harness.perform(.deploy(EngineHarness.order())).job
                try await harness.finished(job)
                #expect(try harness.status().champion == 2)
            }
        }
    }

    @Test("a first import that failed can be removed")
    func failedImport() async throws {
        try await EngineHarness.run { harness in
            try await harness.finished(try await harness.perform(.deploy(EngineHarness.order(path: "/nowhere.csv"))).job)
            try await harness.perform(.remove(deployment: "flights"))
            #expect(harness.snapshot.deployments.isEmpty)
            #expect(harness.snapshot.alerts.allSatisfy { $0.state == .resolved })
        }
    }

    @Test("its waiting and running jobs are cancelled first, and what one of them still makes is discarded")
    func jobs() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let order = TrainOrder(
                deployment: "flights", path: EngineHarness.flights,
                training: TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "400"]))
            let running = try await harness.perform(.train(order)).job
            let waiting = try await harness.perform(.train(order)).job
            try await harness.wait("the training") { $0.jobs.first { $0.id == running }?.state == .running }
            try await harness.perform(.remove(deployment: "flights"))
            for id in [running, waiting] {
                let job = try #require(harness.snapshot.jobs.first { $0.id == id })
                #expect(job.state == .cancelled)
                #expect(job.error == "flights was removed")
            }
            try await harness.cleared()
            // The thread that trained it notices, and is free for others.
            try await harness.deploy("other")
            #expect(harness.snapshot.deployments.map(\.name) == ["other"])
            #expect(try await harness.journal().count { $0.entry.verb == "trained" && $0.entry.deployment == "flights" } == 1)
        }
    }

    @Test("a freeze of traffic holds a removal back, and the name cannot be used before everything of it is gone")
    func refusals() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.perform(.freeze(deployment: "flights", scope: .traffic), by: EngineHarness.oncall)
            let frozen = await harness.refusal(.remove(deployment: "flights"))
            #expect(frozen == .refused(what: "traffic is frozen by oncall (uid 1001)", advice: "unfreeze it first"))
            let role = await harness.refusal(.remove(deployment: "flights"), by: EngineHarness.oncall)
            #expect(role == .notAuthorised(verb: "remove", needs: .admin, has: .operator))
        }
    }
}

extension EngineHarness {
    /// Waits until the name of a removed deployment can be used again.
    func cleared(_ name: String = "flights") async throws {
        for _ in 0..<200 {
            let refusal = await refusal(.deploy(Self.order(name, path: "relative.csv")))
            if refusal?.description.contains("is being removed") != true { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Missed(what: "the end of \(name)")
    }
}
