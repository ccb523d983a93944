import Foundation
package import Learning
package import Tabular

/// How often the gates against the champion let equal, worse and better versions pass, by simulation.
///
/// Each repetition makes rows anew, trains a champion on some and a version on others, divides them as trainings do and compares both on the
/// rows that the champion never learnt. Worse and better versions are made of equal ones by noise of a size that costs the area just so much.
package enum GateBenchmark {
    /// How the rows come.
    package enum Source: String, CaseIterable, Sendable {
        /// With times: the latest rows judge.
        case time = "by time"
        /// Without: the side follows from the content.
        case content = "by content"
        /// As labelled traffic, with ids.
        case traffic = "labelled traffic"
    }

    /// What the version is, beside the champion.
    package enum Kind: Sendable {
        /// It learnt the champion's rows and a quarter more.
        case grown
        /// It learnt as many other rows: two retrainings that share nothing.
        case other
        /// A grown one whose area is less by this.
        case worse(Double)
        /// A grown one beside a champion whose area is less by this.
        case better(Double)
    }

    /// How often the gates said what.
    package struct Verdicts: Sendable, Equatable {
        package var promoted = 0
        package var undecided = 0
        package var refused = 0

        package var total: Int { promoted + undecided + refused }
    }

    /// All figures: 200 repetitions at 5,000 rows.
    package static func run(repetitions: Int = 200, rows: Int = 5_000) throws(LearningFailure) -> [BenchmarkFigure] {
        let margin = GateMargins().nonInferiority
        let kinds: [(String, Kind, String)] = [
            ("grown by a quarter", .grown, "promoted or undecided: at least 0.9"),
            ("as many other rows", .other, "promoted or undecided: at least 0.9"),
            ("worse by twice the margin", .worse(2 * margin), "refused: at least 0.95"),
            ("better by 0.02", .better(0.02), "promoted: at least 0.9"),
        ]
        var figures: [BenchmarkFigure] = []
        for source in Source.allCases {
            for (name, kind, bar) in kinds {
                let found = try verdicts(kind, source, algorithm: "logistic", repetitions: repetitions, rows: rows)
                for (word, count) in [("promoted", found.promoted), ("undecided", found.undecided), ("refused", found.refused)] {
                    figures.append(
                        BenchmarkFigure(
                            name: "\(name), \(source.rawValue): \(word)", value: Double(count) / Double(found.total), unit: "share",
                            against: bar))
                }
            }
        }
        return figures
    }

    /// Complexity: O(repetitions), each two trainings.
    package static func verdicts(
        _ kind: Kind, _ source: Source, algorithm: String, settings: [String: String] = [:], repetitions: Int, rows: Int,
        margins: GateMargins = GateMargins()
    ) throws(LearningFailure) -> Verdicts {
        var result = Verdicts()
        for seed in 0..<repetitions {
            let gates = try gates(kind, source, algorithm, settings, seed: UInt64(seed), rows: rows, margins)
            if gates.contains(where: \.refuses) {
                result.refused += 1
            } else if gates.contains(where: \.undecided) {
                result.undecided += 1
            } else {
                result.promoted += 1
            }
        }
        return result
    }

    private static func gates(
        _ kind: Kind, _ source: Source, _ algorithm: String, _ settings: [String: String], seed: UInt64, rows: Int, _ margins: GateMargins
    ) throws(LearningFailure) -> [GateResult] {
        let all = made(2 * rows, source, seed: seed)
        let own: Range<Int> = if case .other = kind { rows..<(2 * rows) } else { 0..<(rows + rows / 4) }
        let request = TrainingRequest(algorithm: algorithm, settings: settings)
        let first = try Training.run(all.selecting(Array(0..<rows)), request: request, hooks: TrainingHooks())
        let second = try Training.run(all.selecting(Array(own)), request: request, hooks: TrainingHooks())
        guard let bounds = first.division?.bounds,
            let fair = second.division?.neverLearnt(by: bounds, times: second.holdout.times, targets: second.holdout.targets)
        else { return [] }
        let held = second.holdout.selecting(fair)
        var champion = try Model.decode(first.artefact).scores(of: held)
        var candidate = second.holdoutScores.rows(fair, of: second.holdout.count)
        var random = SplitMix64(state: seed &+ 1_000_003)
        switch kind {
        case .grown, .other: break
        case .worse(let loss): candidate = blurred(candidate, by: loss, &random)
        case .better(let gain): champion = blurred(champion, by: gain, &random)
        }
        let bout = Gates.Bout(
            candidate: candidate, other: champion, targets: held.targets, groups: second.groups?.selecting(fair), task: .binary)
        return Gates.champion(bout, version: 1, heldOut: second.holdout.count, margins: margins)
    }

    // MARK: Made up

    private static let columns = 6

    /// Six numbers, a sum and two products of which make the target likelier.
    private static func made(_ count: Int, _ source: Source, seed: UInt64) -> LabelledRows {
        let schema = Schema(
            features: (0..<columns).map { Feature(name: "x\($0)", kind: .numeric) },
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
        var random = SplitMix64(state: seed &* 0x9E37_79B9)
        var rows = LabelledRows(schema: schema, categories: Categories(), features: [], targets: [])
        for row in 0..<count {
            let x = (0..<columns).map { _ in Double.random(in: -2..<2, using: &random) }
            rows.features += x
            rows.targets.append(Double.random(in: 0..<1, using: &random) < chance(x) ? 1 : 0)
            switch source {
            case .time: rows.times.append(Int64(row) * 60_000)
            case .content: break
            case .traffic: rows.ids.append(random.next() | 1)
            }
        }
        return rows
    }

    private static func chance(_ x: [Double]) -> Double {
        1 / (1 + exp(0.5 - 0.8 * x[0] + 0.5 * x[1] - 0.5 * x[0] * x[2] - 0.4 * x[1] * x[3]))
    }

    /// The logistic regression's answers with noise on their log-odds, as much of it as costs the area `loss`; its own noise keeps it calibrated.
    private static func blurred(_ scores: [Double], by loss: Double, _ random: inout SplitMix64) -> [Double] {
        let odds = scores.map { log($0 / (1 - $0)) }
        let mean = odds.reduce(0, +) / Double(max(1, odds.count))
        let spread = (odds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, odds.count))).squareRoot()
        let noise = noiseShare(spread, loss: loss)
        return odds.map { value in
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
            let normal = radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &random))
            // Shrunk by what the noise takes from the signal, so that its probabilities stay as good as they can.
            let seen = mean + (value - mean + noise * spread * normal) / (1 + noise * noise)
            return 1 / (1 + exp(-seen))
        }
    }

    /// The noise, in standard deviations of the log-odds, that costs an area so much; log-odds taken for normal, with that spread.
    ///
    /// By simulation of pairs that does not depend on the repetition, and halving.
    private static func noiseShare(_ spread: Double, loss: Double) -> Double {
        var (low, high) = (0.0, 4.0)
        let full = area(spread, noise: 0)
        for _ in 0..<24 {
            let middle = (low + high) / 2
            if full - area(spread, noise: middle) < loss { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The area of log-odds with such a spread about 0 and noise beside them, the truth drawn from them, on a grid.
    private static func area(_ spread: Double, noise: Double) -> Double {
        // P(score of a positive > score of a negative): both log-odds weighted by the chance of their truth.
        let grid = stride(from: -3.5, through: 3.5, by: 0.1).map { $0 }
        let weights = grid.map { exp(-$0 * $0 / 2) }
        let positive = zip(grid, weights).map { $1 / (1 + exp(-spread * $0)) }
        let negative = zip(grid, weights).map { $1 / (1 + exp(spread * $0)) }
        var sum = 0.0
        for (a, p) in zip(grid, positive) {
            for (b, n) in zip(grid, negative) {
                let apart = noise > 0 ? 0.5 * erfc(-(a - b) / (2 * noise)) : a > b ? 1 : a == b ? 0.5 : 0
                sum += p * n * apart
            }
        }
        return sum / (positive.reduce(0, +) * negative.reduce(0, +))
    }
}
