public import Engine
public import Logging
import NIOCore
import NIOPosix
import Synchronization
public import Tabular

/// The HTTP endpoint: Open Inference Protocol V2, labels, status and metrics over HTTP/1.1, and the engine's data plane.
///
/// Each event loop owns its routing table and its accumulators; no request takes a lock.
public final class HTTPServer: Sendable {
    private enum Life {
        case serving
        case stopping
        case stopped
    }

    private struct State {
        var life = Life.serving
        /// What the loops had gathered when they ended, for the next harvest.
        var rest: [LoopHarvest] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let loops: ServingLoops
    private let contexts: [NIOLoopBound<HTTPLoop>]
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let socket: ListeningSocket
    private let options: ServingOptions
    private let reports: Reports
    private let tls: TLSKeeper?
    private let grpc: GRPCListener?
    private let state = Mutex(State())

    private init(
        loops: ServingLoops, contexts: [NIOLoopBound<HTTPLoop>], group: MultiThreadedEventLoopGroup, listener: any Channel,
        socket: ListeningSocket, options: ServingOptions, reports: Reports, tls: TLSKeeper?, grpc: GRPCListener?
    ) {
        self.loops = loops
        self.contexts = contexts
        self.group = group
        self.listener = listener
        self.socket = socket
        self.options = options
        self.reports = reports
        self.tls = tls
        self.grpc = grpc
    }

    /// Binds and begins to answer.
    ///
    /// Until the first routing table is installed, readiness is 503 and every model unknown.
    ///
    /// - Parameters:
    ///   - host: the engine, or a test's stand-in.
    ///   - listen: `host:port`; port 0 picks a free one.
    ///   - logger: told of certificates that come and of those that cannot be used.
    /// - Throws: `ServingFailure`.
    public static func start(
        host: any ServingHost, listen: String, options: ServingOptions = ServingOptions(), logger: Logger = Logger(label: "flyball")
    ) async throws(ServingFailure) -> HTTPServer {
        guard let wanted = ListenAddress(listen) else { throw .invalidAddress(listen) }
        let wantedByGRPC = try options.doors.grpc.map { text throws(ServingFailure) in
            guard let address = ListenAddress(text) else { throw .invalidAddress(text) }
            return address
        }
        for address in [wanted, wantedByGRPC].compactMap({ $0 }) {
            guard address.isLoopback || options.doors.tls != nil || options.allowsInsecure else { throw .notLoopback(address.text) }
        }
        let tls: TLSKeeper?
        do throws(TLSFailure) {
            tls = if let files = options.doors.tls { try TLSKeeper(files, clock: host.servingClock, logger: logger) } else { nil }
        } catch { throw .tls(error) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(max(options.loops, 1), 64))
        let reports = Reports(host: host)
        do {
            let loops = try await ServingLoops(
                Array(group.makeIterator()), clock: host.servingClock, epoch: host.bootEpoch,
                overloadMilliseconds: options.overloadMilliseconds)
            let contexts = try await makeContexts(
                loops, host: host, options: options, address: wanted, reports: reports, logger: tls == nil ? nil : logger)
            let connections = ConnectionCount()
            let (listener, socket) = try await bind(
                wanted, group: group, loops: loops, contexts: contexts, options: options, tls: tls, connections: connections)
            let grpc: GRPCListener? =
                if let wantedByGRPC {
                    try await GRPCListener.bind(
                        wantedByGRPC, inherited: options.handOver.inheritedGRPCSocket, loops: loops, http: contexts, host: host,
                        options: options, reports: reports, connections: connections, tls: tls, group: group)
                } else { nil }
            // Whoever waits in a socket that was taken over has been promised an answer: none is taken before there is a table to answer from.
            if options.handOver.inheritedGRPCSocket == nil { grpc?.serve() }
            tls?.watch(everySeconds: options.doors.filesSeconds)
            await loops.onEveryLoop { index in
                contexts[index].value.address = socket.address
                contexts[index].value.startSweeping()
            }
            return HTTPServer(
                loops: loops, contexts: contexts, group: group, listener: listener, socket: socket, options: options, reports: reports,
                tls: tls, grpc: grpc)
        } catch {
            try? await group.shutdownGracefully()
            throw (error as? ServingFailure) ?? .cannotListen(address: wanted.text, reason: "\(error)")
        }
    }

    private static func makeContexts(
        _ loops: ServingLoops, host: any ServingHost, options: ServingOptions, address: ListenAddress, reports: Reports, logger: Logger?
    ) async throws -> [NIOLoopBound<HTTPLoop>] {
        var contexts: [NIOLoopBound<HTTPLoop>] = []
        for (index, eventLoop) in loops.eventLoops.enumerated() {
            let context = try await eventLoop.submit {
                NIOLoopBound(
                    HTTPLoop(
                        loops, index: index, host: host, options: options, address: address, reports: reports,
                        door: logger.map { TLSDoor(eventLoop, options: options.doors, logger: $0) }), eventLoop: eventLoop)
            }.get()
            contexts.append(context)
        }
        return contexts
    }
}

// MARK: - The engine's data plane

extension HTTPServer: DataPlane {
    /// Where it listens, `host:port`.
    public var address: String? { socket.address.text }

    /// Where it listens for gRPC, `host:port`.
    public var grpcAddress: String? { grpc?.address }

    /// The socket on which clients of gRPC wait, after a hand-over; nil after a shutdown, and without one.
    public var grpcInheritance: Int32? { grpc?.inheritance }

    /// What it shows to clients that speak TLS; nil where none is spoken.
    public var certificate: CertificateStatus? { tls?.status }

    /// The socket on which whoever connects waits, after a hand-over; nil after a shutdown.
    public var inheritance: Int32? { socket.descriptor }

    /// Each event loop's.
    public var pulses: [Pulse] {
        loops.eventLoops.enumerated().map { index, loop in Pulse("event loop \(index)") { answer in loop.execute { answer() } } }
    }

    /// Puts the table on every event loop; returns when the last one answers with it.
    public func install(_ table: RoutingTable) async {
        await loops.install(table)
        guard table.generation > 0 else { return }
        grpc?.serve()
        guard options.handOver.inheritedSocket != nil else { return }
        try? await listener.setOption(.autoRead, value: true).get()
    }

    /// Lets a learner's newer copy answer, on every loop that answers by that routing generation.
    public func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async {
        await loops.handOver(live, deployment: deployment, generation: generation)
    }

    /// Rows that the loops still hold.
    public func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow] {
        await loops.rows(of: ids, deployment: deployment)
    }

    /// Takes what every loop has gathered since the last call.
    ///
    /// After a shutdown: what was left.
    public func harvest(flushing: Bool) async -> [LoopHarvest] {
        let rest = state.withLock { state in
            defer { state.rest = [] }
            return state.rest
        }
        let gathered = await gather(flushing: flushing)
        return rest + gathered
    }

    private func gather(flushing: Bool) async -> [LoopHarvest] {
        let harvests = await loops.harvest(flushing: flushing)
        let calls = await grpc?.door.counters() ?? []
        reports.note(
            harvests, grpc: calls,
            counters: await onEveryLoop { loop in
                var counters = loop.counters
                counters.failedHandshakes = loop.door?.failures ?? 0
                return counters
            })
        return harvests
    }

    /// Runs on each loop at the same time; no values when the loops have ended.
    @discardableResult
    private func onEveryLoop<Value: Sendable>(_ body: @escaping @Sendable (HTTPLoop) -> Value) async -> [Value] {
        let contexts = contexts
        return await loops.onEveryLoop { body(contexts[$0].value) }
    }

    /// Says that it is not ready, lets the open requests end, stops taking connections, closes.
    ///
    /// Whoever asks in the first `options.drainMilliseconds` still gets an answer, which tells it to close: a balancer that polls readiness
    /// sees the 503 before the first connection is refused. Ends within `options.shutdownMilliseconds` and a little.
    public func shutdown() async {
        guard await begin() else { return }
        await onEveryLoop { $0.begin(.stopping) }
        await drain(until: options.drainMilliseconds)
        socket.end()
        try? await listener.close().get()
        await onEveryLoop { $0.closeIdle() }
        let rest = options.shutdownMilliseconds - options.drainMilliseconds
        async let calls: Void? = grpc?.end(withinMilliseconds: rest, keepsSocket: false)
        await drain(until: rest)
        _ = await calls
        await end()
    }

    /// Ends as `shutdown` does, but for the socket, which another program goes on with: whoever connects meanwhile waits in it.
    ///
    /// It stays ready, since nobody is refused. Connections are told to close with their next answer; those that have asked nothing for
    /// `options.handOver.recycleMilliseconds` are closed then, and those that nothing came from yet get a while to ask.
    public func handOver() async {
        guard await begin() else { return }
        await onEveryLoop { $0.begin(.handingOver) }
        await drain(until: options.handOver.recycleMilliseconds)
        try? await listener.close().get()
        let rest = options.handOver.graceMilliseconds
        async let calls: Void? = grpc?.end(withinMilliseconds: rest, keepsSocket: true)
        await drain(until: rest) { $0.closeIdle(sparesFresh: true) }
        _ = await calls
        await end()
    }

    /// Whether this is the first wish for an end; others wait until it has come.
    private func begin() async -> Bool {
        let isFirst = state.withLock { state in
            guard state.life == .serving else { return false }
            state.life = .stopping
            return true
        }
        if !isFirst { await awaitStop() }
        return isFirst
    }

    /// Closes what is left, and everything else.
    private func end() async {
        tls?.end()
        await onEveryLoop { $0.closeAll() }
        let rest = await gather(flushing: true)
        loops.close()
        try? await group.shutdownGracefully()
        let waiters = state.withLock { state in
            state.rest.append(contentsOf: rest)
            state.life = .stopped
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func awaitStop() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if state.life == .stopped { return true }
                state.waiters.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }

    /// Waits until no connection is open, at most so long; each loop does something for it at each look.
    private func drain(until milliseconds: Int, _ help: @escaping @Sendable (HTTPLoop) -> Void = { _ in }) async {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while ContinuousClock.now < deadline {
            let open = await onEveryLoop {
                help($0)
                return $0.connectionCount
            }.reduce(0, +)
            if open == 0 { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
