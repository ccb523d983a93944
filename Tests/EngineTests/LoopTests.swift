import Engine
import Learning
import Store
import Tabular
import Testing

/// The loop by hand: deploy, serve, label, learn from traffic, promote, roll back.
@Suite("The loop", .serialized)
struct LoopTests {
    @Test("a deployed file becomes a champion that answers, with its gates and its journal rows")
    func deploy() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let status = try harness.status()
            #expect(status.state == .live)
            #expect(harness.plane.champions("flights") == [1, 1])
            let version = try #require(status.versions.first)
            #expect(version.blessed)
            #expect(
                version.gates.map(\.name) == [
                    "load", "golden inference", "metric against the baseline", "probabilities against the constant", "data checks",
                ])
            #expect(version.metric("auc").map { $0.value > 0.55 } == true)
            let verbs = try await harness.journal().map(\.entry.verb)
            #expect(verbs == ["deploy", "trained", "promote"])
            let answer = try #require(
                harness.plane.predict("flights", row: Array(try harness.rows().features.prefix(status.schema?.width ?? 0))))
            #expect(answer.version == 1)
            #expect((0...1).contains(answer.score))
        }
    }

    @Test("a version learns from labelled traffic and the import, is promoted, and a roll back withdraws it")
    func turn() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 1_200)
            #expect(served.count == 1_200)
            let results = try await harness.label(served)
            #expect(results.allSatisfy { $0 == .accepted })
            let job = try await harness.train(
                TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "")), by: EngineHarness.oncall)
            #expect(job.state == .done, "\(job.error ?? "")")
            let second = try #require(try harness.status().versions.first)
            #expect(second.number == 2)
            #expect(second.source.hasPrefix("1200 labelled rows of traffic and import "))
            #expect(second.gates.map(\.name).contains("against the champion"))
            #expect(second.blessed, "\(second.gates)")
            #expect(try harness.status().champion == 1)
            let promoted = try await harness.perform(
                .promote(deployment: "flights", version: 2), by: EngineHarness.oncall, expected: ExpectedState(champion: 1, state: .live),
                reason: "better on May")
            #expect(promoted.summary == "v2 answers instead of v1")
            #expect(promoted.inverse == .rollback(deployment: "flights", to: nil))
            #expect(harness.plane.champions("flights") == [2, 2])
            #expect(try harness.status().lastKnownGood == 1)
            let back = try await harness.perform(.rollback(deployment: "flights", to: nil), by: EngineHarness.oncall, reason: "worse")
            #expect(back.version == 1)
            #expect(harness.plane.champions("flights") == [1, 1])
            #expect(try harness.status().versions.first { $0.number == 2 }?.state == .withdrawn)
        }
    }
}
