import Learning
import Tabular
import Testing

@Suite("The window of rows that were answered before they were learnt")
struct PrequentialWindowTests {
    private static let rows = Made.wide(.binary, count: 400, width: 2)

    private static func row(_ index: Int) -> [Double] { Array(rows.features[(index * 2)..<(index * 2 + 2)]) }

    @Test("it keeps the last rows in order, with their answers; what the champion has learnt can be left out")
    func keeps() {
        var window = PrequentialWindow(schema: Self.rows.schema, categories: Self.rows.categories, capacity: 100)
        #expect(window.count == 0)
        #expect(window.primary == nil)
        for index in 0..<350 {
            window.add(Self.row(index), target: Self.rows.targets[index], answer: Double(index), position: Int64(index * 2))
        }
        #expect(window.count == 100)
        #expect(window.answers == (250..<350).map { Double($0) })
        #expect(window.rows.features == Array(Self.rows.features[500..<700]))
        #expect(window.rows.targets == Array(Self.rows.targets[250..<350]))
        #expect(window.after(2 * 339).answers == (340..<350).map { Double($0) })
        #expect(window.after(-1).count == 100)
        #expect(window.after(10_000).count == 0)
        window.add([1], target: 1, answer: 1, position: 10_000)
        #expect(window.count == 100)
    }

    @Test("what was learnt comes out as a version's outcome, judged by the answers from before; too few rows are said")
    func outcome() throws {
        let learner = try OnlineLearner(layoutOf: Self.rows, settings: ["learning-rate": "1"])
        var window = PrequentialWindow(schema: Self.rows.schema, categories: Self.rows.categories)
        #expect(throws: LearningFailure.self) { try learner.outcome(judgedBy: window, settings: [:], seconds: 0) }
        var answers: [Double] = []
        for index in 0..<400 {
            answers.append(try learner.learn(Self.row(index), target: Self.rows.targets[index]))
            window.add(Self.row(index), target: Self.rows.targets[index], answer: answers[index], position: Int64(index))
        }
        let outcome = try learner.outcome(judgedBy: window, settings: ["learning-rate": "1"], seconds: 2)
        let expected = Evaluation.metrics(scores: answers, targets: Self.rows.targets, task: .binary)
        #expect(outcome.metrics == expected)
        #expect(outcome.holdoutScores == answers)
        #expect(try outcome.artefact == learner.snapshot())
        #expect(outcome.trainRows == 400)
    }

    @Test("losses are compared row by row: the mean difference and its interval are those of SciPy's paired t-test with a normal quantile")
    func losses() {
        // SciPy 1.17.1: d = log loss of a - log loss of b by row; mean, mean ∓ norm.ppf(0.975) · d.std(ddof=1) / √5.
        let result = Evaluation.compareLosses(
            candidate: [0.9, 0.2, 0.6, 0.4, 0.7], champion: [0.8, 0.3, 0.5, 0.5, 0.6], targets: [1, 0, 1, 1, 0], task: .binary)
        #expect(result.metric == "logLoss")
        #expect(abs(result.difference - 0.015437927738226009) < 1e-12)
        #expect(abs(result.lower - (-0.17874050149039675)) < 1e-12)
        #expect(abs(result.upper - 0.20961635696684874) < 1e-12)
        #expect(!result.higherIsBetter)
    }
}
