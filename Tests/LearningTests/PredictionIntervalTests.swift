import Foundation
import Learning
import Tabular
import Testing

@Suite("Prediction intervals") struct PredictionIntervalTests {
    /// A line with noise of long tails, as wide as the first column says.
    private static func noisy(_ count: Int, _ random: inout Made.Random) -> LabelledRows {
        let columns = (0..<2).map { _ in (0..<count).map { _ in random.normal() } }
        let targets = (0..<count).map { row in
            let noise = random.normal() / (0.3 + random.unit())
            return 5 + 2 * columns[0][row] - columns[1][row] + noise * (1 + abs(columns[0][row]))
        }
        return Made.numbers(.regression, columns, targets: targets)
    }

    @Test("Over 200 simulated sets 90 % intervals hold 90 % of fresh truths, within one of a hundred")
    func coverage() throws {
        var random = Made.Random(state: 77)
        var held = 0
        let fresh = 300
        for _ in 0..<200 {
            let request = TrainingRequest(algorithm: "ridge", settings: ["interval": "0.9"], holdout: 0.4)
            let outcome = try Training.run(Self.noisy(500, &random), request: request, hooks: TrainingHooks())
            let model = try Model.decode(outcome.artefact)
            let interval = try #require(model.interval)
            #expect(interval.level == 0.9 && interval.rows == outcome.holdoutRows)
            let rows = Self.noisy(fresh, &random)
            for (score, target) in zip(try model.scores(of: rows), rows.targets) {
                let (lower, upper) = interval.bounds(score)
                if lower <= target, target <= upper { held += 1 }
            }
        }
        let share = Double(held) / Double(200 * fresh)
        #expect(abs(share - 0.9) < 0.01, "\(share)")
    }

    @Test("Intervals of counts grow with the square root of the mean, and do not fall below zero")
    func counts() throws {
        var random = Made.Random(state: 5)
        let x = (0..<1_000).map { _ in Double(random.below(4)) }
        // Binomial numbers: a mean of 1 to 33.
        let rows = Made.numbers(
            .regression, [x], targets: x.map { level in Double((0..<100).count { _ in random.unit() < 0.01 * (1 + level * level * 3.5) }) })
        let request = TrainingRequest(algorithm: "boosted-trees", settings: ["objective": "poisson", "interval": "0.8"])
        let outcome = try Training.run(rows, request: request, hooks: TrainingHooks())
        let interval = try #require(try Model.decode(outcome.artefact).interval)
        let (narrow, wide) = (interval.bounds(1), interval.bounds(36))
        #expect(abs((wide.upper - 36) - 6 * (narrow.upper - 1)) < 1e-9)
        #expect(interval.bounds(0.01).lower == 0)
        #expect(outcome.notes.contains { $0.contains("80.0 % of truths are expected within") })
    }

    @Test("Without the setting the artefact is what it was, and what follows a model is refused unless it is an interval")
    func artefact() throws {
        var random = Made.Random(state: 1)
        let rows = Self.noisy(200, &random)
        func artefact(_ settings: [String: String]) throws -> [UInt8] {
            try Training.run(rows, request: TrainingRequest(algorithm: "ridge", settings: settings), hooks: TrainingHooks()).artefact
        }
        let plain = try artefact([:])
        #expect(try Model.decode(plain).interval == nil)
        let whole = try artefact(["interval": "0.9"])
        #expect(whole.starts(with: plain) && whole.count > plain.count)
        #expect(try Model.decode(whole).encode() == whole)
        for end in plain.count + 1..<whole.count {
            #expect(throws: LearningFailure.self) { try Model.decode(Array(whole.prefix(end))) }
        }
        // Of some forty held-out rows none is so far up.
        let few = TrainingRequest(algorithm: "ridge", settings: ["interval": "0.999"])
        let outcome = try Training.run(rows, request: few, hooks: TrainingHooks())
        #expect(try Model.decode(outcome.artefact).interval == nil)
        #expect(outcome.notes.contains { $0.contains("too few for one that holds 99.9 %") })
    }

    @Test("Classes have no interval")
    func classes() {
        let request = TrainingRequest(algorithm: "logistic", settings: ["interval": "0.9"])
        #expect(throws: LearningFailure.self) { try Training.check(request, task: .binary) }
        #expect(throws: LearningFailure.self) { try Training.run(Made.mixed(.binary), request: request, hooks: TrainingHooks()) }
    }
}
