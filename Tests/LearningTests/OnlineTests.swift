import Foundation
import Learning
import Tabular
import Testing

@Suite("Online learning") struct OnlineTests {
    /// Two words, each often enough for a column, and no number.
    private func words() -> LabelledRows {
        let categories = Categories(["a", "b"])
        let schema = Schema(features: [Feature(name: "word", kind: .categorical)], target: Made.target(.binary))
        return LabelledRows(schema: schema, categories: categories, features: [0, 1, 0, 1], targets: [0, 1, 1, 0])
    }

    @Test("Answers and weights follow a trace of algorithm 1 of McMahan et al. 2013 (Tests/Oracles/ftrl.py)")
    func trace() throws {
        let settings = ["learning-rate": "0.5", "hold": "1", "l1": "0.1", "l2": "0.01", "min-count": "1"]
        let learner = try OnlineLearner(layoutOf: words(), settings: settings)
        let steps: [(row: Double, target: Double, answer: Double)] = [
            (0, 1, 0.5), (0, 0, 0.5743342260612142), (1, 1, 0.5009102768148038), (0, 1, 0.5335149019089079),
            (1, 1, 0.5944093123723458), (1, 0, 0.6460720499179796),
        ]
        for step in steps { #expect(abs(try learner.learn([step.row], target: step.target) - step.answer) < 1e-14) }
        let weights = try #require(try Model.decode(learner.snapshot()).coefficients)
        #expect(abs(try #require(weights.weights["word=a"]) - 0.09527043542882961) < 1e-14)
        #expect(abs(try #require(weights.weights["word=b"]) - 0.08716824564499615) < 1e-14)
        #expect(abs(weights.intercept - 0.20417824254064343) < 1e-14)
        #expect(learner.rowsLearnt == 6)
    }

    @Test("The first step is −z α / (β + |g|), by hand")
    func firstStep() throws {
        let learner = try OnlineLearner(layoutOf: words(), settings: ["learning-rate": "0.5", "min-count": "1"])
        try learner.learn([0], target: 1)
        // p = ½, g = −½ for the word and the intercept: w = ½ · ½ / (1 + ½) = 1/6 each, so that p = 1 / (1 + e^(−1/3)).
        #expect(abs(try learner.predict([0]) - 1 / (1 + exp(-1.0 / 3))) < 1e-15)
        #expect(abs(try learner.predict([1]) - 1 / (1 + exp(-1.0 / 6))) < 1e-15)
    }

    @Test(
        "What was learnt in one go equals, byte for byte, what was learnt with a stop and a resume",
        arguments: [PredictionTask.binary, .regression], ["0", "0.1"])
    func resuming(task: PredictionTask, rate: String) throws {
        let rows = Made.mixed(task, count: 500)
        let width = rows.schema.width
        let first = rows.selecting(Array(0..<100))
        let whole = try OnlineLearner(layoutOf: first, settings: ["learning-rate": rate])
        var parted = try OnlineLearner(layoutOf: first, settings: ["learning-rate": rate])
        for row in 0..<rows.count {
            if row % 137 == 100 { parted = try OnlineLearner(resuming: parted.snapshot(), categories: rows.categories) }
            let values = Array(rows.features[(row * width)..<((row + 1) * width)])
            #expect(try whole.learn(values, target: rows.targets[row]) == parted.learn(values, target: rows.targets[row]))
        }
        let bytes = try whole.snapshot()
        #expect(try parted.snapshot() == bytes)
        let model = try Model.decode(bytes)
        #expect(model.goldenCount == 32)
        let categories = Categories()
        try model.verifyGolden(model.predictor(categories: categories), categories: categories)
        let one = Array(rows.features.prefix(width))
        // A mixture's version answers otherwise than the mixture does now: it stands still.
        let answers = try rate == "0" ? whole.live.scores(rows.features, count: 1) : model.scores(of: rows)
        #expect(abs(try #require(answers.first) - whole.predict(one)) < 1e-12 * abs(try whole.predict(one)))
    }

    @Test("Learning label by label gives what `fit` gives", arguments: ["0", "0.1"])
    func sameAsFit(rate: String) throws {
        let rows = Made.mixed(.binary)
        let width = rows.schema.width
        let learner = try OnlineLearner(layoutOf: rows, settings: ["learning-rate": rate])
        for row in 0..<rows.count {
            try learner.learn(Array(rows.features[(row * width)..<((row + 1) * width)]), target: rows.targets[row])
        }
        let fitted = try Subject(algorithm: "online-logistic", task: .binary).fit(rows, settings: ["learning-rate": rate])
        #expect(try Model.decode(learner.snapshot()).scores(of: rows) == fitted.scores(of: rows))
    }

    @Test("Bad rows, bad targets and versions that do not learn online are refused, and nothing is learnt from them")
    func refused() throws {
        let rows = Made.mixed(.binary)
        let learner = try OnlineLearner(layoutOf: rows)
        #expect(throws: LearningFailure.misshapen(values: 1, rows: 1, width: 6)) { try learner.learn([1], target: 1) }
        #expect(throws: LearningFailure.misshapen(values: 0, rows: 1, width: 6)) { try learner.predict([]) }
        for target in [0.5, 2, -1, .infinity] {
            #expect(throws: LearningFailure.badTarget(column: "y", row: 0, value: target)) {
                try learner.learn([0, 0, 0, 0, 0, 0], target: target)
            }
        }
        #expect(learner.rowsLearnt == 0)
        let batch = try Subject(algorithm: "logistic", task: .binary).fit(rows).encode()
        #expect(
            throws: LearningFailure.notOnline(why: "logistic learns all rows at once", instead: "train online-logistic or online-linear")
        ) {
            try OnlineLearner(resuming: batch, categories: rows.categories)
        }
    }

    @Test("A relation that turns round is followed")
    func turning() throws {
        let rows = Made.wide(.binary, count: 2_000, width: 2)
        let learner = try OnlineLearner(layoutOf: rows, settings: ["learning-rate": "1"])
        var right = 0
        for row in 0..<rows.count {
            let target = row < 1_000 ? rows.targets[row] : 1 - rows.targets[row]
            let answer = try learner.learn(Array(rows.features[(row * 2)..<(row * 2 + 2)]), target: target)
            if row >= 1_500, (answer >= 0.5) == (target > 0.5) { right += 1 }
        }
        #expect(right > 450)
    }

    /// The New South Wales electricity market, which may not be committed: beside the repository, or `$FLYBALL_ELECTRICITY`.
    static let electricity: String? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/data/electricity-nsw.csv.gz").path
        let path = ProcessInfo.processInfo.environment["FLYBALL_ELECTRICITY"] ?? beside
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// Tested on each row before it is learnt.
    ///
    /// Only the scales of the first 200 rows' columns are known before, and answers to those 200 rows count as wrong. There are no
    /// labels or prices of other rows among the features: a large rate, which follows what is recent, is enough.
    @Test(
        "Electricity, test then train: at least 0.86 (scikit-learn's SGD 0.869, \"no change\" 0.853, Vowpal Wabbit 0.730)",
        .enabled(if: electricity != nil))
    func prequential() throws {
        let path = try #require(Self.electricity)
        let rows = try CSVImport.read(path: path, options: ImportOptions(target: "class", positive: "up")).rows
        let width = rows.schema.width
        let warmUp = 200
        let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<warmUp)), settings: ["learning-rate": "5"])
        var right = 0
        for row in 0..<rows.count {
            let target = rows.targets[row]
            let answer = try learner.learn(Array(rows.features[(row * width)..<((row + 1) * width)]), target: target)
            if row >= warmUp, (answer >= 0.5) == (target > 0.5) { right += 1 }
        }
        let accuracy = Double(right) / Double(rows.count)
        #expect(rows.count == 45_312)
        #expect(accuracy >= 0.86, "\(accuracy)")
    }
}
