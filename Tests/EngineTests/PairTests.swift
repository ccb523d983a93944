import Engine
import Foundation
import Learning
import Tabular
import Testing

/// Two versions are set side by side only on rows that neither has learnt.
@Suite("Versions side by side", .serialized)
struct PairTests {
    /// Asks until it is known or cannot be told.
    private func pair(_ harness: EngineHarness, _ first: UInt32, _ second: UInt32) async throws -> PairedComparison {
        let began = ContinuousClock.now
        while true {
            let content = await harness.engine.history(.pair(deployment: "grow", first: first, second: second)).content
            switch content {
            case .pair(.some(let found)): return found
            case .pair(nil): break
            case .failed(let reason): throw EngineHarness.Missed(what: reason)
            default: throw EngineHarness.Missed(what: "a comparison")
            }
            guard ContinuousClock.now - began < .seconds(60) else { throw EngineHarness.Missed(what: "the comparison") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func model(_ harness: EngineHarness, _ version: UInt32) async throws -> Model {
        guard case .model(_, let artefact) = await harness.engine.history(.model(deployment: "grow", version: version)).content else {
            throw EngineHarness.Missed(what: "the model of v\(version)")
        }
        return try Model.decode(Array(artefact))
    }

    /// A champion of 700 rows and a version of 3,000, these among them.
    private func grown(_ harness: EngineHarness, _ directory: String) async throws {
        let rows = FairTable.lines(3_000)
        try FairTable.write(Array(rows.prefix(700)), directory + "/jan.csv")
        try FairTable.write(rows, directory + "/all.csv")
        try await FairTable.deploy(harness, directory + "/jan.csv")
        try await harness.train(TrainOrder(deployment: "grow", path: directory + "/all.csv", training: TrainingRequest(algorithm: "")))
    }

    @Test("without labelled traffic on the later one's held-out rows, as the gate did; the other way round with the other sign")
    func heldOut() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                try await grown(harness, directory)
                let found = try await pair(harness, 1, 2)
                let gate = try #require(try harness.status("grow").versions.first?.pairedFigures)
                #expect(gate.against == 1 && gate.figures == found.figures && gate.rows == found.rows && found.lack == nil)
                #expect(found.figures.map(\.name) == ["auc", "logLoss", "brier", "accuracy", "calibration"])
                #expect(found.source == "\(found.rows) held-out rows of v2 that v1 never learnt")
                let reversed = try await pair(harness, 2, 1)
                #expect(reversed.rows == found.rows)
                // That of the calibration error is drawn.
                for (a, b) in zip(found.figures, reversed.figures).dropLast() {
                    #expect(abs(a.difference + b.difference) < 1e-12 && abs(a.lower + b.upper) < 1e-12)
                }
                await #expect(throws: EngineHarness.Missed.self) { try await pair(harness, 1, 9) }
            }
        }
    }

    @Test("on the newest labelled traffic that came when both were there; what either learnt does not count, though it is sent again")
    func traffic() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run { harness in
                try await grown(harness, directory)
                let schema = try #require(try harness.status("grow").schema)
                func read(_ lines: [String], _ name: String) throws -> LabelledRows {
                    try FairTable.write(lines, directory + "/" + name)
                    return try CSVImport.read(path: directory + "/" + name, schema: schema, from: nil, until: nil).rows
                }
                // What the first one learnt, once more.
                let january = try read(Array(FairTable.lines(3_000).prefix(700)), "known.csv")
                let learnt = january.divided(by: january.standardRule(share: TrainingRequest.standardHoldout)).learning
                let known = january.selecting(Array(learnt.prefix(300)))
                try await harness.label(try await harness.send(known, count: 300, to: "grow"), of: "grow")
                let before = try await pair(harness, 1, 2)
                #expect(!before.source.contains("traffic") && before.rows > 0, "\(before.source)")
                let fresh = try read(FairTable.lines(400, seed: 77), "fresh.csv")
                try await harness.label(try await harness.send(fresh, count: 400, to: "grow"), of: "grow")
                // Other versions, so that nothing is remembered: the order of both is part of it.
                let found = try await pair(harness, 2, 1)
                #expect(found.source.hasSuffix("labelled rows of traffic since v2 was made"), "\(found.source)")
                #expect(found.rows == 400)
                let expected = Evaluation.paired(
                    first: try await model(harness, 2).scores(of: fresh), second: try await model(harness, 1).scores(of: fresh),
                    targets: fresh.targets, task: .binary)
                #expect(zip(found.figures, expected).allSatisfy { abs($0.difference - $1.difference) < 1e-9 })
            }
        }
    }

    @Test("where there are no such rows it says so, for each kind of row, and subtracts nothing")
    func none() async throws {
        try await EngineHarness.withDirectory { directory in
            try FairTable.write(FairTable.lines(1_000), directory + "/all.csv")
            try await EngineHarness.run { harness in
                try await FairTable.deploy(harness, directory + "/all.csv")
                var training = TrainingRequest(algorithm: "")
                // It learns nearly all rows that judged the other one.
                training.holdout = 0.02
                try await harness.train(TrainOrder(deployment: "grow", path: directory + "/all.csv", training: training))
                let found = try await pair(harness, 1, 2)
                let lack = try #require(found.lack)
                #expect(found.figures.isEmpty && found.rows == 0)
                #expect(lack.contains("there are no labelled rows of traffic since v2 was made"), "\(lack)")
                #expect(lack.contains("held-out rows of v2 v1 never learnt"), "\(lack)")
            }
        }
    }
}
