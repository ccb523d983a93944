import Engine
import Foundation
import Learning
import Monitoring
import NIOCore
public import Tabular

/// Measures single-row requests over keep-alive connections next to a SwiftNIO handler that does nothing, in interleaved pairs, and batches.
public enum ServingBenchmark {
    private static let pairs = 5
    /// Connections of one closed loop.
    private static let crowds = [8, 64]

    /// Figures of one event loop; empty when sockets or the model cannot be had.
    ///
    /// The model is 100 boosted trees on eighteen features, two of them categories; a request names each feature in a tensor of its own. Our answer
    /// and the empty handler's have the same number of bytes. The throughput is that of a closed loop of 8 and of 64 connections from one thread; the
    /// processor time is the event loop's own, which other work on the machine disturbs least. Every prediction is logged and monitored.
    public static func run(requests: Int = 20_000) async -> [BenchmarkFigure] {
        do {
            let model = try BenchModel()
            let server = try await HTTPServer.start(host: model, listen: "127.0.0.1:0")
            await server.install(model.table)
            let port = server.address.flatMap { ListenAddress($0) }?.port ?? 0
            let bytes = try await onThread { try BenchClient(port: port, connections: 1, path: path, body: BenchModel.body).answerBytes }
            let empty = try await EmptyServer(answering: bytes)
            var found: [BenchmarkFigure] = []
            for connections in crowds {
                var ours = Contender(port: port, loop: server.loops.eventLoops[0], requests: requests, connections: connections)
                ours.harvest = { _ = await server.harvest(flushing: true) }
                let floor = Contender(port: empty.port, loop: empty.eventLoop, requests: requests, connections: connections)
                found += figures(try await rounds(ours, floor), connections)
            }
            found.append(try await token(server, model, port, requests))
            found += try await batches(server, port, requests: max(4, requests / 200))
            await server.shutdown()
            await empty.shutdown()
            return found
        } catch { return [] }
    }

    static let path = "/v2/models/\(BenchModel.name)/infer"

    // MARK: Rows one by one

    struct Sample: Sendable {
        var requestsPerSecond: Double
        /// Of the event loop's thread, microseconds a request.
        var processorMicroseconds: Double
    }

    struct Contender: Sendable {
        var port: Int
        var loop: any EventLoop
        var requests: Int
        var connections: Int
        /// The header lines that it sends beside the usual ones.
        var headers = ""
        /// Takes what has been gathered, which is not the request's cost.
        var harvest: @Sendable () async -> Void = {}

        func measure() async throws -> Sample {
            let before = try await processor()
            let (port, requests, connections, headers) = (port, requests, connections, headers)
            let seconds = try await onThread {
                try BenchClient(port: port, connections: connections, path: path, body: BenchModel.body, headers: headers).run(requests)
            }
            let used = try await processor() - before
            await harvest()
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

    /// Pairs of measurements, one after the other in turn; a first pair only warms up.
    static func rounds(_ ours: Contender, _ floor: Contender) async throws -> [(ours: Sample, floor: Sample)] {
        var rounds: [(ours: Sample, floor: Sample)] = []
        for _ in 0...pairs { rounds.append((try await ours.measure(), try await floor.measure())) }
        return Array(rounds.dropFirst())
    }

    private static func figures(_ rounds: [(ours: Sample, floor: Sample)], _ connections: Int) -> [BenchmarkFigure] {
        let speed = median(rounds) { ours, _ in ours.requestsPerSecond }
        let floorSpeed = median(rounds) { $1.requestsPerSecond }
        let cost = median(rounds) { ours, _ in ours.processorMicroseconds }
        let floorCost = median(rounds) { $1.processorMicroseconds }
        return [
            BenchmarkFigure(
                name: "single-row requests, \(connections) connections", value: speed, unit: "requests/s",
                against: "an empty SwiftNIO handler at \(Int(floorSpeed)) requests/s",
                ratio: median(rounds) { $0.requestsPerSecond / $1.requestsPerSecond }),
            BenchmarkFigure(
                name: "event loop time of a single-row request, \(connections) connections", value: cost, unit: "µs",
                against: "an empty SwiftNIO handler at \((floorCost * 100).rounded() / 100) µs",
                ratio: median(rounds) { $1.processorMicroseconds / $0.processorMicroseconds }),
        ]
    }

    private static func median(_ rounds: [(ours: Sample, floor: Sample)], _ value: (Sample, Sample) -> Double) -> Double {
        let values = rounds.map { value($0.ours, $0.floor) }.sorted()
        return values[values.count / 2]
    }

    /// What a bearer token costs.
    private static func token(_ server: HTTPServer, _ model: BenchModel, _ port: Int, _ requests: Int) async throws -> BenchmarkFigure {
        let secret = TokenSecret.make()
        var table = model.table
        table.generation += 1
        table.access = AccessTable([AccessToken(name: "bench", hash: TokenSecret.hash(secret), scopes: [.infer])], requiresTokens: false)
        await server.install(table)
        let plain = Contender(
            port: port, loop: server.loops.eventLoops[0], requests: requests, connections: crowds[0],
            harvest: { _ = await server.harvest(flushing: true) })
        var withToken = plain
        withToken.headers = "authorization: Bearer \(secret)\r\n"
        let rounds = try await rounds(withToken, plain)
        let without = median(rounds) { $1.processorMicroseconds }
        return BenchmarkFigure(
            name: "event loop time of a request with a bearer token", value: median(rounds) { ours, _ in ours.processorMicroseconds },
            unit: "µs", against: "the same without a token, \((without * 100).rounded() / 100) µs",
            ratio: median(rounds) { $1.processorMicroseconds / $0.processorMicroseconds })
    }

    // MARK: Batches

    /// Rows of a batch.
    private static let batchRows = 4_096

    /// Binary batches through HTTP, both directions binary, beside the same rows in JSON.
    private static func batches(_ server: HTTPServer, _ port: Int, requests: Int) async throws -> [BenchmarkFigure] {
        var found: [BenchmarkFigure] = []
        for (model, name) in [(BenchModel.linear, "logistic regression"), (BenchModel.trees, "100 trees of 31 leaves")] {
            let path = "/v2/models/\(model)/infer"
            let (binary, length) = BenchModel.binaryBatch(rows: batchRows)
            let text = BenchModel.textBatch(rows: batchRows)
            var speeds: [(binary: Double, text: Double)] = []
            for _ in 0...pairs {
                let first = try await onThread {
                    try BenchClient(
                        port: port, connections: 4, path: path, body: binary, headers: "inference-header-content-length: \(length)\r\n"
                    ).run(requests)
                }
                _ = await server.harvest(flushing: true)
                let second = try await onThread {
                    try BenchClient(port: port, connections: 4, path: path, body: text).run(max(1, requests / 10), anyLength: true)
                }
                _ = await server.harvest(flushing: true)
                speeds.append(
                    (Double(requests * batchRows) / first, Double(max(1, requests / 10) * batchRows) / second))
            }
            let measured = speeds.dropFirst()
            let values = measured.map(\.binary).sorted()
            let texts = measured.map(\.text).sorted()
            let ratios = measured.map { $0.binary / $0.text }.sorted()
            found.append(
                BenchmarkFigure(
                    name: "binary batches of \(batchRows) rows over HTTP, \(name)", value: values[values.count / 2], unit: "rows/s",
                    against: "the same rows in JSON at \(Int(texts[texts.count / 2])) rows/s", ratio: ratios[ratios.count / 2]))
        }
        return found
    }

    /// Runs blocking work away from the cooperative pool.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}
