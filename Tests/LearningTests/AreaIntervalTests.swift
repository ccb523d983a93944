import Learning
import Tabular
import Testing

/// Against SciPy's roots of the same equation (Tests/Oracles/evaluation.py), and by simulation of noise.
@Suite("Areas of few rows") struct AreaIntervalTests {
    private func area(_ scores: [Double], _ targets: [Double], _ task: PredictionTask = .binary) throws -> Metric {
        try #require(Evaluation.metrics(scores: scores, targets: targets, task: task).first { $0.name == "auc" })
    }

    @Test("Intervals of few rows and of perfect order are Newcombe's, and never void")
    func separation() throws {
        let figures: Golden.Evaluations = try Golden.read("evaluation")
        for figure in figures.separation {
            let found = try area(figure.targets.indices.map { Double($0) }, figure.targets)
            #expect(found.value == figure.auc)
            let (lower, upper) = (try #require(found.lower), try #require(found.upper))
            #expect(abs(lower - figure.lower) < 1e-9 && abs(upper - figure.upper) < 1e-9)
            #expect(found.lower != found.upper)
        }
    }

    @Test("An area of fewer than five rows of a class has no interval, and any difference of two such areas is possible")
    func tooFew() throws {
        let scores = (0..<12).map { Double($0) / 12 }
        for positives in 1...4 {
            let targets = (0..<12).map { $0 < 12 - positives ? 0.0 : 1 }
            let found = try area(scores, targets)
            #expect(found.value == 1 && found.lower == nil && found.upper == nil && found.interval == nil)
            let difference = Evaluation.compare(candidate: scores.reversed(), champion: scores, targets: targets, task: .binary)
            #expect(difference.difference == -1 && difference.lower == -1 && difference.upper == 1)
        }
        let five = Evaluation.compare(
            candidate: scores.reversed(), champion: scores, targets: (0..<12).map { $0 < 7 ? 0.0 : 1 }, task: .binary)
        #expect(five.upper < 0)
    }

    @Test("Noise is better than chance by its interval about once in forty times, not more often, however few its positives")
    func noise() throws {
        var random = Made.Random(state: 21)
        for (rows, positives, most) in [(12, 1, 0.0), (12, 5, 0.05), (60, 6, 0.045), (60, 30, 0.05)] {
            var passed = 0
            for _ in 0..<1_000 {
                let scores = (0..<rows).map { _ in random.unit() }
                let lower = try area(scores, (0..<rows).map { $0 < positives ? 1.0 : 0 }).lower
                if lower.map({ $0 > 0.5 }) ?? false { passed += 1 }
            }
            #expect(Double(passed) / 1_000 <= most, "\(positives) of \(rows): \(passed)")
        }
    }

    @Test("Noise of several classes, one of them rare, is hardly ever better than chance; one large class alone tells nothing")
    func noiseOfClasses() throws {
        var random = Made.Random(state: 22)
        let targets = [Double](repeating: 0, count: 30) + [Double](repeating: 1, count: 8) + [2, 2]
        var passed = 0
        for _ in 0..<500 {
            let lower = try #require(area((0..<120).map { _ in random.unit() }, targets, .multiclass).lower)
            if lower > 0.5 { passed += 1 }
        }
        #expect(passed <= 25, "\(passed)")
        let few = try area((0..<36).map { _ in random.unit() }, [Double](repeating: 0, count: 8) + [1, 1, 2, 2], .multiclass)
        #expect(few.lower == nil && few.upper == nil)
    }

    @Test("A model that learns 60 rows of noise with six positives is never surely better than chance")
    func trained() throws {
        var random = Made.Random(state: 23)
        for round in 0..<20 {
            let columns = (0..<6).map { _ in (0..<60).map { _ in random.normal() } }
            var targets = [Double](repeating: 0, count: 60)
            for place in Array(0..<60).shuffled(using: &random).prefix(6) { targets[place] = 1 }
            let rows = Made.numbers(.binary, columns, targets: targets)
            let request = TrainingRequest(algorithm: "logistic", seed: UInt64(round), holdout: 0.2)
            guard let outcome = try? Training.run(rows, request: request, hooks: TrainingHooks()) else { continue }
            #expect(outcome.metrics.first { $0.name == "auc" }?.lower == nil)
        }
    }
}
