import Engine
import Foundation
import Learning
import Tabular
import Testing

/// How much each column matters, asked of an engine.
@Suite("Importance on demand", .serialized)
struct ImportanceTests {
    /// Asks until it is known or cannot be told.
    private func answer(_ harness: EngineHarness, version: UInt32) async throws -> HistoryContent {
        let began = ContinuousClock.now
        while true {
            let content = await harness.engine.history(.importance(deployment: "flights", version: version)).content
            guard case .importance(nil) = content else { return content }
            guard ContinuousClock.now - began < .seconds(60) else { throw EngineHarness.Missed(what: "the importance of v\(version)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func reason(_ content: HistoryContent) -> String? {
        guard case .failed(let reason) = content else { return nil }
        return reason
    }

    @Test("it is that of the model on its own held-out rows, answered at once while it is figured out and from then on")
    func figures() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(algorithm: "boosted-trees")
            guard case .importance(nil) = await harness.engine.history(.importance(deployment: "flights", version: 1)).content else {
                Issue.record("it was not asked for before")
                return
            }
            guard case .importance(.some(let found)) = try await answer(harness, version: 1) else {
                Issue.record("no importance")
                return
            }
            let version = try #require(try harness.status().versions.first)
            let data = try DataSnapshots.read(hash: version.dataHash, directory: harness.engine.workspace.dataDirectory)
            guard case .model(_, let artefact) = await harness.engine.history(.model(deployment: "flights", version: 1)).content else {
                Issue.record("no model")
                return
            }
            let expected = try Model.decode(Array(artefact)).globalImportance(
                data.rows.split(holdout: 0.2).holdout, seed: version.seed)
            #expect(found == expected && found.entries.count > 5 && found.metric == "auc")
            guard case .importance(.some(let again)) = await harness.engine.history(.importance(deployment: "flights", version: 1)).content
            else {
                Issue.record("it was not kept")
                return
            }
            #expect(again == found)
        }
    }

    @Test("a version that is not there, or whose data is not kept any more, says so")
    func refused() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            #expect(reason(try await answer(harness, version: 9)) == "no such version: flights v9")
            let hash = try #require(try harness.status().versions.first).dataHash
            let path = harness.engine.workspace.dataDirectory + "/\(hash).fbd"
            let kept = try Data(contentsOf: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: path)
            #expect(reason(try await answer(harness, version: 1)) == "the data that it learnt from is not kept any more")
            try Data(kept.dropLast(40)).write(to: URL(fileURLWithPath: path))
            #expect(reason(try await answer(harness, version: 1))?.contains("the snapshot is damaged") == true)
            // A failure is not for ever.
            try kept.write(to: URL(fileURLWithPath: path))
            guard case .importance(.some) = try await answer(harness, version: 1) else {
                Issue.record("no importance with the data back in its place")
                return
            }
        }
    }

    @Test("a version that was learnt label by label has no held-out rows, and says so")
    func online() async throws {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        try await EngineHarness.run(options) { harness in
            let policy = "automation = \"auto\"\n[retrain]\non_drift = false\n[online]\nafter_labels = 300\nevery = \"10m\"\n"
            try await harness.deploy(algorithm: "online-logistic", policy: policy)
            await harness.pass(seconds: 1)
            try await harness.wait("the learner") { $0.deployment("flights")?.online?.rows ?? 0 > 0 }
            try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 350))
            await harness.pass(seconds: 1)
            try await harness.wait("the labels") { $0.deployment("flights")?.online?.learnt == 350 }
            await harness.pass(seconds: 1)
            try await harness.wait("v2") { $0.deployment("flights")?.versions.contains { $0.number == 2 } == true }
            #expect(
                reason(try await answer(harness, version: 2)) == "v2 was learnt label by label: no rows were held out for it")
        }
    }

    @Test("question and answers go over the socket's coding unchanged")
    func coding() throws {
        let query = HistoryQuery.importance(deployment: "flights", version: 3)
        #expect(try JSONDecoder().decode(HistoryQuery.self, from: JSONEncoder().encode(query)) == query)
        let pending = HistoryPage(asOf: 1, content: .importance(nil))
        guard case .importance(nil) = try JSONDecoder().decode(HistoryPage.self, from: JSONEncoder().encode(pending)).content else {
            Issue.record("what is figured out came back as something else")
            return
        }
    }
}
