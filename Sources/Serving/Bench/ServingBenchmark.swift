import Engine
import Foundation
import Learning
import Monitoring
import NIOCore
public import Tabular

/// Measures single-row requests over keep-alive connections next to a SwiftNIO handler that does nothing, in interleaved pairs.
public enum ServingBenchmark {
    private static let pairs = 5
    private static let connections = 32

    /// Figures of one event loop; empty when sockets or the model cannot be had.
    ///
    /// The model is 100 boosted trees on eighteen features, two of them categories; a request names each feature in a tensor of its own. Our answer
    /// and the empty handler's have the same number of bytes. The throughput is that of a closed loop of 32 connections from one thread; the
    /// processor time is the event loop's own, which other work on the machine disturbs least.
    public static func run(requests: Int = 20_000) async -> [BenchmarkFigure] {
        do {
            let model = try BenchModel()
            let server = try await HTTPServer.start(host: model, listen: "127.0.0.1:0")
            await server.install(model.table)
            let port = server.address.flatMap { ListenAddress($0) }?.port ?? 0
            let bytes = try await onThread { try BenchClient(port: port, connections: 1, path: path, body: BenchModel.body).answerBytes }
            let empty = try await EmptyServer(answering: bytes)
            let loop = server.loops.eventLoops[0]
            let ours = Contender(port: port, loop: loop, requests: requests)
            let floor = Contender(port: empty.port, loop: empty.eventLoop, requests: requests)
            var rounds: [(ours: Sample, floor: Sample)] = []
            for _ in 0...pairs {
                rounds.append((try await ours.measure(), try await floor.measure()))
                _ = await server.harvest(flushing: true)
            }
            await server.shutdown()
            await empty.shutdown()
            // The first pair only warms up.
            return figures(Array(rounds.dropFirst()))
        } catch { return [] }
    }

    static let path = "/v2/models/\(BenchModel.name)/infer"

    private struct Sample: Sendable {
        var requestsPerSecond: Double
        /// Of the event loop's thread, microseconds a request.
        var processorMicroseconds: Double
    }

    private struct Contender: Sendable {
        var port: Int
        var loop: any EventLoop
        var requests: Int

        func measure() async throws -> Sample {
            let before = try await processor()
            let (port, requests) = (port, requests)
            let seconds = try await onThread {
                try BenchClient(port: port, connections: connections, path: path, body: BenchModel.body).run(requests)
            }
            let used = try await processor() - before
            return Sample(requestsPerSecond: Double(requests) / seconds, processorMicroseconds: used / Double(requests) * 1e6)
        }

        private func processor() async throws -> Double {
            try await loop.submit {
                var time = timespec()
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
            }.get()
        }
    }

    private static func figures(_ rounds: [(ours: Sample, floor: Sample)]) -> [BenchmarkFigure] {
        func median(_ value: (Sample, Sample) -> Double) -> Double {
            let values = rounds.map { value($0.ours, $0.floor) }.sorted()
            return values[values.count / 2]
        }
        let speed = median { ours, _ in ours.requestsPerSecond }
        let floorSpeed = median { $1.requestsPerSecond }
        let cost = median { ours, _ in ours.processorMicroseconds }
        let floorCost = median { $1.processorMicroseconds }
        return [
            BenchmarkFigure(
                name: "single-row requests over keep-alive", value: speed, unit: "requests/s",
                against: "an empty SwiftNIO handler at \(Int(floorSpeed)) requests/s",
                ratio: median { $0.requestsPerSecond / $1.requestsPerSecond }),
            BenchmarkFigure(
                name: "event loop time of a single-row request", value: cost, unit: "µs",
                against: "an empty SwiftNIO handler at \((floorCost * 100).rounded() / 100) µs",
                ratio: median { $1.processorMicroseconds / $0.processorMicroseconds }),
        ]
    }

    /// Runs blocking work away from the cooperative pool.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}
