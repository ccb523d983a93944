import Engine
import NIOCore
import Tabular

/// What one event loop owns, whatever protocol its requests come by: routing table, lanes, ids, the rows of the request being answered.
///
/// Confined to its loop, so it takes no lock.
final class ServingLoop {
    let eventLoop: any EventLoop
    let clock: EngineClock
    /// The rows of the request being answered, and their scores.
    let rows = RowBuffer()
    private let state: LoopState
    private var budget: TickBudget
    private var entries: [String: RouteEntry] = [:]

    init(index: Int, eventLoop: any EventLoop, clock: EngineClock, epoch: UInt32, overloadMilliseconds: Int) {
        self.eventLoop = eventLoop
        self.clock = clock
        state = LoopState(loop: index, epoch: epoch)
        budget = TickBudget(milliseconds: overloadMilliseconds)
    }

    /// Who answers what.
    var table: RoutingTable { state.table }

    /// Grows with every change of the table.
    var generation: UInt64 { state.table.generation }

    /// Whether a request that came up at `now` is answered, or shed because this turn has lasted too long.
    func admits(_ now: UInt64) -> Bool {
        if !budget.isRunning { eventLoop.assumeIsolated().execute { self.budget.end() } }
        return budget.admits(now)
    }

    /// Takes a new routing table.
    ///
    /// Every entry is brought up to it at once: one that waited for its next request would keep a version in memory that nobody asks for.
    func install(_ newer: RoutingTable) {
        state.install(newer)
        // The one in force: an older one that came late was left out.
        let table = state.table
        for (name, entry) in entries {
            guard let route = table.routes[name] else {
                entries[name] = nil
                continue
            }
            entry.refresh(route, lane: state.lane(of: route), generation: table.generation)
        }
    }

    /// The route of that name, as of the routing table in force.
    func entry(_ name: String) -> RouteEntry? {
        guard let route = state.table.routes[name] else { return nil }
        if let entry = entries[name] { return entry }
        let entry = RouteEntry(route, lane: state.lane(of: route), generation: state.table.generation)
        entries[name] = entry
        return entry
    }

    /// Scores the rows that stand in `rows`, logs them and folds them into the monitors.
    ///
    /// - Returns: the request's id; nil, and nothing is logged, when a score is not a finite number.
    func predict(_ entry: RouteEntry, _ choice: ArmChoice, count: Int, clientID: String?, started: UInt64) -> PredictionID? {
        state.predict(
            lane: entry.lane, choice: choice, rows: rows.rows, count: count, clientID: clientID, scores: rows.scores,
            milliseconds: clock.milliseconds(), startedNanoseconds: started, nanoseconds: clock.nanoseconds)
    }

    /// Logs rows that were scored elsewhere and folds them into the monitors; their scores stand in `rows` afterwards.
    ///
    /// - Returns: as `predict`.
    func record(
        _ entry: RouteEntry, _ choice: ArmChoice, _ values: [Double], _ scores: [Double], clientID: String?, started: UInt64
    ) -> PredictionID? {
        rows.prepare(values: 0, scores: scores.count)
        return scores.withUnsafeBufferPointer { scores in
            values.withUnsafeBufferPointer { values -> PredictionID? in
                guard let values = values.baseAddress, let first = scores.baseAddress else { return nil }
                rows.scores.update(from: first, count: scores.count)
                return state.record(
                    lane: entry.lane, choice: choice, rows: values, count: scores.count / entry.lane.outputs, clientID: clientID,
                    scores: first, milliseconds: clock.milliseconds(), latencyNanoseconds: clock.nanoseconds() &- started)
            }
        }
    }

    /// Counts a request that was not answered with scores: for the arm that failed, where one was chosen.
    func count(_ end: RequestEnd, of entry: RouteEntry, arm: ArmKey?) { state.count(end, lane: entry.lane, arm: arm) }

    /// Hands over what was gathered.
    func harvest(flushing: Bool) -> LoopHarvest { state.harvest(flushing: flushing, milliseconds: clock.milliseconds()) }
}
