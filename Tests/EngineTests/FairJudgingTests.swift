import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// Versions are judged on rows that neither they nor their rival have learnt.
@Suite("Fair judging", .serialized)
struct FairJudgingTests {
    private func table(_ count: Int, seed: UInt64 = 5) -> [String] { FairTable.lines(count, seed: seed) }

    private func write(_ lines: [String], _ path: String) throws { try FairTable.write(lines, path) }

    private func deploy(_ harness: EngineHarness, _ path: String, policy: String? = nil) async throws {
        try await FairTable.deploy(harness, path, policy: policy)
    }

    private func comparison(_ harness: EngineHarness) throws -> GateResult {
        try #require(try harness.status("grow").versions.first?.gates.first { $0.name == "against the champion" })
    }

    @Test("a retraining with more rows is set beside the champion on rows that neither has learnt, and passes")
    func grows() async throws {
        try await EngineHarness.withDirectory { directory in
            let rows = table(3_000)
            try write(Array(rows.prefix(700)), directory + "/jan.csv")
            try write(rows, directory + "/all.csv")
            try await EngineHarness.run { harness in
                try await deploy(harness, directory + "/jan.csv")
                try await harness.train(
                    TrainOrder(deployment: "grow", path: directory + "/all.csv", training: TrainingRequest(algorithm: "")))
                let gate = try comparison(harness)
                #expect(gate.passed && gate.detail.hasPrefix("auc +"), "\(gate.detail)")
                #expect(gate.detail.contains(" held out that v1 never learnt"), "\(gate.detail)")
            }
        }
    }

    @Test("a candidate whose held-out rows the champion learnt waits, is not called worse, and no policy promotes it")
    func nothingFair() async throws {
        try await EngineHarness.withDirectory { directory in
            let rows = table(1_000)
            try write(Array(rows.prefix(150)), directory + "/few.csv")
            try write(rows, directory + "/all.csv")
            try await EngineHarness.run { harness in
                try await deploy(harness, directory + "/all.csv", policy: "automation = \"auto\"\n")
                // Its own rows are 30 of those that the champion holds out, or fewer.
                var training = TrainingRequest(algorithm: "")
                training.holdout = 0.1
                try await harness.train(TrainOrder(deployment: "grow", path: directory + "/few.csv", training: training))
                let version = try #require(try harness.status("grow").versions.first)
                let gate = try comparison(harness)
                #expect(!gate.passed && gate.undecided && !gate.refuses && gate.verdict == "undecided")
                #expect(gate.detail.contains("not enough data to compare: it waits for rows that v1 has not learnt"), "\(gate.detail)")
                if !version.gates.contains(where: \.refuses) {
                    #expect(version.state == .candidate && version.blessed)
                    let row = try #require(try await harness.journal().last { $0.entry.verb == "trained" })
                    #expect(row.entry.summary.hasPrefix("v2 waits: against the champion: v1 never learnt"), "\(row.entry.summary)")
                }
                #expect(try harness.status("grow").champion == 1)
            }
        }
    }

    @Test("labelled traffic: rows that the champion learnt as traffic do not judge its successor")
    func traffic() async throws {
        try await EngineHarness.withDirectory { directory in
            let rows = table(1_600, seed: 8)
            try write(Array(rows.prefix(600)), directory + "/import.csv")
            try await EngineHarness.run { harness in
                try await deploy(harness, directory + "/import.csv")
                try write(Array(rows[600...]), directory + "/traffic.csv")
                let schema = try #require(try harness.status("grow").schema)
                let all = try CSVImport.read(path: directory + "/traffic.csv", schema: schema, from: nil, until: nil).rows
                for part in [0..<500, 500..<1_000] {
                    let served = try await harness.send(all.selecting(Array(part)), count: 500, to: "grow")
                    try await harness.label(served, of: "grow")
                    try await harness.train(TrainOrder(deployment: "grow", training: TrainingRequest(algorithm: "")))
                    let newest = try #require(try harness.status("grow").versions.first)
                    let gate = try comparison(harness)
                    #expect(gate.passed || gate.undecided, "\(gate.detail)")
                    #expect(newest.split?.rule.kind == .stratified)
                    if newest.blessed { try await harness.perform(.promote(deployment: "grow", version: newest.number)) }
                }
            }
        }
    }

    @Test("a rare class copied eighty times is judged on rows that were not learnt, and the copies are said")
    func oversampled() async throws {
        try await EngineHarness.withDirectory { directory in
            let all = table(1_000, seed: 9)
            let rare = all.filter { $0.hasSuffix("yes") }.prefix(30)
            let lines = all.filter { $0.hasSuffix("no") } + (0..<80).flatMap { _ in rare }
            try write(lines, directory + "/over.csv")
            try await EngineHarness.run { harness in
                let order = DeployOrder(
                    name: "over", path: directory + "/over.csv", options: ImportOptions(target: "y", positive: "yes"),
                    training: TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "60"]))
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                let version = try #require(try harness.status("over").versions.first)
                let area = try #require(version.metric("auc"))
                #expect(area.value < 0.9, "\(area.value)")
                let gate = try #require(version.gates.first { $0.name == "data checks" })
                #expect(gate.passed && gate.warning, "\(gate.detail)")
                #expect(gate.detail.contains("repeat another one exactly: copies are judged or learnt together"), "\(gate.detail)")
            }
        }
    }

    @Test("noise whose positive rows are copied four times does not pass, though it would if each copy counted")
    func copiedNoise() async throws {
        try await EngineHarness.withDirectory { directory in
            var random = GateTests.SplitMix(state: 31)
            let lines = (0..<500).flatMap { row in
                let line = "\((random.unit() * 100_000).rounded() / 1_000)," + (row < 100 ? "yes" : "no")
                return [String](repeating: line, count: row < 100 ? 4 : 1)
            }
            try (["x,y"] + lines).joined(separator: "\n").write(toFile: directory + "/noise.csv", atomically: true, encoding: .utf8)
            try await EngineHarness.run { harness in
                let order = DeployOrder(
                    name: "noise", path: directory + "/noise.csv", options: ImportOptions(target: "y", positive: "yes"),
                    training: TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "30"]))
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                let version = try #require(try harness.status("noise").versions.first)
                let gate = try #require(version.gates.first { $0.name == "metric against the baseline" })
                #expect(gate.refuses && gate.detail.contains("not surely better than"), "\(gate.detail)")
                #expect(try #require(version.metric("auc")).interval == "DeLong 95 %, copies counted once")
            }
        }
    }
}
