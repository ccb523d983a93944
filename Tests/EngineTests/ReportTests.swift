import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// What stays of a training beside its model.
@Suite("Reports and data of versions", .serialized)
struct ReportTests {
    @Test("a training leaves calibration, slices, its curve and the baseline, and a restart keeps them")
    func report() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            for round in 0..<2 {
                let harness = try await EngineHarness.start(in: directory, clock: clock)
                if round == 0 { try await harness.deploy(algorithm: "boosted-trees") }
                guard case .report(let report) = await harness.engine.history(.report(deployment: "flights", version: 1)).content else {
                    Issue.record("no report")
                    return
                }
                #expect(report.calibration?.points.count == 10)
                #expect(report.slices.contains { $0.feature == "carrier" && $0.n >= 30 })
                #expect(!report.curve.isEmpty && report.curve.count <= 200)
                #expect(report.baseline.contains { $0.name == "auc" && $0.value == 0.5 })
                guard case .failed(let reason) = await harness.engine.history(.report(deployment: "flights", version: 9)).content else {
                    Issue.record("a version that is not there has a report")
                    return
                }
                #expect(reason == "no such version: flights v9")
                await harness.engine.shutdown()
            }
        }
    }

    @Test("what a version learnt from traffic can be read again, row for row, under the hash that the version names")
    func trafficData() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 300))
            try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 3)))
            let version = try #require(try harness.status().versions.first { $0.number == 2 })
            let data = try DataSnapshots.read(hash: version.dataHash, directory: harness.engine.workspace.dataDirectory)
            let again = try Training.run(
                data.rows, request: TrainingRequest(algorithm: "logistic", settings: version.settings, seed: 3), hooks: TrainingHooks())
            guard case .model(_, let artefact) = await harness.engine.history(.model(deployment: "flights", version: 2)).content else {
                Issue.record("no model")
                return
            }
            #expect(again.artefact == Array(artefact))
        }
    }

    @Test("data that no recent version learnt from is deleted, when it is old; what is young or in use stays")
    func pruning() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let directory = harness.engine.workspace.dataDirectory
            let used = directory + "/" + (try #require(try harness.status().versions.first)).dataHash + ".fbd"
            let old = directory + "/" + String(repeating: "a", count: 64) + ".fbd"
            let young = directory + "/" + String(repeating: "b", count: 64) + ".fbd"
            let past = Date(timeIntervalSinceNow: -7_200)
            for path in [old, young] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
            for path in [old, used] { try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path) }
            try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 300))
            try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic")))
            try await harness.wait("the old one is gone") { _ in !FileManager.default.fileExists(atPath: old) }
            #expect(FileManager.default.fileExists(atPath: young) && FileManager.default.fileExists(atPath: used))
        }
    }

    @Test("a version records how long each stage of its job took, also after a restart")
    func stages() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            var before: [String: Double] = [:]
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                before = try #require(try harness.status().versions.first?.stageSeconds)
                #expect(Set(before.keys) == ["reading", "training", "gates and reference"])
                #expect(before.values.filter { $0 <= 0 } == [])
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let after = try harness.status().versions.first?.stageSeconds
                #expect(after == before)
            }
        }
    }

    @Test("a version that is the champion bit for bit is not advised: there is nothing to promote")
    func sameBits() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            func train(_ settings: [String: String]) async throws {
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, until: EngineHarness.may,
                        training: TrainingRequest(algorithm: "logistic", settings: settings)))
            }
            try await train([:])
            let versions = try harness.status().versions
            #expect(versions.map(\.number) == [2, 1])
            #expect(versions.first?.artefactHash == versions.last?.artefactHash)
            #expect(try harness.status().advised == nil)
            try await train(["l2": "5"])
            #expect(try harness.status().advised == 3)
        }
    }
}
