import Foundation
import Learning
import Tabular
import Testing

@Suite("Boosted trees") struct BoostedTreesTests {
    private func grow(_ rows: LabelledRows, _ settings: [String: String] = [:], watching: LabelledRows? = nil) throws -> Boosting {
        try BoostedTrees(settings: settings).grow(rows, validation: watching, seed: 0, hooks: TrainingHooks())
    }

    @Test("Scores equal XGBoost 3.2.0's leaf-wise trees on tables where both choose among the same cuts (Tests/Oracles/trees.py)")
    func xgboost() throws {
        let figures: Golden.Trees = try Golden.read("trees")
        for (number, figure) in figures.cases.enumerated() {
            let columns = (0..<4).map { column in figure.features.map { $0[column] ?? .nan } }
            let rows = Made.numbers(figure.task == "binary" ? .binary : .regression, columns, targets: figure.targets)
            let settings = [
                "trees": "\(figure.trees)", "leaves": "\(figure.leaves)", "min-leaf": "\(figure.minLeaf)",
                "learning-rate": "\(figure.rate)",
                "l2": "\(figure.l2)",
            ]
            let scores = try Model(fitted: grow(rows, settings).fitted(), proving: rows).scores(of: rows)
            for row in 0..<rows.count {
                // XGBoost sums in single precision.
                #expect(
                    abs(scores[row] - figure.scores[row]) < 1e-4, "case \(number), row \(row): \(scores[row]), not \(figure.scores[row])")
            }
        }
    }

    @Test("The served trees give the trainer's own scores on every row of the flights sample, missing values and unseen texts included")
    func flattened() throws {
        for target in ["late", "dep_delay"] {
            let rows = try Made.flights(target: target, excluded: target == "late" ? ["dep_delay"] : ["late"])
            let (train, held) = rows.split(holdout: 0.2)
            var unseen = held.replacing("dest") { _ in Double(held.categories["dest"].intern("never seen")) }
            unseen = unseen.replacing("temp") { $0 % 2 == 0 ? .nan : .infinity }.replacing("month") { _ in .nan }
            let watched = held.appending(unseen)
            let boosting = try grow(train, watching: watched)
            let model = try Model.decode(Model(fitted: boosting.fitted(), proving: train).encode())
            for (own, rows) in [(boosting.scores, train), (boosting.watchedScores, watched)] {
                let expected = target == "late" ? own.map { $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0)) } : own
                #expect(try model.scores(of: rows).map(\.bitPattern) == expected.map(\.bitPattern))
            }
        }
    }

    @Test("One split of one column is the best of all splits, found by trying each")
    func exhaustive() throws {
        var random = Made.Random(state: 21)
        for _ in 0..<30 {
            let x = (0..<60).map { _ in Double(random.below(40)) }
            let y = x.map { ($0 > 13 ? 2.0 : 0) + random.normal() }
            let rows = Made.numbers(.regression, [x], targets: y)
            let settings = ["trees": "1", "leaves": "2", "min-leaf": "3", "learning-rate": "1", "l2": "0"]
            let scores = try Model(fitted: grow(rows, settings).fitted(), proving: rows).scores(of: rows)
            var best = Double.infinity
            for cut in Set(x) {
                let left = y.indices.filter { x[$0] <= cut }
                let right = y.indices.filter { x[$0] > cut }
                guard left.count >= 3, right.count >= 3 else { continue }
                best = min(best, spread(left.map { y[$0] }) + spread(right.map { y[$0] }))
            }
            let found = zip(scores, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            #expect(abs(found - best) < 1e-9 * best)
        }
    }

    private func spread(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }

    @Test("Texts that behave alike are parted from the others in one split")
    func categories() throws {
        var rows = Made.mixed(.regression, count: 600, time: false).reordered([3])
        let table = rows.categories["word"].table
        let high: Set<String> = ["oak", "fir", "box"]
        rows.targets = try rows.features.map { code in
            let name = try #require(Int32(exactly: code).flatMap { table.name(of: $0) })
            return high.contains(name) ? 5 : -5
        }
        let settings = ["trees": "1", "leaves": "2", "learning-rate": "1", "l2": "0", "min-leaf": "1"]
        let scores = try Model(fitted: grow(rows, settings).fitted(), proving: rows).scores(of: rows)
        for (score, target) in zip(scores, rows.targets) { #expect(abs(score - target) < 1e-9) }
    }

    @Test("A missing value goes with the many where none was missing, and where it learnt to go elsewhere")
    func missing() throws {
        let x = (0..<100).map(Double.init)
        let settings = ["trees": "1", "leaves": "2", "learning-rate": "1", "l2": "0", "min-leaf": "1"]
        for many in [20, 80] {
            let rows = Made.numbers(.regression, [x], targets: x.map { $0 < Double(many) ? 1 : 3 })
            let model = Model(fitted: try grow(rows, settings).fitted(), proving: rows)
            let score = try #require(model.scores(of: rows.replacing("c0") { _ in .nan }).first)
            #expect(abs(score - (many > 50 ? 1 : 3)) < 1e-12)
        }
        let gaps = x.map { $0 < 20 ? Double.nan : $0 }
        let rows = Made.numbers(.regression, [gaps], targets: x.map { $0 < 20 || $0 >= 60 ? 3 : 1 })
        let scores = try Model(fitted: grow(rows, settings.merging(["leaves": "3"]) { $1 }).fitted(), proving: rows).scores(of: rows)
        #expect(zip(scores, rows.targets).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("Patience settles the number of trees on training rows alone, and says how many")
    func patience() throws {
        var rows = Made.mixed(.binary, count: 600)
        var random = Made.Random(state: 2)
        // Mostly noise: more trees soon only learn it by heart.
        for row in rows.targets.indices where random.below(3) > 0 { rows.targets[row] = Double(random.below(2)) }
        let settings = ["trees": "400", "patience": "20", "learning-rate": "0.3"]
        let boosting = try grow(rows, settings)
        let note = try #require(boosting.notes.first)
        let trees = try #require(note.split(separator: " ").first.flatMap { Int($0) })
        #expect(trees < 100)
        let plain = try grow(rows, ["trees": "\(trees)", "learning-rate": "0.3"])
        #expect(boosting.scores == plain.scores)
    }

    @Test("Trees stop when nothing can be split")
    func exhausted() throws {
        let x = (0..<60).map { Double($0 % 2) }
        let rows = Made.numbers(.regression, [x], targets: x)
        let scores = try Model(fitted: grow(rows, ["learning-rate": "1", "l2": "0"]).fitted(), proving: rows).scores(of: rows)
        #expect(zip(scores, x).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("Targets near the largest double are reported as divergence")
    func diverging() {
        let x = (0..<60).map(Double.init)
        let rows = Made.numbers(.regression, [x], targets: x.map { $0 < 30 ? -1.7e308 : 1.7e308 })
        #expect(throws: LearningFailure.self) { try grow(rows) }
    }
}
