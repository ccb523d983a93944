import Foundation
import Learning
import Tabular
import Testing

@Suite("Explanations") struct ExplanationTests {
    /// Log-odds, centred log-probabilities or the number: what contributions must add up to.
    private func raw(_ scores: [Double], _ task: PredictionTask) -> [Double] {
        switch task {
        case .regression: return scores
        case .binary: return scores.map { log($0 / (1 - $0)) }
        case .multiclass:
            let logs = scores.map { log($0) }
            let mean = logs.reduce(0, +) / Double(logs.count)
            return logs.map { $0 - mean }
        }
    }

    @Test("Contributions and base add up to the raw score within 1e-4, for every algorithm", arguments: Subject.all)
    func additive(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let model = try subject.fit(rows)
        let explainer = try model.explainer(categories: rows.categories, seed: 5)
        let width = rows.schema.width
        for row in [0, 17, 133, 399] {
            let one = rows.selecting([row])
            let explanation = try explainer.explain(one.features)
            let scores = raw(try model.scores(of: one), subject.task)
            #expect(explanation.outputs.count == scores.count)
            #expect(explanation.features == rows.schema.features.map(\.name))
            let found = explanation.outputs.map { output in
                output.contributions.reduce(output.base, +)
            }
            // Scores of several classes may all be shifted by the same number.
            let shift = subject.task == .multiclass ? found.reduce(0, +) / Double(found.count) : 0
            for (output, score) in zip(found, scores) { #expect(abs(output - shift - score) < 1e-4 * max(1, abs(score))) }
            #expect(explanation.outputs.allSatisfy { $0.contributions.count == width })
            #expect(zip(explanation.outputs, found).allSatisfy { abs($0.score - $1) < 1e-9 * max(1, abs($1)) })
            #expect(try model.explain(one.features, categories: rows.categories, seed: 5) == explanation)
        }
    }

    @Test("A linear model's contributions are w (x − mean), and sum to zero over the training rows")
    func linear() throws {
        let rows = Made.wide(.regression, count: 300, width: 3)
        let model = Model(
            fitted: try Ridge(settings: ["l2": "10"]).fit(rows, validation: nil, seed: 0, hooks: TrainingHooks()), proving: rows)
        let weights = try #require(model.coefficients)
        let explainer = try model.explainer(categories: rows.categories)
        #expect(explainer.method == "exact, linear")
        var sums = [0.0, 0, 0]
        for row in 0..<rows.count {
            let output = try #require(explainer.explain(Array(rows.features[(row * 3)..<(row * 3 + 3)])).outputs.first)
            for feature in 0..<3 { sums[feature] += output.contributions[feature] }
            #expect(abs(output.base - weights.intercept) < 1e-12)
        }
        let column = (0..<rows.count).map { rows.features[$0 * 3] }
        let mean = column.reduce(0, +) / Double(rows.count)
        let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows.count)).squareRoot()
        let first = try #require(explainer.explain(Array(rows.features.prefix(3))).outputs.first).contributions[0]
        #expect(abs(first - (try #require(weights.weights["c0"])) * (column[0] - mean) / deviation) < 1e-9)
        #expect(sums.allSatisfy { abs($0) < 1e-8 })
    }

    @Test("Categories, gaps and hours together start from the average training row: contributions of each feature average to zero")
    func averages() throws {
        for task in [PredictionTask.binary, .multiclass, .regression] {
            let rows = Made.mixed(task, count: 700)
            let algorithm = task == .binary ? "logistic" : task == .multiclass ? "softmax" : "ridge"
            let model = try Subject(algorithm: algorithm, task: task).fit(rows)
            let explainer = try model.explainer(categories: rows.categories)
            let width = rows.schema.width
            var sums: [[Double]] = []
            for row in 0..<rows.count {
                let explanation = try explainer.explain(Array(rows.features[(row * width)..<((row + 1) * width)]))
                if sums.isEmpty { sums = explanation.outputs.map { _ in [Double](repeating: 0, count: width) } }
                for (output, part) in explanation.outputs.enumerated() {
                    for feature in 0..<width { sums[output][feature] += part.contributions[feature] }
                }
            }
            #expect(sums.allSatisfy { $0.allSatisfy { abs($0) < 1e-6 * Double(rows.count) } })
        }
    }

    @Test("A row that does not fit the schema is refused with both widths")
    func misshapen() throws {
        let rows = Made.mixed(.binary)
        let model = try Subject(algorithm: "logistic", task: .binary).fit(rows)
        #expect(throws: LearningFailure.misshapen(values: 2, rows: 1, width: 6)) {
            try model.explain([1, 2], categories: rows.categories)
        }
    }

    @Test(
        "The feature that decides the target matters most, others hardly, and the same seed gives the same figures", arguments: Subject.all)
    func global(subject: Subject) throws {
        let rows = Made.wide(subject.task, count: 400, width: 4)
        let model = try subject.fit(rows)
        let importance = try model.globalImportance(rows, seed: 1)
        #expect(Set(importance.entries.map(\.feature)) == ["c0", "c1", "c2", "c3"])
        #expect(try model.globalImportance(rows, seed: 1) == importance)
        if subject.algorithm == "baseline" {
            #expect(importance.entries.allSatisfy { $0.meanAbsoluteContribution == 0 && $0.permutation == 0 })
            return
        }
        let first = try #require(importance.entries.first)
        #expect(first.feature == "c0" && first.permutationLower > 0)
        for other in importance.entries.dropFirst() { #expect(other.permutation < first.permutation / 3) }
    }

    @Test("Any values are explained by numbers", arguments: Subject.all)
    func anyValues(subject: Subject) throws {
        let rows = Made.mixed(subject.task)
        let explainer = try subject.fit(rows).explainer(categories: rows.categories)
        for value in [Double.nan, .infinity, -1, 1e300, -1e300, 0] {
            let explanation = try explainer.explain([Double](repeating: value, count: 6))
            #expect(explanation.outputs.allSatisfy { $0.score.isFinite && $0.contributions.allSatisfy(\.isFinite) })
        }
    }
}
