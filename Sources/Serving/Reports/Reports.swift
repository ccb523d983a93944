import Dispatch
import Engine
import NIOCore
import Synchronization
import Tabular

/// Renders status and metrics off the event loops, and keeps the counters that metrics need.
final class Reports: Sendable {
    struct Totals: Sendable {
        var deployments: [String: LaneTotals] = [:]
        var durations: [String: DurationBuckets] = [:]
        var versions: [String: ModelStatistics] = [:]
        /// By deployment and the word of an arm: as many as there are arms, whatever versions come and go.
        var arms: [String: [String: ArmCounts]] = [:]
        var http = HTTPCounters()
        /// nil where no gRPC is spoken.
        var grpc: GRPCCounters?
    }

    /// What an arm of a deployment has done since start.
    struct ArmCounts: Sendable {
        var answered: Int64 = 0
        var failed: Int64 = 0
        var dropped: Int64 = 0
        var durations = DurationBuckets()

        mutating func add(_ totals: ArmTotals) {
            answered += totals.answered
            failed += totals.failed
            dropped += totals.dropped
            durations.add(totals.latency)
        }
    }

    private let host: any ServingHost
    private let totals = Mutex(Totals())
    private let queue = DispatchQueue(label: "flyball.http.reports", qos: .utility)

    init(host: any ServingHost) { self.host = host }

    /// Takes note of what the loops have gathered.
    ///
    /// `counters` are each loop's since start.
    func note(_ harvests: [LoopHarvest], grpc calls: [GRPCCounters], counters: [HTTPCounters]) {
        let now = EngineClock.system.milliseconds()
        totals.withLock { totals in
            for lane in harvests.flatMap(\.lanes) {
                var sum = lane.totals
                totals.versions[lane.deployment, default: ModelStatistics()].add(sum, at: now)
                for (key, arm) in sum.arms {
                    totals.arms[lane.deployment, default: [:]][key.arm.word, default: ArmCounts()].add(arm)
                    // Nobody waited for a shadow.
                    if key.arm != .shadow { totals.durations[lane.deployment, default: DurationBuckets()].add(arm.latency) }
                }
                // Only what grows slowly is kept for good.
                sum.arms = [:]
                sum.firstAnswers = [:]
                totals.deployments[lane.deployment, default: LaneTotals()].add(sum)
            }
            if !calls.isEmpty { totals.grpc = calls.reduce(into: GRPCCounters()) { $0.add($1) } }
            guard !counters.isEmpty else { return }
            totals.http = counters.reduce(into: HTTPCounters()) { $0.add($1) }
        }
    }

    /// `GET /v1/status`.
    func status() async -> Answer {
        await render { host in
            Answer(body: ByteBuffer(bytes: StatusDocument(host.snapshot).withoutPaths(workspace: host.workspaceDirectory).json()))
        }
    }

    /// `GET /metrics`.
    func metrics(openMetrics: Bool) async -> Answer {
        let totals = totals.withLock { $0 }
        return await render { host in
            let text = MetricsText.render(host.snapshot, totals: totals, openMetrics: openMetrics)
            let type =
                openMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"
            return Answer(body: ByteBuffer(string: text), contentType: type)
        }
    }

    /// What the versions of each deployment have answered since start.
    var versions: [String: ModelStatistics] { totals.withLock { $0.versions } }

    /// `GET /v2/models/{m}/stats`.
    func statistics(_ asked: [(model: String, versions: [UInt32])]) async -> Answer {
        let known = totals.withLock { $0.versions }
        return await render { _ in
            var body = ByteBuffer()
            ModelStatistics.write(asked, known, into: &body)
            return Answer(body: body)
        }
    }

    private func render(_ body: @escaping @Sendable (any ServingHost) -> Answer) async -> Answer {
        let host = host
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body(host)) }
        }
    }
}
