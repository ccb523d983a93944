import Console
import Control
import Engine
import Foundation
import Learning
import Store
import Synchronization
import Tabular
import Workload

/// Measures what serving feels of a backup: the same open-loop traffic with none and with one after the other, in interleaved pairs.
enum BackupBenchmark {
    private static let pairs = 5
    /// Requests a second, and for how long in each half of a pair.
    private static let rate = 300.0
    private static let requests = 3_000
    /// Traffic that is in the store already, bytes, so that a backup takes as long as a round.
    private static let storedBytes = 256 << 20

    /// Figures of a workspace of its own, which is removed again.
    static func run() async throws -> [BenchmarkFigure] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-bench-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        EngineLog.useFile("/dev/null")
        let data = directory + "/data.csv"
        try Data(table(rows: 4_000).utf8).write(to: URL(fileURLWithPath: data))
        let workspace = try Workspace.open(path: directory + "/w")
        try await onThread("flyball.bench") { Result { try fill(workspace.storeDirectory, workspace.configuration.retention) } }.get()
        let house = try await EngineHouse.start(
            workspace: workspace, options: EngineHouse.Options(listen: "127.0.0.1:0"), opener: RemoteSession.opener)
        do {
            let figures = try await measure(house, data: data, target: directory + "/b")
            await house.stop()
            return figures
        } catch {
            await house.stop()
            throw error
        }
    }

    private static func measure(_ house: EngineHouse, data: String, target: String) async throws -> [BenchmarkFigure] {
        let order = DeployOrder(
            name: "bench", path: data, options: ImportOptions(target: "y", positive: "1"), training: TrainingRequest(algorithm: "logistic"))
        _ = try await house.engine.perform(ActionRequest(.deploy(order)), by: .current()).get()
        while house.engine.snapshot.deployment("bench")?.champion == nil {
            if let job = house.engine.snapshot.jobs.first, !job.state.isOpen, let error = job.error {
                throw CommandFailure("bench: \(error)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        guard let endpoint = Endpoint(house.address) else { throw CommandFailure("bench: no listener at \(house.address)") }
        var rounds: [(idle: Double, busy: Double)] = []
        var (made, bytes, seconds) = (0, Int64(0), 0.0)
        for round in 0...pairs {
            let idle = try await load(endpoint, data)
            let backing = Backing(house.engine, target: target)
            let work = Task { try await backing.run() }
            let busy = try await load(endpoint, data)
            backing.stop()
            let done = try await work.value
            // The first pair only warms up, and its backup is the one that writes everything.
            if round == 0 { continue }
            rounds.append((idle, busy))
            (made, bytes, seconds) = (made + done.count, bytes + done.bytes, seconds + done.seconds)
        }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        let idle = median(rounds.map(\.idle))
        return [
            BenchmarkFigure(
                name: "p99 of an answer while backups are made", value: median(rounds.map(\.busy)), unit: "µs",
                against: "\(FigureTexts.significant(idle)) µs with none, \(Int(rate)) requests/s",
                ratio: median(rounds.map { $0.idle / $0.busy })),
            BenchmarkFigure(
                name: "a backup of \(FigureTexts.bytes(bytes / Int64(max(1, made))))", value: seconds / Double(max(1, made)), unit: "s",
                against: "at most \(FigureTexts.bytes(BackupConfiguration.standardBytesPerSecond)) a second", ratio: nil),
        ]
    }

    /// The 99th percentile of answers from their intended start, microseconds.
    private static func load(_ endpoint: Endpoint, _ data: String) async throws -> Double {
        let report = try await Replay.run(
            options: ReplayOptions(
                deployment: "bench", endpoint: endpoint, path: data, rate: rate, connections: 8, loops: true, limit: requests))
        guard report.failed == 0 else { throw CommandFailure("bench: \(report.failed) requests failed: \(report.firstError ?? "")") }
        return report.p99Microseconds
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

    // MARK: What is made up

    private static func table(rows: Int) -> String {
        var generator = SplitMix(state: 1)
        var text = "a,b,c,d,e,f,g,h,k,y\n"
        for _ in 0..<rows {
            let values = (0..<8).map { _ in Double(generator.next() >> 40) / Double(1 << 24) }
            let isPositive = values[0] + values[1] * 0.5 + Double(generator.next() >> 40) / Double(1 << 24) > 1.2
            text += values.map { "\($0)" }.joined(separator: ",") + ",k\(generator.next() % 9),\(isPositive ? 1 : 0)\n"
        }
        return text
    }

    /// Puts traffic of a deployment that is no more into the store: numbers that no compression makes smaller.
    private static func fill(_ store: String, _ retention: Retention) throws {
        // Without a registry beside it, it would be what is left of a damaged workspace.
        _ = try ControlStore(directory: store)
        _ = try LabelStore(directory: store)
        let telemetry = try TelemetryStore(directory: store, retention: retention)
        var generator = SplitMix(state: 2)
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

    private struct SplitMix {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
