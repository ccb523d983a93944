import Console
import Control
import Engine
import Foundation
import Store
import Synchronization
import Tabular

/// Measures what serving feels of a backup: the same open-loop traffic with none and with one after the other, in interleaved pairs.
enum BackupBenchmark {
    /// Traffic that is in the store already, bytes, so that a backup takes as long as a round.
    private static let storedBytes = 256 << 20

    /// Figures of a workspace of its own, which is removed again.
    static func run() async throws -> [BenchmarkFigure] {
        var (made, bytes, seconds) = (0, Int64(0), 0.0)
        let rounds = try await BesideServing.run { workspace in
            try await onThread("flyball.bench") { Result { try fill(workspace.storeDirectory, workspace.configuration.retention) } }.get()
        } beside: { engine, directory, isWarming in
            let backing = Backing(engine, target: directory + "/b")
            let work = Task { try await backing.run() }
            return {
                backing.stop()
                let done = try await work.value
                // The first one is the one that writes everything.
                if !isWarming { (made, bytes, seconds) = (made + done.count, bytes + done.bytes, seconds + done.seconds) }
            }
        }
        return [
            rounds.figure("p99 of an answer while backups are made"),
            BenchmarkFigure(
                name: "a backup of \(FigureTexts.bytes(bytes / Int64(max(1, made))))", value: seconds / Double(max(1, made)), unit: "s",
                against: "at most \(FigureTexts.bytes(BackupConfiguration.standardBytesPerSecond)) a second", ratio: nil),
        ]
    }

    /// One backup after the other, until it is told to stop.
    private final class Backing: Sendable {
        private let engine: Engine
        private let target: String
        private let isOver = Atomic(false)

        init(_ engine: Engine, target: String) {
            self.engine = engine
            self.target = target
        }

        func stop() { isOver.store(true, ordering: .relaxed) }

        /// Those that were made: how many, of how many bytes, and how long they took.
        func run() async throws -> (count: Int, bytes: Int64, seconds: Double) {
            var (count, bytes, seconds) = (0, Int64(0), 0.0)
            while !isOver.load(ordering: .relaxed) {
                let started = ContinuousClock.now
                let receipt = try await engine.perform(ActionRequest(.backup(BackupOrder(target: target))), by: .current()).get()
                while true {
                    let status = engine.snapshot.system.backup
                    if let outcome = status.outcome, outcome.startedAt >= receipt.at, status.running == nil {
                        if let failure = outcome.failure { throw CommandFailure("bench: \(failure)") }
                        bytes += outcome.made?.bytes ?? 0
                        break
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                count += 1
                seconds += (ContinuousClock.now - started) / .seconds(1)
            }
            return (count, bytes, seconds)
        }
    }

    /// Puts traffic of a deployment that is no more into the store: numbers that no compression makes smaller.
    private static func fill(_ store: String, _ retention: Retention) throws {
        // Without a registry beside it, it would be what is left of a damaged workspace.
        _ = try ControlStore(directory: store)
        _ = try LabelStore(directory: store)
        let telemetry = try TelemetryStore(directory: store, retention: retention)
        var generator = Tabular.SplitMix64(state: 2)
        let (rows, width) = (4_096, 32)
        let now = EngineClock.system.milliseconds()
        for number in 0..<(storedBytes / (rows * width * 8)) {
            var block = TrafficBlock(deployment: "filler", width: width, outputs: 1)
            for row in 0..<rows {
                block.ids.append(RowID(base: PredictionID(epoch: 0, loop: 0, sequence: UInt64(number * rows + row)), row: 0))
                block.times.append(now)
                block.versions.append(1)
                block.arms.append(.champion)
                block.latencies.append(5)
                block.scores.append(0.5)
                for _ in 0..<width { block.features.append(Double(bitPattern: generator.next() & 0x7FEF_FFFF_FFFF_FFFF)) }
            }
            try telemetry.append([block])
        }
    }
}
