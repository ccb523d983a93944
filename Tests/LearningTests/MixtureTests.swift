import Foundation
import Learning
import Tabular
import Testing

@Suite("A mixture of learning rates") struct MixtureTests {
    private static func row(_ rows: LabelledRows, _ index: Int) -> [Double] {
        let width = rows.schema.width
        return Array(rows.features[(index * width)..<((index + 1) * width)])
    }

    private static func golden(_ name: String) throws -> [UInt8] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).fbm3")
        return Array(try Data(contentsOf: url))
    }

    @Test("What a release of one rate wrote is read, and goes on to the same bytes that it would have come to itself")
    func earlier() throws {
        let rows = Made.mixed(.binary, count: 400)
        let learner = try OnlineLearner(resuming: try Self.golden("online-single-rate-150"), categories: rows.categories)
        #expect(learner.rowsLearnt == 150)
        for index in 250..<400 { try learner.learn(Self.row(rows, index), target: rows.targets[index]) }
        #expect(try learner.snapshot() == Self.golden("online-single-rate-300"))
    }

    @Test("A relation that turns round often is followed as a fast rate follows it, and one that stands is learnt as a slow rate learns it")
    func follows() throws {
        let rows = Made.wide(.binary, count: 4_000, width: 3)
        func right(_ rate: String, turning: Bool) throws -> Int {
            let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<200)), settings: ["learning-rate": rate])
            var right = 0
            for index in 0..<rows.count {
                let isTurned = turning && (index / 100).isMultiple(of: 2)
                let target = isTurned ? 1 - rows.targets[index] : rows.targets[index]
                let answer = try learner.learn(Self.row(rows, index), target: target)
                if index >= 1_000, (answer >= 0.5) == (target > 0.5) { right += 1 }
            }
            return right
        }
        // By log loss, which punishes the certainty of the fastest rate, not by what is right.
        #expect(try right("0", turning: true) >= right("5", turning: true))
        #expect(try right("0", turning: true) > right("0.01", turning: true) + 300)
        #expect(try right("0", turning: false) >= right("1", turning: false) - 30)
    }

    /// Labels repeat for fifty rows: whoever knows the last one knows the next, and whoever hears of it sixty rows later knows the wrong one.
    private static func runs(late: Int, judgedByTime: Bool) throws -> Double {
        let rows = Made.wide(.binary, count: 6_000, width: 1)
        let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<100)))
        func target(_ index: Int) -> Double { Double((index / 50) % 2) }
        var loss = 0.0
        for index in 0..<(rows.count + late) {
            if index >= 3_000, index < rows.count {
                let p = min(max(try learner.predict(row(rows, index)), 1e-9), 1 - 1e-9)
                loss -= log(target(index) > 0.5 ? p : 1 - p) / 3_000
            }
            let learnt = index - late
            guard learnt >= 0, learnt < rows.count else { continue }
            let timing = judgedByTime ? LabelTiming(answered: Int64(learnt), received: Int64(index) + 1) : nil
            try learner.learn(row(rows, learnt), target: target(learnt), timing: timing)
        }
        return loss
    }

    @Test("Labels that come late are judged by what was answered: rates that follow the last labels get no praise for what they saw after")
    func honest() throws {
        let prompt = try Self.runs(late: 0, judgedByTime: false)
        let honest = try Self.runs(late: 60, judgedByTime: true)
        let deceived = try Self.runs(late: 60, judgedByTime: false)
        #expect(prompt < 0.35)
        // A constant has 0.693.
        #expect(honest < 0.75, "\(honest)")
        #expect(deceived > 1.5 * honest, "\(deceived) against \(honest)")
    }

    @Test("Late labels with stops and resumes in between come to the same bytes")
    func resumesLate() throws {
        let rows = Made.mixed(.binary, count: 900)
        let whole = try OnlineLearner(layoutOf: rows.selecting(Array(0..<100)))
        var parted = try OnlineLearner(layoutOf: rows.selecting(Array(0..<100)))
        for index in 0..<rows.count {
            if index % 113 == 50 { parted = try OnlineLearner(resuming: parted.snapshot(), categories: rows.categories) }
            // Some labels come at once, some 40 rows later, some 3.
            let late = index < 300 ? 0 : index.isMultiple(of: 7) ? 40 : 3
            let timing = LabelTiming(answered: Int64(index - late), received: Int64(index) + 1)
            let first = try whole.learn(Self.row(rows, index), target: rows.targets[index], timing: timing)
            #expect(try parted.learn(Self.row(rows, index), target: rows.targets[index], timing: timing) == first)
        }
        let bytes = try whole.snapshot()
        #expect(try parted.snapshot() == bytes)
        #expect(try Model.decode(bytes).encode() == bytes)
    }

    @Test("A live copy answers as the learner, stays as it was when the learner goes on, and is what a resumed learner gives too")
    func copies() throws {
        let rows = Made.mixed(.binary, count: 600)
        let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<100)))
        for index in 0..<300 { try learner.learn(Self.row(rows, index), target: rows.targets[index]) }
        let copy = learner.live
        let first = copy.scores(rows.features, count: rows.count)
        for index in 0..<rows.count { #expect(abs(first[index] - (try learner.predict(Self.row(rows, index)))) < 1e-12) }
        let resumed = try OnlineLearner(resuming: learner.snapshot(), categories: rows.categories)
        #expect(resumed.live.scores(rows.features, count: rows.count) == first)
        for index in 300..<600 { try learner.learn(Self.row(rows, index), target: rows.targets[index]) }
        #expect(copy.scores(rows.features, count: rows.count) == first)
        #expect(learner.live.scores(rows.features, count: rows.count) != first)
    }

    @Test("A schema without a row is enough: units and texts are learnt with the labels, and answers come near those of a trained layout")
    func empty() throws {
        let rows = Made.mixed(.binary, count: 3_000)
        let begun = try OnlineLearner(empty: rows.schema, categories: rows.categories)
        let trained = try OnlineLearner(layoutOf: rows)
        var right = [0, 0]
        for index in 0..<rows.count {
            let row = Self.row(rows, index)
            for (place, learner) in [begun, trained].enumerated() {
                let answer = try learner.learn(row, target: rows.targets[index])
                if index >= 1_000, (answer >= 0.5) == (rows.targets[index] > 0.5) { right[place] += 1 }
            }
        }
        #expect(right[1] > 1_400)
        #expect(right[0] >= right[1] - 60, "\(right)")
        let weights = try #require(try Model.decode(begun.snapshot()).coefficients).weights
        for word in ["oak", "elm", "fir", "ash"] { #expect(weights["word=\(word)"] != nil) }
        #expect(abs(try #require(weights["x"])) > 0.3)
        #expect(weights.values.allSatisfy { $0.isFinite })
    }

    @Test("A text that was never seen gets a weight of its own once it has come as often as the setting asks, and a resumed learner agrees")
    func newcomer() throws {
        let categories = Categories(["a", "b"])
        let schema = Schema(
            features: [
                Feature(name: "before", kind: .numeric), Feature(name: "word", kind: .categorical), Feature(name: "x", kind: .numeric),
            ],
            target: Made.target(.binary))
        var rows = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        for index in 0..<200 {
            rows.features += [Double(index % 7), Double(index % 2), Double(index % 5)]
            rows.targets.append(Double(index % 2))
        }
        let learner = try OnlineLearner(layoutOf: rows, settings: ["min-count": "20"])
        var resumed = try OnlineLearner(layoutOf: rows, settings: ["min-count": "20"])
        let new = Double(categories["word"].intern("new"))
        for index in 0..<300 {
            // The new word is always 1, among words of both kinds.
            let row = index.isMultiple(of: 3) ? [1.0, new, 2] : [Double(index % 7), Double(index % 2), Double(index % 5)]
            let target = index.isMultiple(of: 3) ? 1 : Double(index % 2)
            if index % 31 == 9 { resumed = try OnlineLearner(resuming: resumed.snapshot(), categories: categories) }
            #expect(try learner.learn(row, target: target) == resumed.learn(row, target: target))
            if index == 54 { #expect(try Model.decode(learner.snapshot()).coefficients?.weights["word=new"] == nil) }
        }
        #expect(try learner.snapshot() == resumed.snapshot())
        let weights = try #require(try Model.decode(learner.snapshot()).coefficients).weights
        #expect(try #require(weights["word=new"]) > 0)
        #expect(try learner.predict([1, new, 2]) > 0.8)
        #expect(try learner.predict([1, 0, 2]) < 0.4)
    }

    @Test("A column whose values become a thousand times as large gets another unit, and the answers recover")
    func units() throws {
        let rows = Made.wide(.binary, count: 4_000, width: 2)
        let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<200)))
        var right = 0
        for index in 0..<rows.count {
            let factor = index < 1_500 ? 1.0 : 1_000
            let answer = try learner.learn(Self.row(rows, index).map { $0 * factor }, target: rows.targets[index])
            if index >= 3_000, (answer >= 0.5) == (rows.targets[index] > 0.5) { right += 1 }
        }
        #expect(right > 900, "\(right)")
        let resumed = try OnlineLearner(resuming: learner.snapshot(), categories: rows.categories)
        #expect(try resumed.snapshot() == learner.snapshot())
    }

    @Test("Damaged mixtures are refused or read, and never trap")
    func damaged() throws {
        let rows = Made.mixed(.binary, count: 300)
        let learner = try OnlineLearner(empty: rows.schema, categories: rows.categories)
        for index in 0..<300 {
            let timing = LabelTiming(answered: Int64(index) - 9, received: Int64(index))
            try learner.learn(Self.row(rows, index), target: rows.targets[index], timing: timing)
        }
        let bytes = try learner.snapshot()
        var random = Made.Random(state: 3)
        for _ in 0..<2_000 {
            var copy = bytes
            copy[random.below(copy.count)] = UInt8(truncatingIfNeeded: [0, 1, 2, 127, 128, 255, random.next()][random.below(7)])
            guard let damaged = try? OnlineLearner(resuming: copy, categories: Categories()) else { continue }
            for index in 0..<3 { _ = try? damaged.learn([Double](repeating: Double(index), count: damaged.schema.width), target: 1) }
            _ = try? damaged.snapshot()
        }
    }

    /// Issue figures of an offline experiment: 0.905, 0.783, 0.776 and 0.753; the first 200 rows, whose answers count as wrong here, are 0.002 of it.
    @Test(
        "Electricity with no rate to tune, labels 0, 48, 336 and 1,500 rows late",
        .enabled(if: OnlineTests.electricity != nil),
        arguments: [(0, 0.90), (48, 0.78), (336, 0.772), (1_500, 0.738)])
    func electricity(delay: Int, least: Double) throws {
        let path = try #require(OnlineTests.electricity)
        let rows = try CSVImport.read(path: path, options: ImportOptions(target: "class", positive: "up")).rows
        let found = try #require(LearningBenchmark.prequential(rows, rate: "0", delay: delay))
        #expect(found.accuracy >= least, "\(found.accuracy)")
    }
}
