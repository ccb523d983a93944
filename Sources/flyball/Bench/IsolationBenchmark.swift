import Control
import Engine
import Foundation
import Learning
import Synchronization
import Tabular

/// Measures what serving feels of trainings: the same open-loop traffic with none and with one after the other, in interleaved pairs.
enum IsolationBenchmark {
    /// Rows of the table that is trained on: a training takes some seconds.
    private static let rows = 60_000

    /// Figures of a workspace of its own, which is removed again.
    static func run() async throws -> [BenchmarkFigure] {
        var (done, seconds) = (0, 0.0)
        let rounds = try await BesideServing.run { engine, directory, isWarming in
            let path = directory + "/more.csv"
            if !FileManager.default.fileExists(atPath: path) {
                try Data(BesideServing.table(rows: rows).utf8).write(to: URL(fileURLWithPath: path))
            }
            let training = Trainings(engine, path: path)
            let work = Task { try await training.run() }
            return {
                training.stop()
                let found = try await work.value
                if !isWarming { (done, seconds) = (done + found.count, seconds + found.seconds) }
            }
        }
        return [
            rounds.figure("p99 of an answer while trees are trained"),
            BenchmarkFigure(
                name: "a training of \(rows) rows, 200 trees, beside that traffic", value: seconds / Double(max(1, done)), unit: "s",
                against: "\(done) trainings", ratio: nil),
        ]
    }

    /// One training after the other, until it is told to stop.
    private final class Trainings: Sendable {
        private let engine: Engine
        private let path: String
        private let isOver = Atomic(false)

        init(_ engine: Engine, path: String) {
            self.engine = engine
            self.path = path
        }

        func stop() { isOver.store(true, ordering: .relaxed) }

        /// Those that ended: how many, and how long they took.
        func run() async throws -> (count: Int, seconds: Double) {
            var (count, seconds) = (0, 0.0)
            while !isOver.load(ordering: .relaxed) {
                let started = ContinuousClock.now
                let training = TrainingRequest(
                    algorithm: "boosted-trees", settings: ["trees": "200", "patience": "0"], seed: UInt64(count) + 1)
                let order = TrainOrder(deployment: "bench", path: path, training: training)
                let receipt = try await engine.perform(ActionRequest(.train(order)), by: .current()).get()
                guard let job = receipt.job else { throw CommandFailure("bench: the training has no job") }
                while let found = engine.snapshot.jobs.first(where: { $0.id == job }), found.state.isOpen {
                    try await Task.sleep(for: .milliseconds(20))
                }
                count += 1
                seconds += (ContinuousClock.now - started) / .seconds(1)
            }
            return (count, seconds)
        }
    }
}
