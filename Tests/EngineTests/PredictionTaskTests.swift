import Engine
import Foundation
import Learning
import Store
import Tabular
import Testing

/// Explanations of every kind of target, of wide rows, and by the client's own ids.
@Suite("Explanations of logged predictions by task", .serialized)
struct PredictionTaskTests {
    private func explain(_ harness: EngineHarness, _ name: String, _ id: String) async throws -> PredictionExplanation {
        let content = await harness.engine.history(.explanation(deployment: name, id: id)).content
        guard case .explanation(let found) = content else { throw EngineHarness.Missed(what: "an explanation: \(content)") }
        return found
    }

    /// Logs rows with the scores that the deployment's model gives them; returns the scores of each.
    private func logged(_ rows: LabelledRows, _ harness: EngineHarness) async throws -> [(id: RowID, scores: [Double])] {
        guard case .model(_, let artefact) = await harness.engine.history(.model(deployment: "flights", version: nil)).content else {
            throw EngineHarness.Missed(what: "the model")
        }
        let predictor = try Model.decode(Array(artefact)).predictor(categories: rows.categories)
        var block = TrafficBlock(deployment: "flights", width: rows.schema.width, outputs: predictor.outputs)
        block.scores = [Double](repeating: 0, count: rows.count * predictor.outputs)
        block.features = rows.features
        block.scores.withUnsafeMutableBufferPointer { scores in
            rows.features.withUnsafeBufferPointer { features in
                guard let source = features.baseAddress, let target = scores.baseAddress else { return }
                predictor.predict(rows: source, count: rows.count, into: target)
            }
        }
        for row in 0..<rows.count {
            block.ids.append(RowID(base: PredictionID(epoch: 1, loop: 5, sequence: UInt64(row)), row: 0))
            block.times.append(harness.clock.clock.milliseconds())
            block.versions.append(1)
            block.arms.append(.champion)
            block.latencies.append(1_000)
        }
        let store = try TelemetryStore(
            directory: harness.engine.workspace.storeDirectory, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
        try store.append([block])
        let outputs = predictor.outputs
        return block.ids.enumerated().map { ($1, Array(block.scores[($0 * outputs)..<(($0 + 1) * outputs)])) }
    }

    @Test(
        "several classes explain the likeliest one, numbers themselves, and both add up within 1e-4",
        arguments: [("origin", PredictionTask.multiclass), ("distance", .regression)])
    func tasks(target: String, task: PredictionTask) async throws {
        try await EngineHarness.run { harness in
            var order = EngineHarness.order(algorithm: "boosted-trees")
            order.options = ImportOptions(
                target: target, task: task, timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay", "late"],
                until: EngineHarness.may)
            try await harness.finished(try await harness.perform(.deploy(order)).job)
            for (id, scores) in try await logged(try harness.rows(from: EngineHarness.may).selecting([0, 70, 200]), harness) {
                let found = try await explain(harness, "flights", id.text)
                #expect(found.failure == nil && found.row.scores == scores && found.outputs.count == scores.count)
                #expect(found.answers == [.init(version: 1, role: .champion, scores: scores)])
                for (index, output) in found.outputs.enumerated() {
                    let sum = found.parts.reduce(output.base) { $0 + $1.contributions[index] }
                    #expect(abs(sum - output.score) < 1e-9 * max(1, abs(sum)))
                    if task == .multiclass {
                        #expect(abs(try #require(output.probability) - scores[index]) < 1e-4)
                        #expect(output.name == found.target.classes[index])
                    } else {
                        #expect(output.probability == nil)
                        #expect(abs(sum - scores[index]) < 1e-4 * max(1, abs(sum)))
                    }
                }
                #expect(scores[found.main] == scores.max())
                let sizes = found.parts.map { abs($0.contributions[found.main]) }
                #expect(sizes == sizes.sorted(by: >))
            }
        }
    }

    @Test("a wide deployment gets fewer rows a page, and an explanation lists the strongest columns and sums the others")
    func wide() async throws {
        try await EngineHarness.withDirectory { directory in
            let columns = 520
            var state: UInt64 = 17
            func next() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 40) / Double(1 << 24)
            }
            var lines = [(["y"] + (0..<columns).map { "c\($0)" }).joined(separator: ",")]
            for _ in 0..<1_000 {
                let row = (0..<columns).map { _ in next() }
                let isTrue = row[0] + row[1] + row[2] + 0.3 * next() > 1.65
                lines.append(([isTrue ? "yes" : "no"] + row.map { "\(($0 * 1_000).rounded() / 1_000)" }).joined(separator: ","))
            }
            let path = directory + "/wide.csv"
            try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            try await EngineHarness.run(in: directory, clock: ManualClock(EngineHarness.may)) { harness in
                let order = DeployOrder(
                    name: "wide", path: path, options: ImportOptions(target: "y", positive: "yes"),
                    training: TrainingRequest(algorithm: "logistic"), policy: nil)
                try await harness.finished(try await harness.perform(.deploy(order)).job)
                var answers: [FakePlane.Answer] = []
                for index in 0..<250 {
                    let row = (0..<columns).map { _ in next() }
                    answers.append(try #require(harness.plane.predict("wide", row: row, clientID: "order-\(index)")))
                }
                await harness.engine.flushed()
                let query = HistoryQuery.predictions(deployment: "wide", upTo: nil, limit: 1_000)
                guard case .predictions(let page) = await harness.engine.history(query).content else {
                    Issue.record("no page")
                    return
                }
                // 100,000 values a page.
                #expect(page.rows.count == 192 && page.hasOlder)
                // By the request's own id as well.
                for id in [answers[7].id, "order-7"] {
                    let found = try await explain(harness, "wide", id)
                    #expect(found.row.id.text == answers[7].id && found.row.clientID == "order-7")
                    #expect(found.parts.count == PredictionExplanation.featureLimit && found.unlisted == 20)
                    let output = try #require(found.outputs.first)
                    #expect(output.others != 0)
                    let sum = found.parts.reduce(output.base + output.others) { $0 + $1.contributions[0] }
                    #expect(abs(sum - output.score) < 1e-9)
                    #expect(abs(output.score - log(answers[7].score / (1 - answers[7].score))) < 1e-4)
                }
            }
        }
    }
}
