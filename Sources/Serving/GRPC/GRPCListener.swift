import Engine
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import InferenceProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The gRPC endpoint, on the same event loops as HTTP and a port of its own.
final class GRPCListener: Sendable {
    private typealias Server = GRPCServer<HTTP2ServerTransport.Custom<Incoming>>

    private enum Life {
        /// Bound; whoever connects waits.
        case bound
        case serving(Task<Void, any Error>)
        case ended
    }

    let door: GRPCDoor
    private let socket: ListeningSocket
    private let server: Server
    private let life = Mutex(Life.bound)

    private init(door: GRPCDoor, socket: ListeningSocket, server: Server) {
        self.door = door
        self.socket = socket
        self.server = server
    }

    /// Calls of one connection that may be under way.
    private static let callsPerConnection = 64

    /// Binds; nobody is answered before `serve()`.
    ///
    /// - Parameter inherited: a socket that listens already, taken over from the program before this one.
    static func bind(
        _ wanted: ListenAddress, inherited: Int32?, loops: ServingLoops, http: [NIOLoopBound<HTTPLoop>], host: any ServingHost,
        options: ServingOptions, reports: Reports, connections: ConnectionCount, tls: TLSKeeper?, group: MultiThreadedEventLoopGroup
    ) async throws(ServingFailure) -> GRPCListener {
        let bound: (socket: ListeningSocket, descriptor: Int32)
        if let inherited, let found = ListeningSocket.inherit(inherited, wanted: wanted, anyPort: false) {
            bound = found
        } else {
            do throws(ListeningSocket.Failure) { bound = try ListeningSocket.bind(wanted) } catch {
                switch error {
                case .busy: throw .cannotListen(address: wanted.text, reason: "the port is in use")
                case .other(let reason): throw .cannotListen(address: wanted.text, reason: reason)
                }
            }
        }
        let address = bound.socket.address
        var contexts: [NIOLoopBound<GRPCLoop>] = []
        for (index, eventLoop) in loops.eventLoops.enumerated() {
            let context = try? await eventLoop.submit {
                NIOLoopBound(GRPCLoop(http[index].value, address: address), eventLoop: eventLoop)
            }.get()
            guard let context else { throw .cannotListen(address: wanted.text, reason: "the event loops have ended") }
            contexts.append(context)
        }
        let door = GRPCDoor(loops, contexts: contexts, host: host, reports: reports)
        let incoming = Incoming(
            descriptor: bound.descriptor, door: door, connections: connections, limit: options.maximumConnections, tls: tls,
            eventLoopGroup: group)
        let transport = HTTP2ServerTransport.Custom(listenerFactory: incoming, config: configuration(options, door))
        return GRPCListener(
            door: door, socket: bound.socket,
            server: GRPCServer(transport: transport, services: [InferenceService(door: door), LabelMessages(door: door)]))
    }

    private static func configuration(_ options: ServingOptions, _ door: GRPCDoor) -> HTTP2ServerTransport.Custom<Incoming>.Config {
        var configuration = HTTP2ServerTransport.Custom<Incoming>.Config.defaults
        configuration.compression.enabledAlgorithms = [.gzip, .deflate]
        configuration.rpc.maxRequestPayloadSize = options.maximumBodyBytes
        configuration.http2.maxConcurrentStreams = callsPerConnection
        configuration.http2.targetWindowSize = 1 << 20
        configuration.connection.maxIdleTime = .seconds(max(options.idleSeconds, 300))
        // A client that is gone without a word is noticed within a minute or two.
        configuration.connection.keepalive.time = .seconds(60)
        configuration.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
        configuration.connection.keepalive.clientBehavior.allowWithoutCalls = true
        configuration.channelDebuggingCallbacks.onAcceptHTTP2Stream = { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let index = door.index(of: channel.eventLoop) else { return }
                try channel.pipeline.syncOperations.addHandler(StreamGuard(door[index]), position: .first)
            }
        }
        return configuration
    }

    /// Where it listens.
    var address: String { socket.address.text }

    /// The socket in which clients wait for a program that takes over.
    var inheritance: Int32? { socket.descriptor }

    /// Begins to answer; does nothing when it does so already.
    func serve() {
        life.withLock { life in
            guard case .bound = life else { return }
            let server = server
            life = .serving(Task { try await server.serve() })
        }
    }

    /// Tells connections to go, lets their calls end, at most so long.
    ///
    /// - Parameter keepsSocket: whether whoever connects from now on waits for another program.
    func end(withinMilliseconds milliseconds: Int, keepsSocket: Bool) async {
        let former = life.withLock { life in
            defer { life = .ended }
            return life
        }
        if !keepsSocket { socket.end() }
        guard case .serving(let task) = former else { return }
        server.beginGracefulShutdown()
        let timer = Task {
            try await Task.sleep(for: .milliseconds(milliseconds))
            task.cancel()
        }
        _ = await task.result
        timer.cancel()
    }
}

/// How connections come in.
private struct Incoming: HTTP2ServerTransport.ListenerFactory {
    let descriptor: Int32
    let door: GRPCDoor
    let connections: ConnectionCount
    let limit: Int
    let tls: TLSKeeper?
    let eventLoopGroup: any EventLoopGroup

    /// Thrown where there are too many of them.
    private struct Surplus: Error {}

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelInitializer { channel in listenerConfigurator.configure(channel: channel) }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(NIOBSDSocket.Handle(descriptor)) { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel) }
                    .flatMap {
                        connectionConfigurator.configure(channel: channel, tls: tls == nil ? .none : .configured(requireALPN: true))
                    }
            }
    }

    private func prepare(_ channel: any Channel) throws {
        guard let index = door.index(of: channel.eventLoop), connections.enter(limit: limit) else { throw Surplus() }
        let loop = door[index]
        loop.counters.open += 1
        loop.counters.connections += 1
        let bound = NIOLoopBound(loop, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            connections.leave()
            bound.value.counters.open -= 1
        }
        if let tls, let door = loop.http.door { try door.guardConnection(channel, tls.grpc, plain: nil) }
    }
}
