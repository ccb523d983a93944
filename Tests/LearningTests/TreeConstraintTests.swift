import Learning
import Tabular
import Testing

@Suite("Boosted trees: samples and interactions") struct TreeConstraintTests {
    /// A product of two columns beside a third: nothing but an interaction of the first two tells it.
    private static func product(_ count: Int = 600) -> LabelledRows {
        var random = Made.Random(state: 8)
        let columns = (0..<3).map { _ in (0..<count).map { _ in Double(random.below(20)) / 10 - 1 } }
        return Made.numbers(.regression, columns, targets: (0..<count).map { 3 * columns[0][$0] * columns[1][$0] + columns[2][$0] })
    }

    private func model(_ rows: LabelledRows, _ settings: [String: String], seed: UInt64 = 0, threads: Int = 1) throws -> Model {
        let fitted = try BoostedTrees(settings: settings).fit(rows, validation: nil, seed: seed, hooks: TrainingHooks(threads: threads))
        return Model(fitted: fitted, proving: rows)
    }

    /// How far f(a, b) + f(c, d) is from f(a, d) + f(c, b) at most, b and d being a column's values: 0 where it acts by itself.
    private func interplay(_ model: Model, _ first: Int, _ second: Int) throws -> Double {
        var corners: [[Double]] = []
        for pair in [(-0.9, -0.9), (0.9, 0.9), (-0.9, 0.9), (0.9, -0.9)] {
            var row = [0.05, 0.05, 0.05]
            row[first] = pair.0
            row[second] = pair.1
            corners.append(row)
        }
        let rows = Made.numbers(.regression, (0..<3).map { column in corners.map { $0[column] } }, targets: [0, 0, 0, 0])
        let scores = try model.scores(of: rows)
        return abs(scores[0] + scores[1] - scores[2] - scores[3])
    }

    @Test("Columns of different groups do not act together, columns of one group may, and those that are not named may among themselves")
    func interactions() throws {
        let rows = Self.product()
        #expect(try interplay(model(rows, [:]), 0, 1) > 4)
        let apart = try model(rows, ["interactions": "c0;c1;c2"])
        for (first, second) in [(0, 1), (0, 2), (1, 2)] { #expect(try interplay(apart, first, second) < 1e-9) }
        let together = try model(rows, ["interactions": "c0,c1"])
        #expect(try interplay(together, 0, 1) > 4)
        #expect(try interplay(together, 0, 2) < 1e-9)
        let others = try model(rows, ["interactions": "c2"])
        #expect(try interplay(others, 0, 1) > 4)
        #expect(try interplay(others, 1, 2) < 1e-9)
        #expect(throws: LearningFailure.self) { try model(rows, ["interactions": "c0,nothing"]) }
        for text in ["", "c0,,c1", "c0;", "c0,c0"] {
            #expect(throws: LearningFailure.self) { try BoostedTrees(settings: ["interactions": text]) }
        }
    }

    @Test("A tree that may ask for one column of three makes no interaction")
    func columns() throws {
        let one = try model(Self.product(), ["column-share": "0.3"])
        for (first, second) in [(0, 1), (0, 2), (1, 2)] { #expect(try interplay(one, first, second) < 1e-9) }
        // Each column has its trees.
        #expect(one.importance().count == 3)
    }

    @Test("Samples follow the seed and nothing else, and the trainer's scores of rows left out are the served ones", arguments: [1, 3])
    func rows(threads: Int) throws {
        let settings = ["row-share": "0.5", "column-share": "0.7", "trees": "40"]
        for task in PredictionTask.allCases {
            let rows = Made.mixed(task, count: 700)
            let first = try model(rows, settings, threads: threads)
            #expect(try first.encode() == model(rows, settings).encode(), "\(task)")
            #expect(try first.encode() != model(rows, settings, seed: 1).encode(), "\(task)")
            #expect(try first.encode() != model(rows, ["trees": "40"]).encode(), "\(task)")
        }
        let rows = Made.mixed(.regression, count: 700)
        let boosting = try BoostedTrees(settings: settings).grow(rows, validation: nil, seed: 0, hooks: TrainingHooks(threads: threads))
        let served = try Model(fitted: boosting.fitted(), proving: rows).scores(of: rows)
        #expect(served.map(\.bitPattern) == boosting.scores.map(\.bitPattern))
    }

    @Test("The smallest share of few rows still learns from some of them")
    func few() throws {
        let rows = Self.product(12)
        let found = try model(rows, ["row-share": "0.05", "min-leaf": "1", "trees": "30"])
        #expect(try found.scores(of: rows).allSatisfy(\.isFinite))
    }
}
