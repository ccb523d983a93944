import Engine
import NIOCore
import Tabular

/// Everything that the connections of one event loop share: the engine's loop state, the buffers that requests are decoded into and answers
/// written in, the clock of the deadlines.
///
/// Confined to its loop.
final class LoopContext {
    let eventLoop: any EventLoop
    let host: any ServingHost
    let options: ServingOptions
    let clock: EngineClock
    let state: LoopState
    let rows = RowBuffer()
    let reports: Reports
    let gate: LoopGate
    var address: ListenAddress
    var counters = HTTPCounters()
    /// The time of the last sweep: deadlines need no better one.
    private(set) var now = NIODeadline.now()
    /// The `Date` header of this second.
    private(set) var date: [UInt8] = []
    private(set) var isDraining = false
    private var budget: TickBudget
    private var entries: [String: RouteEntry] = [:]
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var body: ByteBuffer
    private var answer: ByteBuffer
    private var sweeper: RepeatedTask?

    init(
        index: Int, eventLoop: any EventLoop, host: any ServingHost, options: ServingOptions, address: ListenAddress, reports: Reports,
        gate: LoopGate
    ) {
        self.eventLoop = eventLoop
        self.host = host
        self.options = options
        self.address = address
        self.reports = reports
        self.gate = gate
        clock = host.servingClock
        state = LoopState(loop: index, epoch: host.bootEpoch)
        budget = TickBudget(milliseconds: options.overloadMilliseconds)
        body = ByteBufferAllocator().buffer(capacity: 1_024)
        answer = ByteBufferAllocator().buffer(capacity: 2_048)
        date = DateHeader.line(seconds: Int(EngineClock.system.milliseconds() / 1_000))
    }

    // MARK: Requests

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

    /// The failure for a name without a route.
    func unknown(_ name: String) -> InferenceFailure {
        .unknownModel(name, nearest: Names.nearest(to: name, in: state.table.routes.keys.sorted()))
    }

    /// Reads a request's body into `rows`.
    func decode(_ body: ByteBuffer, entry: RouteEntry) throws(InferenceFailure) -> DecodedRequest {
        let maximumRows = options.maximumRows
        return try body.withUnsafeReadableBytes { bytes throws(InferenceFailure) in
            var decoder = InferenceDecoder(
                bytes.assumingMemoryBound(to: UInt8.self), plan: entry.plan, lane: entry.lane, buffer: rows,
                maximumRows: maximumRows)
            return try decoder.decode()
        }
    }

    /// The whole answer, head and body, in a buffer that is used again once it is sent.
    func render(_ inference: InferenceAnswer, entry: RouteEntry, keepAlive: Bool) -> ByteBuffer {
        body.clear()
        body.writeInference(inference, entry: entry, scores: rows.scores)
        answer.clear()
        answer.writeUsualHead(length: body.readableBytes, keepAlive: keepAlive, date: date)
        answer.writeImmutableBuffer(body)
        return answer
    }

    // MARK: Connections

    func opened(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
        counters.connections += 1
        counters.open += 1
    }

    func closed(_ connection: Connection) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil { counters.open -= 1 }
    }

    /// Open connections.
    var connectionCount: Int { connections.count }

    /// Checks deadlines once a second.
    func startSweeping() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        sweeper = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.sweep() }
    }

    private func sweep() {
        now = .now()
        date = DateHeader.line(seconds: Int(EngineClock.system.milliseconds() / 1_000))
        for connection in Array(connections.values) where connection.deadline < now { connection.expire() }
    }

    // MARK: Shutdown

    /// From now on every answer closes its connection, and readiness is 503.
    func beginDraining() { isDraining = true }

    func closeIdle() {
        for connection in Array(connections.values) { connection.closeIfIdle() }
    }

    func closeAll() {
        sweeper?.cancel()
        for connection in Array(connections.values) { connection.abort() }
    }
}
