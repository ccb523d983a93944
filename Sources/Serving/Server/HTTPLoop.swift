import Engine
import NIOCore
import Tabular

/// Everything that the HTTP connections of one event loop share: what the loop owns, the buffers that answers are written in, the clock of the
/// deadlines.
///
/// Confined to its loop.
final class HTTPLoop {
    let serving: ServingLoop
    let host: any ServingHost
    let options: ServingOptions
    let reports: Reports
    let loops: ServingLoops
    var address: ListenAddress
    var counters = HTTPCounters()
    /// The time of the last sweep: deadlines need no better one.
    private(set) var now = NIODeadline.now()
    /// The `Date` header of this second.
    private(set) var date: [UInt8] = []
    private var ending = Ending.no
    private var connections: [ObjectIdentifier: Connection] = [:]
    /// What the connection that is being served is answered.
    let output = AnswerBuffer()
    private var sweeper: RepeatedTask?
    private var turns = Turns()
    /// TLS handshakes under way; nil where none is spoken.
    let door: TLSDoor?

    /// Connections that have had their share of this turn.
    private struct Turns {
        var waiting: [Connection] = []
        var isDue = false
    }

    init(
        _ loops: ServingLoops, index: Int, host: any ServingHost, options: ServingOptions, address: ListenAddress, reports: Reports,
        door: TLSDoor? = nil
    ) {
        self.loops = loops
        self.door = door
        serving = loops[index]
        self.host = host
        self.options = options
        self.address = address
        self.reports = reports
        date = DateHeader.line(seconds: Int(EngineClock.system.milliseconds() / 1_000))
    }

    /// The loop itself.
    var eventLoop: any EventLoop { serving.eventLoop }

    // MARK: Requests

    /// The failure for a name without a route.
    func unknown(_ name: String) -> InferenceFailure {
        .unknownModel(name, nearest: Names.nearest(to: name, in: serving.table.routes.keys.sorted()))
    }

    /// Reads a request's body into `rows`.
    ///
    /// - Parameter jsonLength: bytes of the JSON, where binary data follows it.
    func decode(_ body: ByteBuffer, jsonLength: Int?, entry: RouteEntry) throws(InferenceFailure) -> DecodedRequest {
        if let jsonLength, jsonLength > body.readableBytes {
            throw .request("Inference-Header-Content-Length: \(jsonLength), but the body has \(body.readableBytes) bytes")
        }
        let maximumRows = options.maximumRows
        let rows = serving.rows
        return try body.withUnsafeReadableBytes { bytes throws(InferenceFailure) in
            var decoder = InferenceDecoder(
                bytes.assumingMemoryBound(to: UInt8.self), jsonLength: jsonLength, plan: entry.json.plan, lane: entry.lane, buffer: rows,
                maximumRows: maximumRows)
            return try decoder.decode()
        }
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

    // MARK: Turns

    /// How long a turn leaves the loop to whatever else there is to read, at least; and at least so much of the time that the turn took.
    private static let pause = TimeAmount.microseconds(100)
    private static let pauseShare: Int64 = 4

    /// The connection goes on in the next turn, after everybody else has been read.
    func waitForTurn(_ connection: Connection) {
        turns.waiting.append(connection)
        guard !turns.isDue else { return }
        turns.isDue = true
        scheduleTurn(in: Self.pause)
    }

    /// One task for all who wait: a loop goes on with tasks that are due before it reads again, so that tasks of their own, each due when the
    /// others have run, would keep it from reading for ever.
    private func scheduleTurn(in pause: TimeAmount) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: pause) { bound.value.takeTurns() }
    }

    private func takeTurns() {
        let began = NIODeadline.now()
        let due = turns.waiting
        turns.waiting = []
        // Whoever has its share again waits until all have had theirs.
        for connection in due { connection.takeTurn() }
        turns.isDue = !turns.waiting.isEmpty
        if turns.isDue { scheduleTurn(in: max(Self.pause, .nanoseconds((NIODeadline.now() - began).nanoseconds / Self.pauseShare))) }
    }

    // MARK: Shutdown

    /// How the loop's end comes about.
    enum Ending {
        case no
        /// Another program goes on: whoever comes is served, here or there.
        case handingOver
        /// Nobody is to come any more.
        case stopping
    }

    /// From now on every answer closes its connection.
    func begin(_ ending: Ending) { self.ending = ending }

    /// Whether connections are told to close with their next answer.
    var isDraining: Bool { ending != .no }

    /// Whether readiness tells clients to go elsewhere.
    var isStopping: Bool { ending == .stopping }

    func closeIdle(sparesFresh: Bool = false) {
        for connection in Array(connections.values) { connection.closeIfIdle(sparesFresh: sparesFresh) }
    }

    func closeAll() {
        sweeper?.cancel()
        for connection in Array(connections.values) { connection.abort() }
    }
}
