import Foundation
public import Tabular

extension LearningBenchmark {
    /// Learning rates whose accuracy is shown: the default, and larger ones for what changes quickly.
    private static let onlineRates = ["0.1", "1", "5", "10"]
    /// Rows of which only the scales of columns are known before; the answers to them count as wrong.
    private static let scaledRows = 200
    /// Repeats of which the quickest counts.
    private static let repeats = 5

    /// Learns rows of two classes one by one in their order, each tested before it is learnt: accuracy, and rows a second of one core's time.
    public static func prequential(_ rows: LabelledRows) -> [BenchmarkFigure] {
        let against = "Vowpal Wabbit and scikit-learn on the same rows: Tests/Oracles/bench_online.py"
        var figures: [BenchmarkFigure] = []
        for rate in onlineRates {
            guard let (accuracy, seconds) = prequential(rows, rate: rate) else { continue }
            let name = "online-logistic, \(rows.count) rows, learning rate \(rate)"
            figures.append(BenchmarkFigure(name: name, value: accuracy, unit: "accuracy", against: against))
            figures.append(BenchmarkFigure(name: name, value: Double(rows.count) / seconds, unit: "rows/CPU s", against: against))
        }
        return figures
    }

    private static func prequential(_ rows: LabelledRows, rate: String) -> (accuracy: Double, seconds: Double)? {
        let width = rows.schema.width
        let first = min(scaledRows, rows.count)
        let all = (0..<rows.count).map { Array(rows.features[($0 * width)..<(($0 + 1) * width)]) }
        var best = (accuracy: 0.0, seconds: Double.infinity)
        for _ in 0..<repeats {
            do throws(LearningFailure) {
                let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<first)), settings: ["learning-rate": rate])
                let start = processorSeconds()
                var right = 0
                for row in 0..<rows.count {
                    let answer = try learner.learn(all[row], target: rows.targets[row])
                    if row >= first, (answer >= 0.5) == (rows.targets[row] > 0.5) { right += 1 }
                }
                best = (Double(right) / Double(rows.count), min(best.seconds, processorSeconds() - start))
            } catch { return nil }
        }
        return best
    }
}
