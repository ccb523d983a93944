import Foundation
import Learning
import Tabular
import Testing

@Suite("Categories and times as numbers") struct RowCodingTests {
    /// The ways to code.
    private static let ways = [
        ["categories": "target"], ["categories": "ordinal"], ["times": "cycles"], ["categories": "target", "times": "cycles"],
        ["categories": "ordinal", "times": "cycles"],
    ]

    private func train(
        _ subject: Subject, _ rows: LabelledRows, _ more: [String: String] = [:], _ way: [String: String] = ways[0]
    ) throws -> TrainingOutcome {
        let settings = more.merging(way) { $1 }
        return try Training.run(
            rows, request: TrainingRequest(algorithm: subject.algorithm, settings: settings, seed: 1), hooks: TrainingHooks())
    }

    @Test(
        "Every algorithm learns from coded categories and times; unseen texts, missing values, any code and any instant are answered",
        arguments: Subject.all, ways)
    func everyAlgorithm(subject: Subject, way: [String: String]) throws {
        let rows = Made.mixed(subject.task, count: 600)
        let outcome = try train(subject, rows, [:], way)
        let model = try Model.decode(outcome.artefact)
        #expect(model.encode() == outcome.artefact && model.schema == rows.schema)
        #expect(try model.scores(of: outcome.holdout) == outcome.holdoutScores)
        let apart = try (0..<20).flatMap { try model.scores(of: outcome.holdout.selecting([$0])) }
        #expect(apart == Array(outcome.holdoutScores.prefix(apart.count)))
        #expect(try train(subject, rows, [:], way).artefact == outcome.artefact)
        for instant in [.nan, -1, 0, 1e300, -.infinity] {
            #expect(try model.scores(of: rows.replacing("time") { _ in instant }).allSatisfy { subject.isAnswer($0) })
        }
        let unseen = Double(rows.categories["word"].intern("never seen"))
        for code in [unseen, .nan, -1, 1e300, Double(CategoryDictionary.otherCode)] {
            #expect(try model.scores(of: rows.replacing("word") { _ in code }).allSatisfy { subject.isAnswer($0) })
        }
        let categories = Categories(["something"])
        try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        let importance = model.importance()
        #expect(importance.count == Set(importance.map(\.feature)).count)
        #expect(importance.allSatisfy { entry in rows.schema.features.contains { $0.name == entry.feature } })
        for length in stride(from: 0, to: outcome.artefact.count, by: max(1, outcome.artefact.count / 100)) {
            #expect(throws: LearningFailure.self) { try Model.decode(Array(outcome.artefact.prefix(length))) }
        }
    }

    @Test("Contributions still add up to the score, one for each column of the schema", arguments: Subject.all, ways)
    func explained(subject: Subject, way: [String: String]) throws {
        let rows = Made.mixed(subject.task, count: 600)
        let model = try Model.decode(train(subject, rows, [:], way).artefact)
        let entries = try model.globalImportance(rows.selecting(Array(0..<60))).entries
        #expect(Set(entries.map(\.feature)) == Set(rows.schema.features.map(\.name)))
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
        let categories = Categories(["a", "b", "c"])
        let schema = Schema(features: [Feature(name: "word", kind: .categorical)], target: Made.target(.binary))
        var codes: [Double] = []
        var targets: [Double] = []
        for index in 0..<100 {
            codes.append(index % 5 < 3 ? 0 : 1)
            let number = codes.count { $0 == codes[index] }
            targets.append(codes[index] == 0 ? (number % 4 != 0 ? 1 : 0) : (number % 4 == 0 ? 1 : 0))
        }
        let rows = LabelledRows(schema: schema, categories: categories, features: codes, targets: targets)
        let coding = try #require(RowCoding(rows, categories: "target", times: "own"))
        let coded = coding.coded(rows)
        #expect(coded.schema.features == [Feature(name: "word", kind: .numeric)])
        #expect(abs(coded.features[0] - (45 + 20 * 0.55) / 80) < 1e-15)
        #expect(abs(coded.features[3] - (10 + 20 * 0.55) / 60) < 1e-15)
        let others = coding.coded(rows.replacing("word") { $0 == 0 ? 2 : .nan })
        #expect(others.features[0] == 0.55 && abs(others.features[1] - 0.55) < 1e-15)
    }

    @Test("A column of names that are all different tells nothing, and is not learnt by heart")
    func names() throws {
        var rows = Made.mixed(.binary, count: 1_000)
        let codes = (0..<1_000).map { Double(rows.categories["word"].intern("name \($0)")) }
        rows = rows.replacing("word") { codes[$0] }
        let subject = Subject(algorithm: "logistic", task: .binary)
        let area = try #require(train(subject, rows).metrics.first { $0.name == "auc" }).value
        let without = try Training.run(
            rows.replacing("word") { _ in .nan }, request: TrainingRequest(algorithm: "logistic"), hooks: TrainingHooks())
        #expect(area > (try #require(without.metrics.first { $0.name == "auc" })).value - 0.02)
    }

    @Test("Ordinal numbers go by frequency, equal ones by text; rare, unseen and missing values have their own, by hand")
    func ordinal() throws {
        // 30 of fir, 25 each of elm and ash, 3 of oak and 2 of yew, 5 missing; the dictionary has them in yet another order.
        let categories = Categories(["yew", "oak", "elm", "fir", "ash", "box"])
        let schema = Schema(features: [Feature(name: "word", kind: .categorical)], target: Made.target(.binary))
        var codes: [Double] = []
        for (code, count) in [(1, 3), (2, 25), (0, 2), (3, 30), (4, 25)] { codes += [Double](repeating: Double(code), count: count) }
        codes += [Double](repeating: .nan, count: 5)
        let targets = codes.indices.map { Double($0 % 2) }
        let rows = LabelledRows(schema: schema, categories: categories, features: codes, targets: targets)
        let coding = try #require(RowCoding(rows, categories: "ordinal", times: "own"))
        let asked = LabelledRows(
            schema: schema, categories: categories, features: [3, 4, 2, 0, 1, 5, .nan, -1, 0.5, 1e300, .infinity],
            targets: [Double](repeating: 0, count: 11))
        #expect(coding.coded(asked).features == [0, 1, 2, 3, 3, 4, -1, 4, 4, 4, -1])
        #expect(coding.coded(asked).schema.features == [Feature(name: "word", kind: .numeric)])
        let reversed = LabelledRows(schema: schema, categories: categories, features: codes.reversed(), targets: targets)
        #expect(RowCoding(reversed, categories: "ordinal", times: "own")?.coded(asked).features == coding.coded(asked).features)
        let outcome = try train(Subject(algorithm: "logistic", task: .binary), rows, [:], ["categories": "ordinal"])
        #expect(outcome.notes.contains { $0.hasPrefix("word: ") && $0.hasSuffix("texts of fewer than 20 rows share one number") })
    }

    @Test("An instant is on three circles in the zone of the schema, by hand; a missing one is missing on each")
    func cycles() throws {
        let schema = Schema(
            features: [Feature(name: "time", kind: .time, optional: true)], target: Made.target(.binary), timeColumn: "time",
            zone: "America/New_York")
        // 2013-04-03 10:00 UTC, a Wednesday: 6 in the morning in New York, in its summer time; 2012-12-31 04:59:59.999 UTC: Sunday, 23.
        let rows = LabelledRows(
            schema: schema, categories: Categories(), features: [1_364_983_200_000, 1_356_929_999_999, .nan, 1e300],
            targets: [0, 1, 0, 1])
        let coded = try #require(RowCoding(rows, categories: "own", times: "cycles")).coded(rows)
        let names = ["hour sin", "hour cos", "weekday sin", "weekday cos", "month sin", "month cos"]
        #expect(coded.schema.features == names.map { Feature(name: "time " + $0, kind: .numeric, optional: true) })
        let turn = 2 * Double.pi
        let expected = [
            1, 0, sin(turn * 2 / 7), cos(turn * 2 / 7), 1, 0, sin(-turn / 24), cos(turn / 24), sin(turn * 6 / 7), cos(turn * 6 / 7),
            sin(-turn / 12), cos(turn / 12),
        ]
        for (found, value) in zip(coded.features, expected) { #expect(abs(found - value) < 1e-12) }
        #expect(coded.features.count == 24 && coded.features.suffix(12).allSatisfy(\.isNaN))
    }

    @Test("A relation to the hour of the day is found from its circle by a model of six numbers")
    func circle() throws {
        var rows = Made.mixed(.binary, count: 3_000)
        var random = Made.Random(state: 12)
        for row in 0..<rows.count {
            let hour = Double(row % 24)
            rows.targets[row] = random.unit() < 0.5 + 0.4 * cos(2 * Double.pi * (hour - 23) / 24) ? 1 : 0
        }
        let outcome = try train(Subject(algorithm: "logistic", task: .binary), rows, [:], ["times": "cycles"])
        #expect(try #require(outcome.metrics.first { $0.name == "auc" }).value > 0.7)
        let model = try Model.decode(outcome.artefact)
        #expect(model.importance().first?.feature == "time")
        let weights = try #require(model.coefficients).weights
        #expect(weights.keys.filter { $0.hasPrefix("time") }.count == 6)
    }

    @Test("Versions that were coded by the target before there were other codings still decode, answer as then, and keep their bytes")
    func earlier() throws {
        for name in ["target-coded-online-logistic", "target-coded-softmax"] {
            let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).fbm3")
            let bytes = Array(try Data(contentsOf: url))
            let model = try Model.decode(bytes)
            #expect(model.encode() == bytes && model.goldenCount > 0)
            let categories = Categories()
            try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        }
    }

    @Test("Damaged codings are refused or decoded, and never trap", arguments: [ways[2], ways[3], ways[4]])
    func damaged(way: [String: String]) throws {
        let rows = Made.mixed(.multiclass, count: 120)
        let bytes = try train(Subject(algorithm: "softmax", task: .multiclass), rows, [:], way).artefact
        var random = Made.Random(state: 17)
        for _ in 0..<3_000 {
            var copy = bytes
            // The coding lies in the first third.
            let position = random.below(copy.count / 3)
            copy[position] = UInt8(truncatingIfNeeded: [0, 1, 2, 3, 4, 255, random.next()][random.below(7)])
            guard let model = try? Model.decode(copy) else { continue }
            let predictor = model.predictor(categories: Categories(["oak"]))
            for value in [0.0, .nan, 1e300, -1] {
                _ = predictor.scores([Double](repeating: value, count: predictor.width), count: 1)
            }
            _ = model.importance()
            _ = try? Model.decode(model.encode())
        }
    }

    @Test(
        "What is coded without labels goes on learning online, resumed or not, to the same bytes", arguments: [ways[1], ways[2], ways[4]])
    func online(way: [String: String]) throws {
        let rows = Made.mixed(.binary, count: 800)
        let first = rows.selecting(Array(0..<400))
        let start = try train(Subject(algorithm: "online-logistic", task: .binary), first, [:], way).artefact
        func row(_ index: Int) -> [Double] { Array(rows.features[(index * rows.schema.width)..<((index + 1) * rows.schema.width)]) }
        let whole = try OnlineLearner(resuming: start, categories: rows.categories)
        let before = try Model.decode(start).scores(of: rows.selecting([400]))
        // Trained, nothing being told of labels that come late, it answers live as it does standing still, but for the rates that follow quickly.
        #expect(abs(try whole.predict(row(400)) - (before.first ?? .nan)) < 0.1)
        var part = try OnlineLearner(resuming: start, categories: Categories(rows.categories["word"].table.names.compactMap(\.self)))
        for index in 400..<800 {
            try whole.learn(row(index), target: rows.targets[index])
            try part.learn(row(index), target: rows.targets[index])
            if index == 600 { part = try OnlineLearner(resuming: part.snapshot(), categories: rows.categories) }
        }
        let bytes = try whole.snapshot()
        #expect(try part.snapshot() == bytes)
        let model = try Model.decode(bytes)
        #expect(part.live.scores(row(7), count: 1) == whole.live.scores(row(7), count: 1))
        let categories = Categories()
        try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        #expect(throws: LearningFailure.misshapen(values: 1, rows: 1, width: 6)) { try whole.predict([1]) }
    }

    @Test("With calibration and coded categories together a version still proves its bytes; it does not go on learning, and says so")
    func together() throws {
        let rows = Made.mixed(.binary, count: 800)
        let subject = Subject(algorithm: "online-logistic", task: .binary)
        let outcome = try train(subject, rows, ["calibration": "platt"])
        #expect(try Model.decode(outcome.artefact).scores(of: outcome.holdout) == outcome.holdoutScores)
        let calibrated = #expect(throws: LearningFailure.self) {
            try OnlineLearner(resuming: outcome.artefact, categories: rows.categories)
        }
        #expect(
            calibrated?.description
                == "the version does not go on learning: it is calibrated, which does not follow what is learnt later: train one with calibration none"
        )
        let coded = try train(subject, rows).artefact
        let failure = #expect(throws: LearningFailure.self) { try OnlineLearner(resuming: coded, categories: rows.categories) }
        #expect(failure?.description.contains("its categories are coded by the target") == true)
        #expect(failure?.description.contains("damaged") == false)
    }
}
