import Foundation
public import Tabular

extension LearningBenchmark {
    /// Learning rates whose accuracy is shown: the default, which is eight of them side by side, and single ones.
    private static let onlineRates = ["0", "0.1", "1", "5", "10"]
    /// Labels by which labels come late, as rows between an answer and the learning of its label.
    private static let onlineDelays = [0, 48, 336, 1_500]
    /// Rows of which only the scales of columns are known before; the answers to them count as wrong.
    private static let scaledRows = 200
    /// Repeats of which the quickest counts.
    private static let repeats = 5

    /// Learns rows of two classes one by one in their order, each answered as many rows before it is learnt as its label is late: accuracy,
    /// and rows a second of one core's time.
    public static func prequential(_ rows: LabelledRows) -> [BenchmarkFigure] {
        let against = "Vowpal Wabbit and scikit-learn on the same rows: Tests/Oracles/bench_online.py"
        var figures: [BenchmarkFigure] = []
        for rate in onlineRates {
            let name = "online-logistic, \(rows.count) rows, " + (rate == "0" ? "a mixture of rates" : "learning rate \(rate)")
            for delay in rate == "0" || rate == "0.1" ? onlineDelays : [0] {
                guard let run = prequential(rows, rate: rate, delay: delay) else { continue }
                let late = delay == 0 ? "" : ", labels \(delay) rows late"
                figures.append(BenchmarkFigure(name: name + late, value: run.accuracy, unit: "accuracy", against: against))
                figures.append(BenchmarkFigure(name: name + late, value: run.area, unit: "auc", against: against))
                figures.append(
                    BenchmarkFigure(name: name + late, value: Double(rows.count) / run.seconds, unit: "rows/CPU s", against: against))
            }
        }
        return figures
    }

    /// How well rows were answered that were learnt `delay` rows later, and the processor time of one run.
    ///
    /// The answers to the rows of which the scales are known before count as wrong; the area is that of the others.
    package static func prequential(
        _ rows: LabelledRows, rate: String, delay: Int
    ) -> (accuracy: Double, area: Double, seconds: Double)? {
        let width = rows.schema.width
        let first = min(scaledRows, rows.count)
        let all = (0..<rows.count).map { Array(rows.features[($0 * width)..<(($0 + 1) * width)]) }
        var best = (accuracy: 0.0, area: 0.0, seconds: Double.infinity)
        for _ in 0..<repeats {
            do throws(LearningFailure) {
                let learner = try OnlineLearner(layoutOf: rows.selecting(Array(0..<first)), settings: ["learning-rate": rate])
                let start = processorSeconds()
                var answers = [Double](repeating: 0, count: rows.count)
                for row in 0..<(rows.count + delay) {
                    if row < rows.count, delay > 0 { answers[row] = try learner.predict(all[row]) }
                    let learnt = row - delay
                    guard learnt >= 0 else { continue }
                    // A millisecond a row: a label that is late was answered before the last ones came.
                    let timing = delay == 0 ? nil : LabelTiming(answered: Int64(learnt), received: Int64(row) + 1)
                    let answer = try learner.learn(all[learnt], target: rows.targets[learnt], timing: timing)
                    if delay == 0 { answers[learnt] = answer }
                }
                let seconds = processorSeconds() - start
                let right = (first..<rows.count).count { (answers[$0] >= 0.5) == (rows.targets[$0] > 0.5) }
                let area = DeLong(scores: Array(answers[first...]), targets: Array(rows.targets[first...]))?.auc ?? .nan
                best = (Double(right) / Double(rows.count), area, min(best.seconds, seconds))
            } catch { return nil }
        }
        return best
    }
}
