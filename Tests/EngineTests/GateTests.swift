import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// Gates on data made for them.
@Suite("Gates", .serialized)
struct GateTests {
    /// A table of 1,000 rows with a usable feature `x`, and one more column.
    private func deploy(
        _ harness: EngineHarness, _ directory: String, column: (Int, Bool, inout SplitMix) -> String, task: PredictionTask = .binary
    ) async throws -> DeploymentStatus {
        var random = SplitMix(state: 11)
        var lines = ["x,extra,y"]
        for row in 0..<1_000 {
            let x = random.unit()
            let isPositive = random.unit() < 0.2 + 0.6 * x
            let y = task == .binary ? (isPositive ? "yes" : "no") : "\(10 * x + random.unit() * 5)"
            lines.append("\(x),\(column(row, isPositive, &random)),\(y)")
        }
        let path = directory + "/table.csv"
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let order = DeployOrder(
            name: "table", path: path, options: ImportOptions(target: "y", task: task, positive: task == .binary ? "yes" : nil),
            training: TrainingRequest(algorithm: "boosted-trees"))
        try await harness.finished(try await harness.perform(.deploy(order)).job)
        return try harness.status("table")
    }

    private func check(_ column: (Int, Bool, inout SplitMix) -> String) async throws -> GateResult {
        var result: GateResult?
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                result = try await deploy(harness, directory, column: column).versions.first?.gates.first { $0.name == "data checks" }
            }
        }
        return try #require(result)
    }

    struct SplitMix {
        var state: UInt64
        mutating func unit() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Double((mixed ^ (mixed >> 31)) >> 11) / 9_007_199_254_740_992
        }
    }

    @Test("harmless columns pass")
    func harmless() async throws {
        let result = try await check { _, _, random in "\(random.unit())" }
        #expect(result.passed && result.detail == "no feature of 2 gives the target away, is empty or constant", "\(result.detail)")
    }

    @Test("a number that is the target in disguise is refused by name, whichever way round it points")
    func leakingNumber() async throws {
        for sign in [1.0, -1.0] {
            let result = try await check { _, isPositive, random in "\(sign * (isPositive ? 5 : 1) + random.unit())" }
            #expect(!result.passed)
            #expect(result.detail.hasPrefix("column extra alone tells the target: auc 1.0 on 1000 rows: exclude it"), "\(result.detail)")
        }
    }

    @Test("a column that gives the target away passes where a person allows it with a reason, which the journal keeps, later ones too")
    func allowed() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                var random = SplitMix(state: 11)
                let lines = (0..<400).map { _ in
                    let x = random.unit()
                    let isPositive = random.unit() < x
                    return
                        "\(x),\((isPositive ? 5 : 1) + random.unit()),\((isPositive ? 2 : 0) + random.unit()),\(isPositive ? "yes" : "no")"
                }
                let path = directory + "/leak.csv"
                try (["x,one,two,y"] + lines).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
                var order = DeployOrder(
                    name: "leak", path: path, options: ImportOptions(target: "y", positive: "yes"),
                    training: TrainingRequest(algorithm: "logistic"))
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                let refused = try #require(try harness.status("leak").versions.first?.gates.last)
                #expect(refused.refuses && refused.detail.contains("column one ") && refused.detail.contains("column two "))
                order.name = "allowed"
                order.training.allowedLeakage = ["one", "two"]
                guard case .invalid(let what, _) = await harness.refusal(.deploy(order)) else {
                    throw EngineHarness.Missed(what: "a refusal")
                }
                #expect(what == "allow-leakage without a reason")
                try await harness.finished(try await harness.perform(.deploy(order), reason: "measured before the call").job)
                #expect(try harness.status("allowed").champion != nil)
                let row = try #require(try await harness.journal().last { $0.entry.verb == "deploy" })
                #expect(row.entry.details.contains("one, two") && row.entry.reason == "measured before the call")
                try await harness.train(TrainOrder(deployment: "allowed", path: path, training: TrainingRequest(algorithm: "")))
                let next = try #require(try harness.status("allowed").versions.first)
                #expect(next.allowedLeakage == ["one", "two"] && next.gates.last?.passed == true)
            }
        }
    }

    @Test("a word that is the target in disguise is refused, and so is one that is only missing when the target is negative")
    func leakingWords() async throws {
        let word = try await check { _, isPositive, random in (isPositive ? "late" : "punctual") + "\(Int(random.unit() * 3))" }
        #expect(!word.passed && word.detail.hasPrefix("column extra alone tells the target: auc"), "\(word.detail)")
        let gap = try await check { _, isPositive, random in isPositive ? "\(random.unit())" : "" }
        #expect(!gap.passed && gap.detail.hasPrefix("column extra alone tells the target: auc"), "\(gap.detail)")
    }

    @Test("a strong feature is remarked on and passes")
    func strong() async throws {
        let result = try await check { _, isPositive, random in "\((isPositive ? 1 : 0) + random.unit() * 1.5)" }
        #expect(result.passed && result.warning)
        #expect(result.detail.hasPrefix("column extra alone tells the target: auc 0.9"), "\(result.detail)")
    }

    @Test("many rare words do not tell on themselves")
    func rareWords() async throws {
        let result = try await check { row, _, _ in "w\(row % 400)" }
        #expect(result.passed, "\(result.detail)")
    }

    @Test("a constant column passes with a remark when nothing relies on it")
    func constant() async throws {
        let result = try await check { _, _, _ in "3" }
        #expect(result.passed && result.detail == "extra never varies", "\(result.detail)")
    }

    @Test("a feature that the champion relies on and that went empty or constant in the new data is refused")
    func broken() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                _ = try await deploy(harness, directory) { _, _, random in "\(random.unit())" }
                #expect(try harness.status("table").champion == 1)
                for (value, fault) in [("", "x has no value in any row, but had for v1"), ("0.5", "x never varies, but v1 relies on it")] {
                    var random = SplitMix(state: 12)
                    let rows = (0..<1_000).map { _ in "\(value),\(random.unit()),\(random.unit() < 0.5 ? "yes" : "no")" }
                    let path = directory + "/broken.csv"
                    try (["x,extra,y"] + rows).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
                    try await harness.train(
                        TrainOrder(deployment: "table", path: path, training: TrainingRequest(algorithm: "boosted-trees")))
                    let version = try #require(try harness.status("table").versions.first)
                    #expect(version.state == .refused)
                    let gate = try #require(version.gates.first { $0.name == "data checks" })
                    #expect(!gate.passed && gate.detail.hasPrefix(fault), "\(gate.detail)")
                }
                #expect(try harness.status("table").champion == 1)
            }
        }
    }

    /// Deploys lines as they are; the gate that looks at the data.
    private func checkLines(_ lines: [String], time: String? = nil) async throws -> GateResult {
        var result: GateResult?
        try await EngineHarness.withDirectory { directory in
            let path = directory + "/lines.csv"
            try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let order = DeployOrder(
                name: "lines", path: path, options: ImportOptions(target: "y", task: .binary, positive: "yes", timeColumn: time),
                training: TrainingRequest(algorithm: "boosted-trees"))
            try await EngineHarness.run { harness in
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                result = try harness.status("lines").versions.first?.gates.first { $0.name == "data checks" }
            }
        }
        return try #require(result)
    }

    /// Rows of noise: nothing but a copy tells the answer.
    private func noise(_ count: Int, seed: UInt64) -> [String] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in "\(random.unit()),\(Int(random.unit() * 4)),\(random.unit() < 0.5 ? "yes" : "no")" }
    }

    @Test("copies stand on one side, and that is said: 200 rows of noise ten times over have nothing to be learnt by heart")
    func repeated() async throws {
        let rows = noise(200, seed: 3)
        let result = try await checkLines(["x,z,y"] + (0..<10).flatMap { _ in rows })
        #expect(result.passed && result.warning)
        #expect(
            result.detail.hasPrefix("1800 of 2000 rows (90 %) repeat another one exactly: copies are judged or learnt together"),
            "\(result.detail)")
    }

    @Test("rows that the hold-out has learnt by heart are refused: copies of another day, where time divides")
    func repeatedInTime() async throws {
        let rows = noise(200, seed: 3)
        let lines = (0..<10).flatMap { _ in rows }.map { "2024-01-01T00:00:00Z,\($0)" }
        let result = try await checkLines(["t,x,z,y"] + lines, time: "t")
        #expect(!result.passed && !result.warning)
        #expect(result.detail.hasPrefix("1800 of 2000 rows (90 %) repeat another one exactly, and "), "\(result.detail)")
        #expect(result.detail.hasSuffix(" held-out ones were learnt from: drop the copies from the data"))
    }

    @Test("a few copies are a warning, fewer than one in a hundred nothing", arguments: [(60, true), (5, false)])
    func fewRepeats(copies: Int, isSaid: Bool) async throws {
        let rows = noise(1_000, seed: 4)
        let result = try await checkLines(["x,z,y"] + rows + rows.prefix(copies))
        #expect(result.passed && result.warning == isSaid, "\(result.detail)")
        #expect(result.detail.hasPrefix("60 of 1060 rows (5.66 %) repeat another one exactly") == isSaid, "\(result.detail)")
    }

    @Test("words of few values repeat by themselves: that is no fault, and nothing is said")
    func coincidence() async throws {
        var random = SplitMix(state: 5)
        let rows = (0..<2_000).map { _ in
            let (a, b) = (Int(random.unit() * 5), Int(random.unit() * 8))
            return "a\(a),b\(b),\(random.unit() < 0.1 + 0.2 * Double(a) ? "yes" : "no")"
        }
        let result = try await checkLines(["a,b,y"] + rows)
        #expect(result.passed && !result.warning, "\(result.detail)")
    }

    @Test("a state that recurs by nature, such as a machine at rest, is a warning and no fault")
    func rest() async throws {
        var random = SplitMix(state: 6)
        let rows = (0..<1_500).map { row in
            row % 3 == 0 ? "0,0,no" : "\(random.unit()),\(random.unit()),\(random.unit() < 0.7 ? "yes" : "no")"
        }
        let result = try await checkLines(["x,z,y"] + rows)
        #expect(result.passed && result.warning && result.detail.hasPrefix("499 of 1500 rows"), "\(result.detail)")
    }

    @Test("a result without the word on warnings, as earlier releases stored it, has none")
    func earlierResults() throws {
        let stored = Data(#"{"name":"load","passed":true,"detail":"fine"}"#.utf8)
        let result = try JSONDecoder().decode(GateResult.self, from: stored)
        #expect(!result.warning && result.verdict == "passed")
        let warning = GateResult(name: "data checks", passed: true, detail: "look", warning: true)
        #expect(try JSONDecoder().decode(GateResult.self, from: try JSONEncoder().encode(warning)) == warning)
        #expect(warning.verdict == "warning")
    }

    @Test("a regression is gated by its error against the mean's")
    func regression() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                let status = try await deploy(harness, directory, column: { _, _, random in "\(random.unit())" }, task: .regression)
                #expect(status.champion == 1)
                #expect(status.versions.first?.gates.first { $0.name == "metric against the baseline" }?.detail.hasPrefix("rmse ") == true)
            }
        }
    }

    @Test("a version that was judged on one row of a class proves nothing, even where it is right")
    func fewOfAClass() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                // Six positives of sixty, one or two of them held out; x gives them away.
                let lines = (0..<60).map { row in
                    let isPositive = row % 10 == 9
                    return "\(isPositive ? 2 + Double(row) / 100 : Double(row % 10) / 10),\(isPositive ? "yes" : "no")"
                }
                let path = directory + "/few.csv"
                try (["x,y"] + lines).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
                let order = DeployOrder(
                    name: "few", path: path, options: ImportOptions(target: "y", task: .binary, positive: "yes"),
                    training: TrainingRequest(algorithm: "logistic"))
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                let version = try #require(try harness.status("few").versions.first)
                #expect(version.state == .refused)
                let gate = try #require(version.gates.first { $0.name == "metric against the baseline" })
                #expect(!gate.passed)
                #expect(
                    gate.detail.hasSuffix(
                        "on 12 held-out rows proves nothing: a class has fewer than 5 of them: hold out more, or give more data"),
                    "\(gate.detail)")
            }
        }
    }

    @Test("a version that knows no more than the baseline is refused, and the deployment answers nothing")
    func baseline() async throws {
        try await EngineHarness.run { harness in
            let receipt = try await harness.perform(.deploy(EngineHarness.order("plain", algorithm: "baseline")))
            try await harness.finished(receipt.job)
            let status = try harness.status("plain")
            #expect(status.state == .empty && status.champion == nil)
            #expect(status.versions.first?.state == .refused)
            let gate = try #require(status.versions.first?.gates.first { !$0.passed })
            #expect(gate.name == "metric against the baseline")
        }
    }
}
