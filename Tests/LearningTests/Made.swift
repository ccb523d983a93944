import Foundation
import Learning
import Tabular

/// Tables made up for one test each, and the committed sample.
enum Made {
    /// The committed flights sample, departure delay left out unless asked for.
    static func flights(target: String = "late", excluded: [String] = ["dep_delay"]) throws -> LabelledRows {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "Fixtures/flights-sample.csv")
        let options = ImportOptions(target: target, timeColumn: "time", zone: "America/New_York", excluded: excluded)
        return try CSVImport.read(path: path.path, options: options).rows
    }

    static func target(_ task: PredictionTask) -> Target {
        let classes =
            switch task {
            case .binary: ["no", "yes"]
            case .multiclass: ["blue", "green", "red"]
            case .regression: [String]()
            }
        return Target(name: "y", task: task, classes: classes)
    }

    /// Rows with one feature of each kind, some values missing, and a target that depends on them.
    static func mixed(_ task: PredictionTask, count: Int = 400, seed: UInt64 = 1, time: Bool = true) -> LabelledRows {
        var random = Random(state: seed)
        let words = ["oak", "elm", "fir", "ash", "yew", "box"]
        let categories = Categories()
        var features = [
            Feature(name: "x", kind: .numeric), Feature(name: "n", kind: .integer), Feature(name: "flag", kind: .boolean),
            Feature(name: "word", kind: .categorical), Feature(name: "gap", kind: .numeric),
        ]
        if time { features.append(Feature(name: "time", kind: .time, optional: true)) }
        let schema = Schema(features: features, target: target(task), timeColumn: time ? "time" : nil)
        var rows = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        for row in 0..<count {
            let x = random.normal()
            let n = Double(random.below(10))
            let flag = Double(random.below(2))
            // Low numbers more often than high ones.
            let word = min(random.below(6), random.below(6))
            let gap = random.below(5) == 0 ? Double.nan : random.normal() * 50 + 1_000
            rows.features += [x, n, flag, Double(categories["word"].intern(words[word])), gap]
            let instant = 1_356_998_400_000 + Int64(row) * 3_600_000
            if time {
                rows.features.append(Double(instant))
                rows.times.append(instant)
            }
            let signal = 1.5 * x + 0.2 * (n - 4.5) + (word == 1 ? 1.0 : word == 3 ? -1.5 : 0) + (gap.isNaN ? 1 : 0)
            rows.targets.append(truth(task, signal, &random))
        }
        return rows
    }

    private static func truth(_ task: PredictionTask, _ signal: Double, _ random: inout Random) -> Double {
        switch task {
        case .regression: return 100 + 10 * signal + random.normal()
        case .binary: return random.unit() < 1 / (1 + exp(-2 * signal)) ? 1 : 0
        case .multiclass:
            let noisy = signal + 0.5 * random.normal()
            return noisy < -0.7 ? 0 : noisy < 0.7 ? 1 : 2
        }
    }

    /// Rows of numbers alone.
    static func numbers(_ task: PredictionTask, _ columns: [[Double]], targets: [Double]) -> LabelledRows {
        let schema = Schema(features: columns.indices.map { Feature(name: "c\($0)", kind: .numeric) }, target: target(task))
        var rows = LabelledRows(schema: schema, categories: Categories(), features: [], targets: targets)
        for row in targets.indices { for column in columns { rows.features.append(column[row]) } }
        return rows
    }

    /// `width` columns of noise, the first of which decides the target.
    static func wide(_ task: PredictionTask, count: Int, width: Int) -> LabelledRows {
        var random = Random(state: 5)
        let columns = (0..<width).map { _ in (0..<count).map { _ in random.normal() } }
        let targets = columns[0].map { first in
            switch task {
            case .regression: first
            case .binary: first > 0 ? 1.0 : 0
            case .multiclass: first < -0.5 ? 0 : first < 0.5 ? 1.0 : 2
            }
        }
        return numbers(task, columns, targets: targets)
    }

    /// A seeded generator (SplitMix64), so that a failing case repeats.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
        /// By Box and Muller.
        mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * Double.pi * unit()) }
    }
}

extension LabelledRows {
    /// The same rows with one column's values replaced.
    func replacing(_ name: String, _ value: (Int) -> Double) -> LabelledRows {
        var copy = self
        guard let column = schema.index(of: name) else { return copy }
        for row in 0..<count { copy.features[row * schema.width + column] = value(row) }
        return copy
    }

    /// The same rows with the columns in another order.
    func reordered(_ order: [Int]) -> LabelledRows {
        var copy = self
        copy.schema.features = order.map { schema.features[$0] }
        if !order.contains(where: { schema.features[$0].kind == .time }) { copy.schema.timeColumn = nil }
        copy.features = (0..<count).flatMap { row in order.map { features[row * schema.width + $0] } }
        return copy
    }

    /// The values' bits, which NaN does not hide from `==`.
    var bits: [UInt64] { features.map(\.bitPattern) + targets.map(\.bitPattern) }
}
