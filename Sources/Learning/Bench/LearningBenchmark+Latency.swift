import Foundation
public import Tabular

extension LearningBenchmark {
    /// One row after the other through 100 trees of 31 leaves, each answered once and timed by itself: median and 99th percentile.
    ///
    /// What reading the clock takes is in it, some twenty nanoseconds. `Tests/Oracles/bench_latency.py` sets other libraries beside it on the same rows.
    public static func latency() -> [BenchmarkFigure] { latency(rows: 50_000, asked: 20_000, trees: 100) }

    /// The same of any size.
    package static func latency(rows: Int, asked: Int, trees: Int) -> [BenchmarkFigure] {
        let train = DenseTable.rows(0..<rows)
        let others = DenseTable.rows(rows..<(rows + asked))
        do throws(LearningFailure) {
            let estimator = try BoostedTrees(settings: ["trees": "\(trees)", "leaves": "31", "learning-rate": "0.1"])
            let fitted = try estimator.fit(train, validation: nil, seed: 1, hooks: TrainingHooks(threads: 2))
            let predictor = fitted.predictor(schema: others.schema, categories: others.categories)
            // The first rows only warm up.
            _ = times(predictor, others)
            let times = times(predictor, others).sorted()
            guard let last = times.last, last > 0 else { return [] }
            let against = "LightGBM and ONNX Runtime on the same rows: Tests/Oracles/bench_latency.py"
            let name = "one row in process, \(trees) trees of 31 leaves"
            return [
                BenchmarkFigure(name: name + ", median", value: Double(times[times.count / 2]) / 1_000, unit: "µs", against: against),
                BenchmarkFigure(
                    name: name + ", 99th percentile", value: Double(times[times.count * 99 / 100]) / 1_000, unit: "µs", against: against),
            ]
        } catch {
            return []
        }
    }

    /// Nanoseconds of each row.
    private static func times(_ predictor: any Predictor, _ rows: LabelledRows) -> [UInt64] {
        let width = predictor.width
        var score = 0.0
        return rows.features.withUnsafeBufferPointer { features in
            guard let first = features.baseAddress else { return [] }
            return (0..<rows.count).map { row in
                let start = nanoseconds()
                predictor.predict(first + row * width, into: &score)
                return nanoseconds() - start
            }
        }
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
