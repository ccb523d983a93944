import Foundation
import Learning
import Tabular
import Testing

@Suite("Categories as their mean target") struct TargetCodingTests {
    private func train(_ subject: Subject, _ rows: LabelledRows, _ more: [String: String] = [:]) throws -> TrainingOutcome {
        let settings = more.merging(["categories": "target"]) { $1 }
        return try Training.run(
            rows, request: TrainingRequest(algorithm: subject.algorithm, settings: settings, seed: 1), hooks: TrainingHooks())
    }

    @Test("Every algorithm learns from coded categories; unseen texts, missing values and any code are answered", arguments: Subject.all)
    func everyAlgorithm(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 800)
        let outcome = try train(subject, rows)
        let model = try Model.decode(outcome.artefact)
        #expect(model.encode() == outcome.artefact && model.schema == rows.schema)
        #expect(try model.scores(of: outcome.holdout) == outcome.holdoutScores)
        #expect(try train(subject, rows).artefact == outcome.artefact)
        let unseen = Double(rows.categories.intern("never seen"))
        for code in [unseen, .nan, -1, 1e300, Double(CategoryDictionary.otherCode)] {
            #expect(try model.scores(of: rows.replacing("word") { _ in code }).allSatisfy { subject.isAnswer($0) })
        }
        let categories = CategoryDictionary(["something"])
        try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        let importance = model.importance()
        #expect(importance.allSatisfy { entry in rows.schema.features.contains { $0.name == entry.feature } })
        for length in stride(from: 0, to: outcome.artefact.count, by: max(1, outcome.artefact.count / 300)) {
            #expect(throws: LearningFailure.self) { try Model.decode(Array(outcome.artefact.prefix(length))) }
        }
    }

    @Test("Contributions still add up to the score, one for each column of the schema", arguments: Subject.all)
    func explained(subject: Subject) throws {
        let rows = Made.mixed(subject.task, count: 800)
        let model = try Model.decode(train(subject, rows).artefact)
        let one = rows.selecting([5])
        let explanation = try model.explain(one.features, categories: rows.categories)
        #expect(explanation.features == rows.schema.features.map(\.name))
        #expect(explanation.outputs.allSatisfy { $0.contributions.count == 6 })
        guard subject.task != .multiclass else { return }
        let score = try #require(model.scores(of: one).first)
        let raw = subject.task == .binary ? log(score / (1 - score)) : score
        #expect(abs(try #require(explanation.outputs.first).score - raw) < 1e-4 * max(1, abs(raw)))
    }

    @Test("The number of a text is its smoothed mean, by hand; unseen and missing ones stand for the mean of all rows")
    func byHand() throws {
        // 60 rows of a with 45 positives, 40 of b with 10: 55 of 100; smoothed by 20 rows of 0.55.
        let categories = CategoryDictionary(["a", "b", "c"])
        let schema = Schema(features: [Feature(name: "word", kind: .categorical)], target: Made.target(.binary))
        var codes: [Double] = []
        var targets: [Double] = []
        for index in 0..<100 {
            codes.append(index % 5 < 3 ? 0 : 1)
            let number = codes.count { $0 == codes[index] }
            targets.append(codes[index] == 0 ? (number % 4 != 0 ? 1 : 0) : (number % 4 == 0 ? 1 : 0))
        }
        let rows = LabelledRows(schema: schema, categories: categories, features: codes, targets: targets)
        let coded = TargetCoding(rows).coded(rows)
        #expect(coded.schema.features == [Feature(name: "word", kind: .numeric)])
        #expect(abs(coded.features[0] - (45 + 20 * 0.55) / 80) < 1e-15)
        #expect(abs(coded.features[3] - (10 + 20 * 0.55) / 60) < 1e-15)
        let others = TargetCoding(rows).coded(rows.replacing("word") { $0 == 0 ? 2 : .nan })
        #expect(others.features[0] == 0.55 && abs(others.features[1] - 0.55) < 1e-15)
    }

    @Test("A column of names that are all different tells nothing, and is not learnt by heart")
    func names() throws {
        var rows = Made.mixed(.binary, count: 1_000)
        let codes = (0..<1_000).map { Double(rows.categories.intern("name \($0)")) }
        rows = rows.replacing("word") { codes[$0] }
        let subject = Subject(algorithm: "logistic", task: .binary)
        let area = try #require(train(subject, rows).metrics.first { $0.name == "auc" }).value
        let without = try Training.run(
            rows.replacing("word") { _ in .nan }, request: TrainingRequest(algorithm: "logistic"), hooks: TrainingHooks())
        #expect(area > (try #require(without.metrics.first { $0.name == "auc" })).value - 0.02)
    }

    @Test("With calibration and coded categories together a version still proves its bytes; it does not learn online")
    func together() throws {
        let rows = Made.mixed(.binary, count: 800)
        let outcome = try train(Subject(algorithm: "online-logistic", task: .binary), rows, ["calibration": "platt"])
        #expect(try Model.decode(outcome.artefact).scores(of: outcome.holdout) == outcome.holdoutScores)
        #expect(throws: LearningFailure.self) { try OnlineLearner(resuming: outcome.artefact, categories: rows.categories) }
    }
}
