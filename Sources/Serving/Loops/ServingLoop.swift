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
    private let turn: LoopTurn
    /// Ends the turn: one for all turns, so that none makes its own.
    private let endTurn: @Sendable () -> Void
    private var entries: [String: RouteEntry] = [:]
    private let shadows: ShadowScoring

    init(
        index: Int, eventLoop: any EventLoop, clock: EngineClock, epoch: UInt32, overloadMilliseconds: Int, shadows: ShadowPool
    ) {
        self.eventLoop = eventLoop
        self.clock = clock
        state = LoopState(loop: index, epoch: epoch)
        turn = LoopTurn(milliseconds: overloadMilliseconds)
        let bound = NIOLoopBound(turn, eventLoop: eventLoop)
        endTurn = { bound.value.budget.end() }
        self.shadows = ShadowScoring(eventLoop, box: shadows.box(index)) { shadows.poke() }
    }

    /// Who answers what.
    var table: RoutingTable { state.table }

    /// Grows with every change of the table.
    var generation: UInt64 { state.table.generation }

    /// Whether a request that came up at `now` is answered, or shed because this turn has lasted too long.
    func admits(_ now: UInt64) -> Bool {
        if !turn.budget.isRunning { eventLoop.execute(endTurn) }
        return turn.budget.admits(now)
    }

    /// Takes a new routing table.
    ///
    /// Every entry is brought up to it at once: one that waited for its next request would keep a version in memory that nobody asks for.
    /// Complexity: O(deployments that changed), and a number written for each that has traffic.
    func install(_ newer: RoutingTable) {
        let former = state.table.generation
        state.install(newer)
        // The one in force: an older one that came late was left out.
        let table = state.table
        let change = table.generation == newer.generation && newer.change?.since == former ? newer.change : nil
        for (name, entry) in entries {
            if let change, !change.deployments.contains(name) {
                entry.stay(generation: table.generation)
                continue
            }
            guard let route = table.routes[name] else {
                entries[name] = nil
                continue
            }
            entry.refresh(route, lane: state.lane(of: route), generation: table.generation)
        }
    }

    /// Takes a learner's newer copy.
    func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) {
        if state.handOver(live, deployment: deployment, generation: generation) { entries[deployment]?.handOver(live) }
    }

    /// Rows that have not left for the log yet.
    func rows(of ids: [RowID], deployment: String) -> [RowID: LoggedRow] { state.rows(of: ids, deployment: deployment) }

    /// The route of that name, as of the routing table in force.
    func entry(_ name: String) -> RouteEntry? {
        guard let route = state.table.routes[name] else { return nil }
        if let entry = entries[name] { return entry }
        let entry = RouteEntry(route, lane: state.lane(of: route), generation: state.table.generation)
        entries[name] = entry
        return entry
    }

    /// Who answers the request whose rows stand in `rows`: the challenger where it falls to it, else whom `choice` says.
    ///
    /// - Parameters:
    ///   - clientID: the request's own id.
    ///   - header: the hash of its header `Flyball-Key`; nil without one.
    func challenged(_ entry: RouteEntry, _ choice: ArmChoice, clientID: String?, header: UInt64?) -> ArmChoice {
        guard let challenger = entry.route.challenger else { return choice }
        var key: UInt64?
        let drawn = entry.route.challenged(choice) { kind in
            switch kind {
            case .request: return state.draw
            case .id: key = clientID.map { SplitHash.bytes($0.utf8) }
            case .header: key = header
            case .column(let position): key = rowKey(entry, position)
            }
            return key
        }
        if let key { state.drawn(key, of: challenger.split, isChallengers: drawn.key == challenger.choice.key, lane: entry.lane) }
        return drawn
    }

    /// What a request is known again by, of its first row; nil where it is missing.
    private func rowKey(_ entry: RouteEntry, _ position: Int) -> UInt64? {
        guard entry.route.schema.features[position].kind != .categorical else { return rows.key }
        let value = rows.rows[position]
        // Both zeros are one number.
        return value.isNaN ? nil : SplitHash.mix((value == 0 ? 0 : value).bitPattern)
    }

    /// A challenger has failed the request that stands in `rows`; the champion answers it.
    func gaveWay(_ entry: RouteEntry, _ key: ArmKey) { state.gaveWay(key, lane: entry.lane) }

    /// The request that stands in `rows` has been answered by the champion: those shadows that it falls to score it too, later and elsewhere.
    func mirror(_ entry: RouteEntry, count: Int) {
        shadows.gather(entry, rows, count: count, state, clock)
    }

    /// Scores the rows that stand in `rows`, logs them and folds them into the monitors.
    ///
    /// - Returns: the request's id; nil, and nothing is logged, when a score is not a finite number.
    func predict(
        _ entry: RouteEntry, _ choice: ArmChoice, count: Int, clientID: String?, trace: TraceID?, started: UInt64
    ) -> PredictionID? {
        state.predict(
            lane: entry.lane, choice: choice, rows: rows.rows, count: count, clientID: clientID, trace: trace, scores: rows.scores,
            milliseconds: clock.milliseconds(), startedNanoseconds: started, nanoseconds: clock.nanoseconds)
    }

    /// Logs rows that were scored elsewhere and folds them into the monitors; they and their scores stand in `rows` afterwards.
    ///
    /// - Returns: as `predict`.
    func record(
        _ entry: RouteEntry, _ choice: ArmChoice, _ values: [Double], _ scores: [Double], clientID: String?, trace: TraceID?,
        started: UInt64
    ) -> PredictionID? {
        rows.prepare(values: values.count, scores: scores.count)
        return scores.withUnsafeBufferPointer { scores in
            values.withUnsafeBufferPointer { held -> PredictionID? in
                guard let values = held.baseAddress, let first = scores.baseAddress else { return nil }
                rows.rows.update(from: values, count: held.count)
                rows.scores.update(from: first, count: scores.count)
                return state.record(
                    lane: entry.lane, choice: choice, rows: values, count: scores.count / entry.lane.outputs, clientID: clientID,
                    trace: trace, scores: first, milliseconds: clock.milliseconds(), latencyNanoseconds: clock.nanoseconds() &- started)
            }
        }
    }

    /// Counts a request that was not answered with scores: for the arm that failed, where one was chosen.
    func count(_ end: RequestEnd, of entry: RouteEntry, arm: ArmKey?) { state.count(end, lane: entry.lane, arm: arm) }

    /// Counts a request that nobody had a right to.
    func refuse(_ reason: AccessRefusal.Reason) { state.refuse(reason) }

    /// Hands over what was gathered.
    func harvest(flushing: Bool) -> LoopHarvest { state.harvest(flushing: flushing, milliseconds: clock.milliseconds()) }
}

/// What a loop's turn has used up.
private final class LoopTurn {
    var budget: TickBudget

    init(milliseconds: Int) { budget = TickBudget(milliseconds: milliseconds) }
}
