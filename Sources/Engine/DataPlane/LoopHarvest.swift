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
    /// Attempts that were refused for want of a right.
    public var refusals: [AccessRefusal.Reason: Int64] = [:]

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
    /// Feature counts by version and arm, against that version's reference.
    public var windows: [ArmKey: WindowCounts]
    /// Filled blocks for the log.
    public var blocks: [TrafficBlock]

    /// Makes a harvest.
    public init(deployment: String, totals: LaneTotals, windows: [ArmKey: WindowCounts], blocks: [TrafficBlock]) {
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
    /// What each version answered, and failed to answer, in each of its parts of the traffic.
    public var arms: [ArmKey: ArmTotals] = [:]
    /// Keys of an A/B that came for the first time.
    public var keys = KeyCounts()
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
        keys.add(other.keys)
        for (key, totals) in other.arms { arms[key, default: ArmTotals()].add(totals) }
        firstAnswers.merge(other.firstAnswers) { min($0, $1) }
    }

    /// What a version answered in all of its arms; what it scored as a shadow is no answer.
    public func version(_ number: UInt32) -> ArmTotals { sum { $0.version == number && $0.arm != .shadow } }

    /// What was answered for the deployment: by whatever was its champion, and by the one that it is now when a request named it.
    ///
    /// A client that names another version speaks for itself alone.
    public func answering(champion: UInt32?) -> ArmTotals { sum { $0.arm == .champion || ($0.version == champion && $0.arm != .shadow) } }

    /// What all versions answered.
    public var everyArm: ArmTotals { sum { $0.arm != .shadow } }

    private func sum(_ isCounted: (ArmKey) -> Bool) -> ArmTotals {
        arms.reduce(into: ArmTotals()) { sum, arm in if isCounted(arm.key) { sum.add(arm.value) } }
    }
}

/// Counters of one version in one arm over a stretch of time.
public struct ArmTotals: Sendable, Equatable {
    /// Requests answered with 200.
    public var answered: Int64 = 0
    /// Rows scored.
    public var rows: Int64 = 0
    /// Requests that it failed to answer.
    public var failed: Int64 = 0
    /// Sum of first scores of all rows.
    public var scoreSum: Double = 0
    /// Of a shadow: sum of the distances between its first score and the one that was answered.
    public var distanceSum: Double = 0
    /// Of a shadow: rows that it did not score, since its own queue was full.
    public var dropped: Int64 = 0
    /// Latency of answered requests.
    public var latency = LatencyHistogram()

    /// Makes zero counters.
    public init() {}

    /// Adds another stretch.
    public mutating func add(_ other: ArmTotals) {
        answered += other.answered
        rows += other.rows
        failed += other.failed
        scoreSum += other.scoreSum
        distanceSum += other.distanceSum
        dropped += other.dropped
        latency.merge(other.latency)
    }
}
