import Foundation
import Learning
import Tabular

/// Rows made up for models that are written, and models trained on them.
enum Trained {
    /// Numbers that are the same on every machine.
    struct Random {
        var state: UInt64

        mutating func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }

        mutating func below(_ limit: Int) -> Int { Int(unit() * Double(limit)) }
    }

    /// What a model is trained as.
    struct Way: Sendable, CustomStringConvertible {
        var algorithm: String
        var task: PredictionTask
        var settings: [String: String] = [:]
        var isPlain = false

        var description: String {
            "\(algorithm), \(task.rawValue)\(isPlain ? ", numbers only" : "")"
                + settings.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value)" }.joined()
        }
    }

    /// Every algorithm with every task that it learns; codings and corrections with some.
    static let ways: [Way] = {
        var ways: [Way] = []
        for type in AlgorithmRegistry.all {
            let quick = ["boosted-trees": ["trees": "20", "leaves": "8", "min-leaf": "5"], "perceptron": ["epochs": "3"]]
            let own = (quick[type.name] ?? [:]).filter { setting in type.parameters.contains { $0.name == setting.key } }
            for task in type.tasks {
                ways.append(Way(algorithm: type.name, task: task, settings: own))
                ways.append(Way(algorithm: type.name, task: task, settings: own, isPlain: true))
            }
            guard type.name != "baseline", !AlgorithmRegistry.learnsOnline(type.name) else { continue }
            let task = type.tasks[0]
            ways.append(Way(algorithm: type.name, task: task, settings: own.merging(["categories": "ordinal", "times": "cycles"]) { $1 }))
            ways.append(
                Way(algorithm: type.name, task: type.tasks[type.tasks.count - 1], settings: own.merging(["categories": "target"]) { $1 }))
            if task == .binary {
                ways.append(Way(algorithm: type.name, task: task, settings: own.merging(["calibration": "platt"]) { $1 }))
                ways.append(Way(algorithm: type.name, task: task, settings: own.merging(["calibration": "isotonic"]) { $1 }))
            }
        }
        ways.append(Way(algorithm: "softmax", task: .multiclass, settings: ["calibration": "platt"]))
        return ways
    }()

    /// Rows with numbers, some of them missing, and unless `isPlain` a category and a time.
    static func rows(_ task: PredictionTask, count: Int, seed: UInt64, isPlain: Bool, categories: Categories = Categories()) -> LabelledRows
    {
        var random = Random(state: seed)
        let classes = task == .binary ? ["no", "yes"] : task == .multiclass ? ["blue", "green", "red"] : []
        var features = [
            Feature(name: "x", kind: .numeric), Feature(name: "n", kind: .integer), Feature(name: "gap", kind: .numeric),
            Feature(name: "fixed", kind: .numeric),
        ]
        if !isPlain {
            features += [Feature(name: "word", kind: .categorical), Feature(name: "time", kind: .time, optional: true)]
        }
        let schema = Schema(
            features: features, target: Target(name: "y", task: task, classes: classes), timeColumn: isPlain ? nil : "time",
            zone: "Europe/Berlin")
        var rows = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        let words = ["oak", "elm", "fir", "ash", "yew", "box", "it's \"so\""]
        for row in 0..<count {
            let (x, n) = (random.unit() * 4 - 2, random.below(10))
            let gap = random.below(5) == 0 ? Double.nan : random.unit() * 100 + 1_000
            let word = min(random.below(7), random.below(7))
            rows.features += [x, Double(n), gap, 7]
            if !isPlain {
                let text = random.below(20) == 0 ? "rare\(random.below(50))" : words[word]
                rows.features.append(random.below(15) == 0 ? .nan : Double(categories["word"].intern(text)))
                let instant = 1_356_998_400_000 + Int64(row) * 7_600_000
                rows.features.append(random.below(30) == 0 ? .nan : Double(instant))
                rows.times.append(instant)
            }
            let signal = 1.5 * x + 0.2 * (Double(n) - 4.5) + (word == 1 ? 1.0 : word == 3 ? -1.5 : 0) + (gap.isNaN ? 1 : 0)
            let noise = random.unit() * 2 - 1
            switch task {
            case .regression: rows.targets.append(100 + 10 * signal + noise)
            case .binary: rows.targets.append(signal + noise > 0 ? 1 : 0)
            case .multiclass: rows.targets.append(signal + noise > 1 ? 2 : signal + noise > -1 ? 1 : 0)
            }
        }
        return rows
    }

    /// A model trained that way.
    static func model(_ way: Way) throws -> Model {
        let rows = rows(way.task, count: 1_200, seed: 3, isPlain: way.isPlain)
        let request = TrainingRequest(algorithm: way.algorithm, settings: way.settings, seed: 1)
        return try Model.decode(try Training.run(rows, request: request, hooks: TrainingHooks()).artefact)
    }
}
