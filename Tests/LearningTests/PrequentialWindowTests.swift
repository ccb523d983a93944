import Learning
import Tabular
import Testing

@Suite("The window of rows that were answered before they were learnt")
struct PrequentialWindowTests {
    private static let rows = Made.wide(.binary, count: 400, width: 2)

    private static func row(_ index: Int) -> [Double] { Array(rows.features[(index * 2)..<(index * 2 + 2)]) }

    @Test("it keeps the last rows in order, with their answers")
    func keeps() {
        var window = PrequentialWindow(schema: Self.rows.schema, categories: Self.rows.categories, capacity: 100)
        #expect(window.count == 0)
        #expect(window.primary == nil)
        for index in 0..<350 {
            window.add(Self.row(index), target: Self.rows.targets[index], answer: Double(index))
        }
        #expect(window.count == 100)
        #expect(window.answers == (250..<350).map { Double($0) })
        #expect(window.rows.features == Array(Self.rows.features[500..<700]))
        #expect(window.rows.targets == Array(Self.rows.targets[250..<350]))
        window.add([1], target: 1, answer: 1)
        #expect(window.count == 100)
    }

    @Test("what was learnt comes out as a version's outcome, judged by the answers from before; too few rows are said")
    func outcome() throws {
        let learner = try OnlineLearner(layoutOf: Self.rows, settings: ["learning-rate": "1"])
        var window = PrequentialWindow(schema: Self.rows.schema, categories: Self.rows.categories)
        #expect(throws: LearningFailure.self) { try window.outcome(of: [], rowsLearnt: 0, settings: [:], seconds: 0) }
        var answers: [Double] = []
        for index in 0..<400 {
            answers.append(try learner.learn(Self.row(index), target: Self.rows.targets[index]))
            window.add(Self.row(index), target: Self.rows.targets[index], answer: answers[index])
        }
        let outcome = try window.outcome(
            of: learner.snapshot(), rowsLearnt: learner.rowsLearnt, settings: ["learning-rate": "1"], seconds: 2)
        let expected = Evaluation.metrics(scores: answers, targets: Self.rows.targets, task: .binary)
        #expect(outcome.metrics == expected)
        #expect(outcome.holdoutScores == answers)
        #expect(try outcome.artefact == learner.snapshot())
        #expect(outcome.trainRows == 400)
    }
}
