import Foundation
import Learning
import Tabular
import Testing

@Suite("Boosted trees: properties") struct BoostedTreesPropertyTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    private func fit(_ rows: LabelledRows, _ settings: [String: String] = [:], threads: Int = 1, seed: UInt64 = 0) throws -> Model {
        let estimator = try BoostedTrees(settings: settings)
        return Model(
            fitted: try estimator.fit(rows, validation: nil, seed: seed, hooks: TrainingHooks(threads: threads)), proving: rows)
    }

    @Test("Any number of threads gives the same bytes, with rows enough to be divided", arguments: PredictionTask.allCases)
    func threads(task: PredictionTask) throws {
        let rows = Made.mixed(task, count: 40_000)
        let settings = ["trees": "6", "monotone": task == .multiclass ? "none" : "n=+", "class-weights": "balanced"]
        let alone = try fit(rows, settings, threads: 1).encode()
        for threads in [2, 3, 7] { #expect(try fit(rows, settings, threads: threads).encode() == alone, "\(threads) threads") }
    }

    @Test("Histograms that are dropped for want of memory and summed again change no byte")
    func sparing() throws {
        let rows = Made.mixed(.binary, count: 5_000)
        let estimator = try BoostedTrees(settings: ["trees": "3", "leaves": "100"])
        func bytes(_ estimator: BoostedTrees) throws -> [UInt8] {
            Model(fitted: try estimator.fit(rows, validation: nil, seed: 0, hooks: TrainingHooks(threads: 2)), proving: rows).encode()
        }
        #expect(try bytes(estimator.sparing(histogramBytes: 0)) == bytes(estimator))
    }

    @Test("Another seed rounds otherwise, and hardly changes a score")
    func seeds() throws {
        let rows = Made.mixed(.binary, count: 40_000)
        let (first, second) = (try fit(rows, ["trees": "20"]), try fit(rows, ["trees": "20"], seed: 1))
        #expect(first.encode() != second.encode())
        let (a, b) = (try first.scores(of: rows), try second.scores(of: rows))
        #expect(zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(rows.count) < 0.01)
    }

    @Test(
        "Scores go with a monotone column on random rows, whatever the other columns hold", arguments: [PredictionTask.binary, .regression])
    func monotone(task: PredictionTask) throws {
        var random = Made.Random(state: 8)
        // A wave on top of a slope, so that free trees break the rule.
        let x = (0..<3_000).map { _ in random.unit() * 10 }
        let z = x.map { _ in random.normal() }
        let targets = zip(x, z).map { x, z in
            let signal = 0.3 * x + 2 * sin(3 * x) + z * (x > 5 ? 1 : -1)
            return task == .binary ? (signal + random.normal() > 1.5 ? 1.0 : 0) : signal
        }
        let rows = Made.numbers(task, [x, z, x.map { -$0 }], targets: targets)
        func violations(_ settings: [String: String]) throws -> Int {
            let model = try fit(rows, settings)
            var found = 0
            for _ in 0..<400 {
                let (other, third) = (random.normal(), -10 * random.unit())
                let steps = (0..<30).map { _ in random.unit() * 12 - 1 }.sorted()
                let asked = Made.numbers(
                    task, [steps, steps.map { _ in other }, steps.map { _ in third }], targets: steps.map { _ in 0 })
                let scores = try model.scores(of: asked)
                found += zip(scores, scores.dropFirst()).count { $0 > $1 + 1e-12 }
            }
            return found
        }
        #expect(try violations(["monotone": "c0=+,c2=-", "trees": "60"]) == 0)
        #expect(try violations(["trees": "60"]) > 0)
    }

    @Test("A direction of a column that is none, no number, or for several classes is refused by its name")
    func directions() {
        for (task, text) in [(PredictionTask.binary, "nobody=+"), (.binary, "word=-"), (.binary, "time=+"), (.multiclass, "x=+")] {
            let failure = #expect(throws: LearningFailure.self) { try fit(Made.mixed(task), ["monotone": text]) }
            #expect(failure?.description.hasPrefix("setting monotone = \(text): it must be ") == true)
        }
    }

    @Test("Balanced weights are what as many copies of the rare class's rows would give", arguments: [PredictionTask.binary, .multiclass])
    func balanced(task: PredictionTask) throws {
        var random = Made.Random(state: 5)
        let classes = task == .binary ? 2 : 3
        // One class has a third of the others' rows; so many rows that no two splits gain the same, where chance would choose.
        let targets = (0..<(classes * 3_000 - 2_000)).map { $0 < 1_000 ? 0.0 : Double(1 + $0 % (classes - 1)) }
        let columns = (0..<3).map { _ in targets.map { Double(30 * Int($0) + random.below(90)) } }
        let counts = (0..<classes).map { index in targets.count { Int($0) == index } }
        let rows = Made.numbers(task, columns, targets: targets)
        let copies = rows.selecting(
            targets.indices.flatMap { row in Array(repeating: row, count: Int(targets[row]) == 0 ? counts[1] / counts[0] : 1) })
        let settings = ["trees": "5", "l2": "0", "min-leaf": "1", "leaves": "4"]
        let weighted = try fit(rows, settings.merging(["class-weights": "balanced"]) { $1 }).scores(of: rows)
        let copied = try fit(copies, settings).scores(of: rows)
        #expect(zip(weighted, copied).allSatisfy { abs($0 - $1) < 1e-3 })
        let plain = try fit(rows, settings).scores(of: rows)
        #expect(zip(weighted, plain).contains { abs($0 - $1) > 0.05 })
    }

    @Test("Several classes: probabilities sum to one, and a class's rows get most of its probability")
    func severalClasses() throws {
        let rows = Made.mixed(.multiclass, count: 1_500)
        let scores = try fit(rows).scores(of: rows)
        var right = 0
        for (row, target) in rows.targets.enumerated() {
            let own = scores[(row * 3)..<(row * 3 + 3)]
            #expect(abs(own.reduce(0, +) - 1) < 1e-12)
            if own[row * 3 + Int(target)] == own.max() { right += 1 }
        }
        #expect(right > 1_300)
    }

    @Test("Any schema and any values: a typed error, or the trainer's own scores from the bytes and contributions that add up")
    func fuzz() throws {
        let cases = Self.isSlow ? 700 : 60
        var learnt = 0
        for seed in 0..<cases {
            var random = Made.Random(state: UInt64(seed) &* 7_919)
            let rows = AnyRows.make(&random)
            let settings = AnyRows.settings(&random)
            do throws(LearningFailure) {
                let boosting = try BoostedTrees(settings: settings).grow(
                    rows, validation: nil, seed: UInt64(seed), hooks: TrainingHooks(threads: 1 + random.below(3)))
                try check(boosting, rows, "seed \(seed)")
                learnt += 1
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(learnt > cases / 3)
    }

    private func check(_ boosting: Boosting, _ rows: LabelledRows, _ comment: Comment) throws(LearningFailure) {
        let bytes = Model(fitted: boosting.fitted(), proving: rows).encode()
        let model = try Model.decode(bytes)
        #expect(model.encode() == bytes, comment)
        let scores = try model.scores(of: rows)
        #expect(!scores.contains { !$0.isFinite }, comment)
        let explainer = try model.explainer(categories: rows.categories)
        let width = rows.schema.width
        for row in 0..<rows.count {
            let own = boosting.scores[row]
            switch rows.schema.target.task {
            case .regression: #expect(scores[row].bitPattern == own.bitPattern, comment)
            case .binary: #expect(scores[row] == (own >= 0 ? 1 / (1 + exp(-own)) : exp(own) / (1 + exp(own))), comment)
            case .multiclass: break
            }
            guard row < 5 else { continue }
            let explanation = try explainer.explain(Array(rows.features[(row * width)..<((row + 1) * width)]))
            for (output, part) in explanation.outputs.enumerated() {
                let raw = boosting.scores[output * rows.count + row]
                let size = part.contributions.reduce(abs(raw)) { $0 + abs($1) }
                #expect(abs(part.score - raw) <= 1e-9 * max(1, size), comment)
            }
        }
    }
}

/// Schemas, values and settings that somebody might have.
private enum AnyRows {
    static func make(_ random: inout Made.Random) -> LabelledRows {
        let task = PredictionTask.allCases[random.below(3)]
        let kinds = (0..<random.below(9)).map { _ in FeatureKind.allCases[random.below(5)] }
        let features = kinds.enumerated().map { Feature(name: "f\($0)", kind: $1) }
        let classes = task == .regression ? [] : (0..<(task == .binary ? 2 : 2 + random.below(6))).map { "k\($0)" }
        let schema = Schema(features: features, target: Target(name: "y", task: task, classes: classes), zone: "Europe/Berlin")
        let categories = Categories((0..<random.below(400)).map { "t\($0)" })
        var rows = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        let shapes = kinds.map { _ in random.below(6) }
        for _ in 0..<(1 << random.below(11)) + random.below(7) {
            for (kind, shape) in zip(kinds, shapes) { rows.features.append(value(kind, shape, &random)) }
            rows.targets.append(task == .regression ? number(random.below(7), &random) : Double(random.below(classes.count)))
            if task == .regression, !(rows.targets.last ?? 0).isFinite { rows.targets[rows.count - 1] = 0 }
        }
        return rows
    }

    private static func value(_ kind: FeatureKind, _ shape: Int, _ random: inout Made.Random) -> Double {
        if shape > 0, random.below(6) == 0 { return .nan }
        switch kind {
        case .categorical: return Double(random.below(shape < 3 ? 5 : 500)) - (random.below(50) == 0 ? 1_000 : 0)
        case .boolean: return Double(random.below(2))
        case .time: return Double(random.below(2_000_000)) * 1_000_000
        case .integer: return Double(random.below(shape < 3 ? 4 : 100_000))
        case .numeric: return number(shape, &random)
        }
    }

    private static func number(_ shape: Int, _ random: inout Made.Random) -> Double {
        switch shape {
        case 0: random.normal()
        case 1: 7
        case 2: exp(20 * random.normal())
        case 3: [Double.infinity, -.infinity, 1e308, -1e308, 0, -0.0, .leastNonzeroMagnitude][random.below(7)]
        case 4: (random.normal() * 10).rounded()
        default: random.unit()
        }
    }

    static func settings(_ random: inout Made.Random) -> [String: String] {
        [
            "trees": "\(1 + random.below(8))", "leaves": "\([2, 3, 31, 1_024][random.below(4)])", "min-leaf": "\([1, 20][random.below(2)])",
            "l2": ["0", "1", "1000"][random.below(3)], "bins": "\([4, 16, 255][random.below(3)])",
            "learning-rate": ["0.1", "1"][random.below(2)], "patience": ["0", "2"][random.below(2)],
            "class-weights": ["none", "balanced"][random.below(2)],
        ]
    }
}
