import Foundation
import Learning
import Tabular
import Testing

@Suite("Perceptron") struct PerceptronTests {
    private func metric(_ name: String, _ rows: LabelledRows, _ settings: [String: String]) throws -> Double {
        let outcome = try Training.run(
            rows, request: TrainingRequest(algorithm: "perceptron", settings: settings, seed: 2), hooks: TrainingHooks(threads: 2))
        return try #require(outcome.metrics.first { $0.name == name }).value
    }

    @Test("Gradients equal differences of the loss, for every task and with one hidden layer and two")
    func gradients() throws {
        for (task, layers) in [(PredictionTask.binary, [5, 4, 3, 1]), (.multiclass, [5, 6, 3]), (.regression, [5, 4, 4, 1])] {
            let rows = Made.wide(task, count: 7, width: 5)
            let check = try GradientCheck(rows, layers: layers)
            for (index, pair) in check.compare().enumerated() {
                // Single precision against differences: a kink of a unit may lie in between, hence not tighter.
                #expect(abs(pair.slope - pair.difference) < 5e-3 * max(0.3, abs(pair.difference)), "\(task) parameter \(index): \(pair)")
            }
        }
    }

    @Test("What no line can part is learnt: the exclusive or of two signs")
    func exclusiveOr() throws {
        var rows = Made.wide(.binary, count: 2_000, width: 2)
        rows.targets = (0..<rows.count).map { (rows.features[$0 * 2] > 0) != (rows.features[$0 * 2 + 1] > 0) ? 1 : 0 }
        #expect(try metric("accuracy", rows, [:]) > 0.95)
        let linear = try Training.run(rows, request: TrainingRequest(algorithm: "logistic"), hooks: TrainingHooks())
        #expect(try #require(linear.metrics.first { $0.name == "accuracy" }).value < 0.65)
    }

    @Test("A curve is followed")
    func curve() throws {
        var rows = Made.wide(.regression, count: 2_000, width: 1)
        rows.targets = rows.features.map { 1_000 + 50 * sin(2 * $0) }
        let explained = try metric("r2", rows, ["epochs": "60"])
        #expect(explained > 0.9)
    }

    @Test("A huge learning rate is reported as divergence, and gives no model", arguments: PredictionTask.allCases)
    func diverging(task: PredictionTask) throws {
        let failure = #expect(throws: LearningFailure.self) {
            try Training.run(
                Made.mixed(task, count: 600), request: TrainingRequest(algorithm: "perceptron", settings: ["learning-rate": "1000"]),
                hooks: TrainingHooks())
        }
        guard case .diverged = failure else {
            Issue.record("\(String(describing: failure)) instead of divergence")
            return
        }
    }

    @Test("Patience keeps the epoch that was best on rows kept back, and says which")
    func patience() throws {
        var rows = Made.wide(.binary, count: 600, width: 8)
        var random = Made.Random(state: 8)
        // Mostly noise: more epochs soon only learn it by heart.
        for row in rows.targets.indices where random.below(3) > 0 { rows.targets[row] = Double(random.below(2)) }
        let outcome = try Training.run(
            rows, request: TrainingRequest(algorithm: "perceptron", settings: ["epochs": "200", "schedule": "constant"]),
            hooks: TrainingHooks())
        let note = try #require(outcome.notes.first { $0.hasPrefix("epoch ") })
        let epoch = try #require(Int(note.dropFirst(6).prefix { $0 != ":" }))
        #expect(epoch < 100)
        #expect(outcome.curve.count < 200)
    }

    @Test("On the flights sample it beats chance surely")
    func flights() throws {
        let outcome = try Training.run(
            try Made.flights(), request: TrainingRequest(algorithm: "perceptron"), hooks: TrainingHooks(threads: 2))
        #expect(try #require(outcome.metrics.first { $0.name == "auc" }?.lower) > 0.5)
    }
}
