import Foundation
import Monitoring
import Testing

@Suite("quality without labels")
struct QualityTests {
    /// The figures of `Tests/Oracles/quality.py`: NannyML 0.13.1, ppi-python 0.2.3.
    struct Golden: Decodable {
        struct Chunk: Decodable { var scores: [Double], figures: [String: Double] }
        struct Case: Decodable {
            var truths: [Double], estimates: [Double], others: [Double]
            var value: Double, lower: Double, upper: Double
        }

        var estimated: [Chunk]
        var powered: [Case]

        static func load() throws -> Golden {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/quality.json")
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        }
    }

    @Test("expected figures of calibrated probabilities are within 0.005 of NannyML's on the same chunks")
    func chunks() throws {
        let golden = try Golden.load().estimated
        #expect(golden.count == 3)
        for chunk in golden {
            let found = Dictionary(uniqueKeysWithValues: ExpectedQuality.binary(chunk.scores).map { ($0.name, $0.value) })
            for (name, value) in chunk.figures {
                #expect(abs((found[name] ?? .nan) - value) < 0.005, "\(name): \(found[name] ?? .nan) and not \(value)")
            }
        }
    }

    @Test("expected figures of few rows are those of their definitions")
    func closedForms() throws {
        func figures(_ scores: [Double]) -> [String: Double] {
            Dictionary(uniqueKeysWithValues: ExpectedQuality.binary(scores).map { ($0.name, $0.value) })
        }
        let two = figures([0.9, 0.2])
        #expect(close(two["accuracy"] ?? 0, 0.85) && close(two["brier"] ?? 0, (0.09 + 0.16) / 2))
        #expect(close(two["logLoss"] ?? 0, -(0.9 * log(0.9) + 0.1 * log(0.1) + 0.2 * log(0.2) + 0.8 * log(0.8)) / 2))
        // Hits 0.9 and 0.2 over alarms 0.1 and 0.8, by the trapezium.
        #expect(close(two["auc"] ?? 0, (0.1 * 0.45 + 0.8 * 1) / (1.1 * 0.9)))
        #expect(close(two["precision"] ?? 0, 0.9) && close(two["recall"] ?? 0, 0.9 / 1.1))
        #expect(close(figures([0.5, 0.5])["auc"] ?? 0, 0.5))
        #expect(figures([0, 0])["auc"] == nil && figures([]).isEmpty && figures([.nan]).isEmpty)
        let several = Dictionary(
            uniqueKeysWithValues: ExpectedQuality.multiclass([0.7, 0.2, 0.1, 0.1, 0.1, 0.8], classes: 3).map { ($0.name, $0.value) })
        #expect(close(several["accuracy"] ?? 0, 0.75))
        #expect(ExpectedQuality.multiclass([0.5, 0.5, 0.1], classes: 2).isEmpty)
    }

    @Test("the realized figures of a window lie in the intervals of what was expected in 93 to 97 of 100 windows")
    func estimatedCoverage() {
        var random = Random(31)
        var inside = ["accuracy": 0, "logLoss": 0, "brier": 0]
        let rounds = 400
        for _ in 0..<rounds {
            let scores = (0..<500).map { _ in min(0.999, max(0.001, 0.5 + 0.25 * random.normal())) }
            let truths = scores.map { random.uniform() < $0 ? 1.0 : 0 }
            let realized = [
                "accuracy": zip(scores, truths).reduce(0) { $0 + (($1.0 >= 0.5) == ($1.1 > 0.5) ? 1.0 : 0) } / 500,
                "logLoss": zip(scores, truths).reduce(0) { $0 - ($1.1 > 0.5 ? log($1.0) : log1p(-$1.0)) } / 500,
                "brier": zip(scores, truths).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 500,
            ]
            for figure in ExpectedQuality.binary(scores) {
                guard let value = realized[figure.name], let lower = figure.lower, let upper = figure.upper else { continue }
                if lower <= value, value <= upper { inside[figure.name, default: 0] += 1 }
            }
        }
        for (name, count) in inside {
            // The interval is of the whole law, scores included; given the scores it is a little wide.
            #expect(Double(count) / Double(rounds) >= 0.93, "\(name) \(count)")
        }
    }

    @Test("mean and interval from few truths are those of the paper's reference code")
    func powered() throws {
        for golden in try Golden.load().powered {
            let found = try #require(PredictionPowered(truths: golden.truths, estimates: golden.estimates, others: golden.others))
            let half = (golden.upper - golden.lower) / 2
            #expect(abs(found.value - golden.value) < 0.05 * half, "\(found.value) and not \(golden.value)")
            #expect(abs(found.halfWidth / half - 1) < 0.05, "\(found.halfWidth) and not \(half)")
        }
    }

    @Test(
        "the truth lies in the interval in about 95 of 100 deployments, and the interval is narrower than that of labels alone where estimates are worth something",
        arguments: [(0.0, 0.7), (0.9, 1.0)])
    func coverage(dependence: Double, mostWidth: Double) throws {
        var random = Random(32)
        var (inside, narrower, width) = (0, 0, 0.0)
        let rounds = 200
        for _ in 0..<rounds {
            // What is expected moves with its neighbours; the truth is that and noise, and lies 0.3 off in the mean.
            var level = random.normal()
            func next() -> Double {
                level = dependence * level + (1 - dependence * dependence).squareRoot() * random.normal()
                return level
            }
            let others = (0..<4_000).map { _ in next() }
            let estimates = (0..<1_000).map { _ in next() }
            let truths = estimates.map { $0 + 0.3 + 0.5 * random.normal() }
            let found = try #require(PredictionPowered(truths: truths, estimates: estimates, others: others))
            if abs(found.value - 0.3) <= found.halfWidth { inside += 1 }
            if found.standardError < found.labelsAloneError { narrower += 1 }
            width += found.standardError / found.labelsAloneError / Double(rounds)
        }
        #expect(Double(inside) / Double(rounds) >= 0.9 && Double(inside) / Double(rounds) <= 0.985, "\(inside) of \(rounds)")
        #expect(narrower >= rounds * 9 / 10 && width <= mostWidth, "\(narrower) \(width)")
    }

    @Test("estimates that are worth nothing cost nothing, and impossible input has no answer")
    func worthless() throws {
        var random = Random(33)
        let found = try #require(
            PredictionPowered(truths: random.normals(300), estimates: random.normals(300), others: random.normals(3_000)))
        #expect(found.weight < 0.2 && found.standardError < 1.05 * found.labelsAloneError)
        #expect(PredictionPowered(truths: [1], estimates: [1], others: []) == nil)
        #expect(PredictionPowered(truths: [1, 2], estimates: [1], others: []) == nil)
        let alone = try #require(PredictionPowered(truths: [1, 2, 4], estimates: [1, 1, 1], others: []))
        #expect(alone.weight == 0 && alone.standardError == alone.labelsAloneError)
    }
}
