import COpenBLAS
import Foundation
import Synchronization
public import Tabular

extension LearningBenchmark {
    /// All figures of linear, online and perceptron trainings; those of rows of two classes only when there are some.
    public static func linear(_ rows: LabelledRows?, threads: Int) -> [BenchmarkFigure] {
        let logistic = rows.map { Self.logistic($0, threads: threads) } ?? []
        return logistic + online() + perceptron(units: 64, second: 32, threads: 1) + perceptron(units: 64, second: 32, threads: threads)
            + perceptron(units: 512, second: 256, rows: 200_000, threads: threads)
    }

    /// Fits a logistic regression to the training part of some rows of two classes, its design matrix included.
    ///
    /// The peer's time is that of its solver alone, on a matrix that it was given.
    public static func logistic(_ rows: LabelledRows, threads: Int) -> [BenchmarkFigure] {
        let (train, held) = rows.split(holdout: 0.2)
        do throws(LearningFailure) {
            let estimator = try Logistic(settings: [:])
            let timer = Timer()
            let fitted = try estimator.fit(train, validation: nil, seed: 0, hooks: TrainingHooks(threads: threads))
            let (wall, processor) = timer.elapsed
            let predictor = fitted.predictor(schema: held.schema, categories: held.categories)
            let area = DeLong(scores: predictor.scores(held.features, count: held.count), targets: held.targets)?.auc
            let name = "logistic, \(train.count) rows, \(threads) threads"
            return [
                BenchmarkFigure(name: name, value: wall, unit: "s", against: linearPeer),
                BenchmarkFigure(name: name, value: processor, unit: "CPU s", against: linearPeer),
                BenchmarkFigure(name: name + ", held out", value: area ?? .nan, unit: "auc", against: linearPeer),
            ]
        } catch { return [] }
    }

    /// Learns rows of 28 dense numbers one by one; rows a second of one core's time.
    public static func online(rows count: Int = 500_000) -> [BenchmarkFigure] {
        let rows = DenseTable.rows(0..<count)
        do throws(LearningFailure) {
            let estimator = try OnlineLogistic(settings: [:])
            let layout = try DesignLayout(rows, hooks: TrainingHooks())
            let state = OnlineKnowledge(layout: layout, rates: OnlineRates(try Settings([:], for: OnlineLogistic.parameters)))
            let fit = OnlineFit(rows: rows, validation: nil, passes: 1, isLogistic: true)
            let alone = Timer()
            _ = try fit.run(from: state, hooks: TrainingHooks())
            let learning = alone.elapsed
            let whole = Timer()
            _ = try estimator.fit(rows, validation: nil, seed: 0, hooks: TrainingHooks())
            let fitting = whole.elapsed
            let name = "online logistic, a mixture of \(RateWeights.count) rates, \(count) × \(DenseTable.width)"
            return [
                BenchmarkFigure(name: name, value: Double(count) / learning.processor, unit: "rows/CPU s", against: linearPeer),
                BenchmarkFigure(
                    name: name + ", scales of columns included", value: Double(count) / fitting.processor, unit: "rows/CPU s",
                    against: linearPeer),
            ]
        } catch { return [] }
    }

    /// An epoch of a perceptron on 28 dense numbers, beside the rate of large single-precision products measured before it.
    ///
    /// Rates count the products alone: 2 operations a weight and row forwards, 4 backwards, 2 in the first layer.
    public static func perceptron(units: Int, second: Int, rows count: Int = 1_000_000, threads: Int) -> [BenchmarkFigure] {
        let rows = DenseTable.rows(0..<count)
        let peak = peakRate()
        let marks = Marks()
        do throws(LearningFailure) {
            let settings = ["units": "\(units)", "second-units": "\(second)", "epochs": "2", "patience": "0"]
            let hooks = TrainingHooks(report: { _ in marks.add() }, threads: threads)
            _ = try Perceptron(settings: settings).fit(rows, validation: nil, seed: 1, hooks: hooks)
        } catch { return [] }
        guard let (wall, processor) = marks.last else { return [] }
        let weights = Double(DenseTable.width * units + units * second + second)
        let operations = Double(count) * (6 * weights - 2 * Double(DenseTable.width * units))
        let name = "perceptron \(units)-\(second), \(count) × \(DenseTable.width), \(threads) threads, an epoch"
        let rate = operations / processor / 1e9
        return [
            BenchmarkFigure(name: name, value: wall, unit: "s", against: linearPeer),
            BenchmarkFigure(name: name, value: processor, unit: "CPU s", against: linearPeer),
            BenchmarkFigure(
                name: name, value: rate, unit: "GFLOP/CPU s", against: "a product of 1024 × 1024 in the same run", ratio: rate / peak),
        ]
    }

    private static let linearPeer = "scikit-learn on the same rows: Tests/Oracles/bench_linear.py"

    /// The best rate of a large product on one thread, in 10⁹ operations a second of its processor time.
    private static func peakRate() -> Double {
        LinearAlgebra.useOneThread()
        let size = 1_024
        let a = [Float](repeating: 0.5, count: size * size)
        var c = [Float](repeating: 0, count: size * size)
        var best = 0.0
        for _ in 0..<8 {
            let timer = Timer()
            let n = Int32(size)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a, n, 0, &c, n)
            best = max(best, 2 * pow(Double(size), 3) / timer.elapsed.processor / 1e9)
        }
        return best
    }

    /// Seconds by the clock and of the processor since it was made.
    private struct Timer {
        private let start = ContinuousClock.now
        private let used = processorSeconds()

        var elapsed: (wall: Double, processor: Double) { (seconds(ContinuousClock.now - start), processorSeconds() - used) }
    }

    /// When epochs ended.
    private final class Marks: Sendable {
        private let timers = Mutex<[Timer]>([])
        private let spans = Mutex<[(wall: Double, processor: Double)]>([])

        func add() {
            let before = timers.withLock { timers in
                let before = timers.last
                timers.append(Timer())
                return before
            }
            if let before { spans.withLock { $0.append(before.elapsed) } }
        }

        var last: (wall: Double, processor: Double)? { spans.withLock { $0.last } }
    }
}
