import Console
import Control
import Engine
import Foundation
import Learning
import Tabular
import Workload

/// Measures what serving feels of something else: the same open-loop traffic without it and beside it, in interleaved pairs.
///
/// A real engine in a workspace of its own, which is removed again; one deployment, a logistic regression on nine columns.
enum BesideServing {
    private static let pairs = 5
    /// Requests a second, and for how long in each half of a pair.
    static let rate = 300.0
    private static let requests = 3_000

    /// The 99th percentiles of the answers, microseconds, a pair each.
    struct Rounds {
        var idle: [Double] = []
        var busy: [Double] = []

        /// A figure of them.
        func figure(_ name: String) -> BenchmarkFigure {
            func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
            return BenchmarkFigure(
                name: name, value: median(busy), unit: "µs",
                against: "\(FigureTexts.significant(median(idle))) µs with none, \(Int(BesideServing.rate)) requests/s",
                ratio: median(zip(idle, busy).map { $0 / $1 }))
        }
    }

    /// Runs pairs of rounds, the first of which only warms up.
    ///
    /// - Parameters:
    ///   - prepare: is given the workspace before its engine starts.
    ///   - beside: begins what is measured beside the traffic; what it returns ends it.
    static func run(
        prepare: (Workspace) async throws -> Void = { _ in },
        beside: (Engine, _ directory: String, _ isWarming: Bool) async throws -> (() async throws -> Void)
    ) async throws -> Rounds {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-bench-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        EngineLog.useFile("/dev/null")
        let data = directory + "/data.csv"
        try Data(table(rows: 4_000).utf8).write(to: URL(fileURLWithPath: data))
        let workspace = try Workspace.open(path: directory + "/w")
        try await prepare(workspace)
        let house = try await EngineHouse.start(
            workspace: workspace, options: EngineHouse.Options(listen: "127.0.0.1:0"), opener: RemoteSession.opener)
        do {
            try await deploy(house, data)
            guard let endpoint = Endpoint(house.address) else { throw CommandFailure("bench: no listener at \(house.address)") }
            var rounds = Rounds()
            for round in 0...pairs {
                let idle = try await load(endpoint, data)
                let end = try await beside(house.engine, directory, round == 0)
                let busy = try await load(endpoint, data)
                try await end()
                if round == 0 { continue }
                rounds.idle.append(idle)
                rounds.busy.append(busy)
            }
            await house.stop()
            return rounds
        } catch {
            await house.stop()
            throw error
        }
    }

    private static func deploy(_ house: EngineHouse, _ data: String) async throws {
        let order = DeployOrder(
            name: "bench", path: data, options: ImportOptions(target: "y", positive: "1"), training: TrainingRequest(algorithm: "logistic"))
        _ = try await house.engine.perform(ActionRequest(.deploy(order)), by: .current()).get()
        while house.engine.snapshot.deployment("bench")?.champion == nil {
            if let job = house.engine.snapshot.jobs.first, !job.state.isOpen, let error = job.error {
                throw CommandFailure("bench: \(error)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The 99th percentile of answers from their intended start, microseconds.
    private static func load(_ endpoint: Endpoint, _ data: String) async throws -> Double {
        let report = try await Replay.run(
            options: ReplayOptions(
                deployment: "bench", endpoint: endpoint, path: data, rate: rate, connections: 8, loops: true, limit: requests))
        guard report.failed == 0 else { throw CommandFailure("bench: \(report.failed) requests failed: \(report.firstError ?? "")") }
        return report.p99Microseconds
    }

    /// A made-up table: eight numbers, a category, two classes.
    static func table(rows: Int) -> String {
        var generator = Tabular.SplitMix64(state: 1)
        var text = "a,b,c,d,e,f,g,h,k,y\n"
        for _ in 0..<rows {
            let values = (0..<8).map { _ in Double(generator.next() >> 40) / Double(1 << 24) }
            let isPositive = values[0] + values[1] * 0.5 + Double(generator.next() >> 40) / Double(1 << 24) > 1.2
            text += values.map { "\($0)" }.joined(separator: ",") + ",k\(generator.next() % 9),\(isPositive ? 1 : 0)\n"
        }
        return text
    }
}
