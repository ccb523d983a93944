import Dispatch
import Engine
import Foundation
import Serving
import Synchronization
import Tabular
import Workload

/// Measures what becomes of answers when ten times as many are asked for as can be given: a model that takes two milliseconds a row, requests that
/// come when they come, whatever the answers do.
enum OverloadBenchmark {
    private static let milliseconds = 2
    private static let seconds = 10.0
    /// How long a client waits for its answer, milliseconds.
    private static let patience = 1_000

    /// Figures of one event loop.
    static func run() async throws -> [BenchmarkFigure] {
        let model = try BenchModel.slow(milliseconds: milliseconds)
        let server = try await HTTPServer.start(host: model, listen: "127.0.0.1:0")
        await server.install(model.table)
        guard let endpoint = server.address.flatMap({ Workload.Endpoint("http://" + $0) }) else {
            throw CommandFailure("bench: no listener")
        }
        let best = try await load(endpoint, rate: nil, connections: 8)
        let capacity = Double(best.statusCounts["200"] ?? 0) / best.elapsedSeconds
        guard capacity > 0 else { throw CommandFailure("bench: nothing was answered: \(best.firstError ?? "")") }
        let before = residentBytes()
        let probe = Probe(endpoint)
        let probing = Task { try await probe.run() }
        let flooded = try await load(endpoint, rate: 10 * capacity, connections: 1_024)
        probe.stop()
        let answers = try await probing.value
        let after = residentBytes()
        await server.shutdown()
        let goodput = Double(flooded.statusCounts["200"] ?? 0) / flooded.elapsedSeconds
        let refused = Double(flooded.statusCounts["503"] ?? 0) / Double(max(1, flooded.requests))
        return [
            BenchmarkFigure(
                name: "answers in time at ten times the capacity", value: goodput, unit: "requests/s",
                against: "\(FigureTexts.significant(capacity)) requests/s at the best, \(milliseconds) ms a row", ratio: goodput / capacity),
            BenchmarkFigure(
                name: "share of the requests that was told 503 with Retry-After", value: refused, unit: "of all",
                against: "\(flooded.requests) requests, patience \(patience) ms", ratio: nil),
            BenchmarkFigure(
                name: "slowest liveness meanwhile", value: answers.slowest * 1_000, unit: "ms",
                against: "\(answers.count) asked, 20 a second",
                ratio: nil),
            BenchmarkFigure(
                name: "memory that the flood has taken, client included", value: Double(after - before) / Double(1 << 20), unit: "MiB",
                against: "\(before >> 20) MiB before", ratio: nil),
        ]
    }

    private static func load(_ endpoint: Workload.Endpoint, rate: Double?, connections: Int) async throws -> LoadReport {
        let options = LoadOptions(
            endpoint: endpoint, path: "/v2/models/\(BenchModel.name)/infer", schedule: ArrivalSchedule(rate: rate),
            connections: connections, timeoutMilliseconds: patience, durationSeconds: seconds)
        return try await LoadClient.run(options, source: Rows())
    }

    /// The same row for ever.
    private struct Rows: LoadSource {
        func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest] {
            Array(repeating: LoadRequest(body: Array(BenchModel.body.utf8)), count: maximum)
        }
    }

    /// Asks a twentieth of a second apart whether the server lives.
    private final class Probe: Sendable {
        private let probe: LivenessProbe
        private let isOver = Atomic(false)

        init(_ endpoint: Workload.Endpoint) { probe = LivenessProbe(endpoint) }

        func stop() { isOver.store(true, ordering: .relaxed) }

        func run() async throws -> (count: Int, slowest: Double) {
            var (count, slowest) = (0, 0.0)
            defer { probe.close() }
            while !isOver.load(ordering: .relaxed) {
                guard let seconds = await probe.ask(withinMilliseconds: 10_000) else {
                    throw CommandFailure("bench: the server does not say that it lives")
                }
                slowest = max(slowest, seconds)
                count += 1
                try await Task.sleep(for: .milliseconds(50))
            }
            return (count, slowest)
        }
    }

    /// Resident memory of this process, bytes.
    private static func residentBytes() -> Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
