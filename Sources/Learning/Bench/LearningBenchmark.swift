import Foundation
public import Tabular

/// Measures trainings on tables that are made up on the spot, the same every time.
///
/// `Tests/Oracles/bench_learning.py` makes the very same tables and sets other libraries beside these figures.
public enum LearningBenchmark {
    /// Fits 100 trees of 31 leaves to 1,000,000 × 28 dense numbers; bins included.
    ///
    /// Seconds by the clock and of the processor, and the area on 250,000 other rows. Complexity: about 0.6 GB of memory.
    public static func trees(threads: Int) -> [BenchmarkFigure] { trees(threads: threads, rows: 1_000_000, trees: 100) }

    /// The same of any size.
    package static func trees(threads: Int, rows: Int, trees: Int) -> [BenchmarkFigure] {
        let train = DenseTable.rows(0..<rows)
        let held = DenseTable.rows(rows..<(rows + rows / 4))
        let against = "LightGBM and XGBoost on the same table: Tests/Oracles/bench_learning.py"
        do throws(LearningFailure) {
            let estimator = try BoostedTrees(settings: ["trees": "\(trees)", "leaves": "31", "learning-rate": "0.1"])
            let clock = ContinuousClock.now
            let processor = processorSeconds()
            let fitted = try estimator.fit(train, validation: nil, seed: 1, hooks: TrainingHooks(threads: threads))
            let fitting = seconds(ContinuousClock.now - clock)
            let used = processorSeconds() - processor
            let predictor = fitted.predictor(schema: held.schema, categories: held.categories)
            let start = processorSeconds()
            let scores = predictor.scores(held.features, count: held.count)
            let scoring = processorSeconds() - start
            let area = DeLong(scores: scores, targets: held.targets)?.auc
            let name = "boosted trees, \(rows) × \(DenseTable.width), \(trees) trees of 31 leaves, \(threads) threads"
            return [
                BenchmarkFigure(name: name, value: fitting, unit: "s", against: against),
                BenchmarkFigure(name: name, value: used, unit: "CPU s", against: against),
                BenchmarkFigure(name: name + ", held out", value: area ?? .nan, unit: "auc", against: against),
                BenchmarkFigure(
                    name: "boosted trees, scoring with \(trees) trees, rows a processor second", value: Double(held.count) / scoring,
                    unit: "rows/s",
                    against: against),
            ]
        } catch {
            return []
        }
    }

    /// A duration as a number.
    package static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// Of all threads; the load of others slows the clock, and this hardly.
    package static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
