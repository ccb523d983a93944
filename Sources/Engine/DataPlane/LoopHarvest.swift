public import Monitoring
public import Tabular

/// What one event loop gathered since the last harvest.
public struct LoopHarvest: Sendable {
    /// The loop.
    public var loop: Int
    /// The routing generation it answers with.
    public var generation: UInt64
    /// Requests answered since start, all deployments.
    public var requests: Int64
    /// One entry for each deployment with traffic.
    public var lanes: [LaneHarvest]

    /// Makes a harvest.
    public init(loop: Int, generation: UInt64, requests: Int64, lanes: [LaneHarvest]) {
        self.loop = loop
        self.generation = generation
        self.requests = requests
        self.lanes = lanes
    }
}

/// One deployment's traffic on one loop since the last harvest.
public struct LaneHarvest: Sendable {
    /// The deployment.
    public var deployment: String
    /// Counters.
    public var totals: LaneTotals
    /// Feature counts by version, against that version's reference.
    public var windows: [UInt32: WindowCounts]
    /// Filled blocks for the log.
    public var blocks: [TrafficBlock]

    /// Makes a harvest.
    public init(deployment: String, totals: LaneTotals, windows: [UInt32: WindowCounts], blocks: [TrafficBlock]) {
        self.deployment = deployment
        self.totals = totals
        self.windows = windows
        self.blocks = blocks
    }
}

/// Counters of a deployment's traffic over a stretch of time.
public struct LaneTotals: Sendable {
    /// Requests answered with 200.
    public var answered: Int64 = 0
    /// Rows scored.
    public var rows: Int64 = 0
    /// 4xx: the client's fault.
    public var rejected: Int64 = 0
    /// 503 while paused or without a champion.
    public var refused: Int64 = 0
    /// 5xx by the engine's fault.
    public var failed: Int64 = 0
    /// Rows that found the unflushed log full.
    public var unlogged: Int64 = 0
    /// Sum of first scores of all rows.
    public var scoreSum: Double = 0
    /// Latency of answered requests, by version.
    public var latency: [UInt32: LatencyHistogram] = [:]
    /// Rows by version.
    public var rowsByVersion: [UInt32: Int64] = [:]
    /// When a version answered for the first time on this loop, UTC milliseconds.
    public var firstAnswers: [UInt32: Int64] = [:]

    /// Makes zero counters.
    public init() {}

    /// Whether nothing happened.
    public var isEmpty: Bool { answered == 0 && rejected == 0 && refused == 0 && failed == 0 }

    /// Adds another stretch.
    public mutating func add(_ other: LaneTotals) {
        answered += other.answered
        rows += other.rows
        rejected += other.rejected
        refused += other.refused
        failed += other.failed
        unlogged += other.unlogged
        scoreSum += other.scoreSum
        for (version, histogram) in other.latency { latency[version, default: LatencyHistogram()].merge(histogram) }
        rowsByVersion.merge(other.rowsByVersion) { $0 + $1 }
        firstAnswers.merge(other.firstAnswers) { min($0, $1) }
    }
}
