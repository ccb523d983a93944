import Engine
public import Tabular

/// Measures what a shadow of all requests costs those who wait for the champion: latencies with and without it, in interleaved rounds.
public enum ShadowBenchmark {
    private static let rounds = 7
    /// Well below what a loop can answer: what is measured is the way of an answer, not a queue.
    private static let rate = 4_000.0

    /// Figures of one event loop; empty when sockets or the model cannot be had.
    ///
    /// Both versions are the model of `ServingBenchmark`. Latencies count from when a request was due.
    public static func run(requests: Int = 8_000) async -> [BenchmarkFigure] {
        do {
            let model = try BenchModel()
            let server = try await HTTPServer.start(host: model, listen: "127.0.0.1:0")
            let port = server.address.flatMap { ListenAddress($0) }?.port ?? 0
            var generation = model.table.generation
            var alone: [(median: Double, p99: Double)] = []
            var shadowed: [(median: Double, p99: Double)] = []
            var scored: Int64 = 0
            for round in 0...rounds {
                for hasShadow in [false, true] {
                    generation += 1
                    var table = hasShadow ? model.shadowed : model.table
                    table.generation = generation
                    await server.install(table)
                    let latencies = try await ServingBenchmark.onThread {
                        try BenchClient(port: port, connections: 1, path: ServingBenchmark.path, body: BenchModel.body).paced(
                            requests, perSecond: rate)
                    }.sorted()
                    let found = (latencies[latencies.count / 2], latencies[latencies.count * 99 / 100])
                    // The first round only warms up.
                    if round > 0 { if hasShadow { shadowed.append(found) } else { alone.append(found) } }
                    for lane in await server.harvest(flushing: true).flatMap(\.lanes) {
                        scored += lane.totals.arms[ArmKey(version: 2, arm: .shadow)]?.rows ?? 0
                    }
                }
            }
            await server.shutdown()
            // Measured without anything to measure is no measurement.
            guard scored > 0 else { return [] }
            return [
                figure("median latency with a shadow of all requests", shadowed.map(\.median), alone.map(\.median)),
                figure("p99 latency with a shadow of all requests", shadowed.map(\.p99), alone.map(\.p99)),
            ]
        } catch { return [] }
    }

    private static func figure(_ name: String, _ shadowed: [Double], _ alone: [Double]) -> BenchmarkFigure {
        let ratios = zip(alone, shadowed).map { $0 / $1 }.sorted()
        let without = alone.sorted()[alone.count / 2]
        return BenchmarkFigure(
            name: name, value: shadowed.sorted()[shadowed.count / 2], unit: "µs",
            against: "the same without a shadow, \((without * 10).rounded() / 10) µs", ratio: ratios[ratios.count / 2])
    }
}
