import Learning
public import Tabular

/// How a request ended, for the counters.
public enum RequestEnd: Sendable {
    /// 4xx.
    case rejected
    /// 503 while paused or without a champion.
    case refused
    /// 5xx.
    case failed
}

/// Everything that one event loop owns: its routing table, its accumulators, its id sequence.
///
/// Confined to its loop, so it takes no lock. The HTTP handler decodes a request into raw rows and calls `predict`; the engine calls
/// `harvest` a few times a second through a task on the same loop.
public final class LoopState {
    /// Rows that a block holds before a new one is begun.
    public static let blockRows = 4_096
    /// Filled blocks that may wait for a harvest, for each deployment; beyond it rows are answered and counted, not logged.
    static let waitingBlocks = 16
    /// A block that is not full is handed over once it is this old, milliseconds.
    static let blockAgeMilliseconds: Int64 = 1_000

    /// The loop's index, 0…63.
    public let loop: Int
    /// Who answers what.
    public private(set) var table = RoutingTable()

    private let epoch: UInt32
    private var sequence: UInt64 = 0
    private var requests: Int64 = 0
    private var lanes: [String: Lane] = [:]
    /// Lanes that a route of another layout has replaced, until they are harvested.
    private var replaced: [Lane] = []
    private var refusals: [AccessRefusal.Reason: Int64] = [:]

    /// Makes the state of a loop.
    ///
    /// `epoch` is the engine's boot epoch.
    public init(loop: Int, epoch: UInt32) {
        self.loop = loop
        self.epoch = epoch
    }

    /// Answers by another table from now on.
    ///
    /// An older one that comes late, because two changes were on their way at once, is left out.
    public func install(_ newer: RoutingTable) {
        if newer.generation >= table.generation { table = newer }
    }

    /// Lets a learner's newer copy answer; whether it does: a copy for another table comes too late, or too early.
    public func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) -> Bool {
        guard table.generation == generation, table.routes[deployment]?.champion != nil else { return false }
        table.routes[deployment]?.live = live
        return true
    }

    /// Rows of this loop that have not left it yet, of those that are asked for.
    ///
    /// Complexity: O(ids log rows).
    public func rows(of ids: [RowID], deployment: String) -> [RowID: LoggedRow] {
        guard let lane = lanes[deployment] else { return [:] }
        var found: [RowID: LoggedRow] = [:]
        for id in ids where id.base.epoch == epoch && id.base.loop == loop { found[id] = lane.row(id) }
        return found
    }

    /// Scores rows, logs them, folds them into the monitors.
    ///
    /// - Parameters:
    ///   - lane: the lane of the route that the arm was chosen on.
    ///   - choice: the arm.
    ///   - rows: row-major `[count, width]` raw values.
    ///   - scores: receives row-major `[count, lane.outputs]`.
    ///   - milliseconds: now, UTC.
    ///   - startedNanoseconds: monotonic time when the request was decoded; `nanoseconds` is called after scoring.
    /// - Returns: the request's id; nil, and nothing is logged or folded, when a score is not a finite number. Complexity:
    ///   O(count · width) beside the predictor's own work; no allocation in the steady state.
    public func predict(
        lane: Lane, choice: ArmChoice, rows: UnsafePointer<Double>, count: Int, clientID: String?, trace: TraceID? = nil,
        scores: UnsafeMutablePointer<Double>, milliseconds: Int64, startedNanoseconds: UInt64, nanoseconds: () -> UInt64
    ) -> PredictionID? {
        choice.version.predictor.predict(rows: rows, count: count, into: scores)
        return record(
            lane: lane, choice: choice, rows: rows, count: count, clientID: clientID, trace: trace, scores: scores,
            milliseconds: milliseconds, latencyNanoseconds: nanoseconds() &- startedNanoseconds)
    }

    /// Logs rows that have been scored, and folds them into the monitors.
    ///
    /// - Returns: the request's id; nil, and nothing is logged or folded, when a score is not a finite number.
    public func record(
        lane: Lane, choice: ArmChoice, rows: UnsafePointer<Double>, count: Int, clientID: String?, trace: TraceID? = nil,
        scores: UnsafePointer<Double>, milliseconds: Int64, latencyNanoseconds: UInt64
    ) -> PredictionID? {
        for i in 0..<count * lane.outputs where !scores[i].isFinite { return nil }
        let id = PredictionID(epoch: epoch, loop: loop, sequence: sequence)
        sequence += 1
        requests += 1
        lane.record(
            id: id, choice: choice, rows: rows, count: count, clientID: clientID, trace: trace, scores: scores, milliseconds: milliseconds,
            latencyNanoseconds: latencyNanoseconds)
        return id
    }

    /// What the next request is drawn by, where nothing else is known of it: no two of an engine are the same.
    public var draw: UInt64 { UInt64(epoch) << 32 ^ UInt64(loop) << 56 ^ sequence }

    /// A request of an A/B was drawn by its key.
    public func drawn(_ key: UInt64, of split: Split, isChallengers: Bool, lane: Lane) {
        lane.drawn(key, of: split, isChallengers: isChallengers, loop: loop)
    }

    /// A challenger has failed a request; the champion answers it.
    public func gaveWay(_ key: ArmKey, lane: Lane) { lane.gaveWay(key) }

    /// Whether the newest request falls to a shadow: it draws by itself.
    public func falls(to shadow: RoutedChallenger) -> Bool { shadow.split.takes(draw) }

    /// Gathers the newest request's rows for a shadow.
    ///
    /// - Parameters: as of `predict`, after it.
    public func mirror(
        lane: Lane, rows: UnsafePointer<Double>, width: Int, count: Int, scores: UnsafePointer<Double>, into batch: inout ShadowRows
    ) {
        batch.append(rows: rows, width: width, scores: scores, outputs: lane.outputs, count: count, first: lane.lastLogged)
        lane.mirrored(count)
    }

    /// Takes what a shadow has scored.
    public func take(_ batch: ShadowRows, lane: Lane, milliseconds: Int64) { lane.shadowed(batch, at: milliseconds) }

    /// Gives up rows that a shadow had no room for.
    public func drop(_ batch: ShadowRows, lane: Lane) { lane.dropped(batch) }

    /// Counts a request that was not answered with scores: for the arm that failed, where one was chosen.
    public func count(_ end: RequestEnd, lane: Lane, arm key: ArmKey? = nil) {
        requests += 1
        lane.count(end, key)
    }

    /// Counts a request that nobody had a right to.
    public func refuse(_ reason: AccessRefusal.Reason) { refusals[reason, default: 0] += 1 }

    /// Hands over what was gathered, and forgets deployments that have gone.
    public func harvest(flushing: Bool, milliseconds: Int64) -> LoopHarvest {
        var harvests: [LaneHarvest] = []
        for (name, lane) in lanes {
            if let harvest = lane.harvest(flushing: flushing, milliseconds: milliseconds) { harvests.append(harvest) }
            if table.routes[name] == nil { lanes[name] = nil }
        }
        harvests += replaced.compactMap { $0.harvest(flushing: true, milliseconds: milliseconds) }
        replaced = []
        var harvest = LoopHarvest(loop: loop, generation: table.generation, requests: requests, lanes: harvests)
        harvest.refusals = refusals
        refusals = [:]
        return harvest
    }

    /// Where the traffic of a route is gathered.
    ///
    /// It stays the same as long as the route's deployment is in the table.
    public func lane(of route: Route) -> Lane {
        if let lane = lanes[route.deployment] {
            if lane.fits(route) {
                lane.follow(route)
                return lane
            }
            replaced.append(lane)
        }
        let lane = Lane(route)
        lane.follow(route)
        lanes[route.deployment] = lane
        return lane
    }
}
