import NIOCore
import NIOPosix
import Synchronization

/// How connections come in: the socket, and what stands in front of each of them.
extension HTTPServer {
    /// Ports tried after a busy one.
    private static let portsTried = 100

    static func bind(
        _ wanted: ListenAddress, group: MultiThreadedEventLoopGroup, loops: ServingLoops, contexts: [NIOLoopBound<HTTPLoop>],
        options: ServingOptions, tls: TLSKeeper?, connections: ConnectionCount
    ) async throws -> (any Channel, ListeningSocket) {
        let bootstrap = bootstrap(group: group, loops: loops, contexts: contexts, options: options, tls: tls, open: connections)
        if let inherited = options.handOver.inheritedSocket,
            let (socket, descriptor) = ListeningSocket.inherit(inherited, wanted: wanted, anyPort: options.searchesFreePort)
        {
            // Whoever waits in it has been promised an answer: none is taken before there is a table to answer from.
            return (try await bootstrap.serverChannelOption(.autoRead, value: false).withBoundSocket(descriptor).get(), socket)
        }
        var port = wanted.port
        while true {
            do {
                let (socket, descriptor) = try ListeningSocket.bind(ListenAddress(host: wanted.host, port: port))
                return (try await bootstrap.withBoundSocket(descriptor).get(), socket)
            } catch {
                // A port that another has bound but not listened on is noticed only by listening.
                let isBusy = if case ListeningSocket.Failure.busy = error { true } else { (error as? IOError)?.errnoCode == EADDRINUSE }
                guard isBusy, options.searchesFreePort, port != 0, port < wanted.port + portsTried, port < 65_535 else {
                    throw ServingFailure.cannotListen(
                        address: ListenAddress(host: wanted.host, port: port).text, reason: isBusy ? "the port is in use" : reason(error))
                }
                port += 1
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        if case ListeningSocket.Failure.other(let reason) = error { reason } else { "\(error)" }
    }

    private static func bootstrap(
        group: MultiThreadedEventLoopGroup, loops: ServingLoops, contexts: [NIOLoopBound<HTTPLoop>], options: ServingOptions,
        tls: TLSKeeper?, open: ConnectionCount
    ) -> ServerBootstrap {
        let contexts = Dictionary(uniqueKeysWithValues: zip(loops.eventLoops.map { ObjectIdentifier($0) }, contexts))
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard let context = contexts[ObjectIdentifier(channel.eventLoop)], open.enter(limit: options.maximumConnections) else {
                    // A plain answer is none to a client that speaks TLS, and a handshake for it would cost more than an answer.
                    if tls != nil { return channel.eventLoop.makeFailedFuture(ChannelError.inappropriateOperationForState) }
                    return channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(SurplusHandler()) }
                }
                channel.closeFuture.whenComplete { _ in open.leave() }
                return channel.eventLoop.makeCompletedFuture { try prepare(channel, context.value, tls) }
            }
    }

    /// What somebody is told who speaks plain HTTP to a listener with TLS.
    private static let plainAnswer: StaticString =
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 62\r\n\r\n{\"error\":\"this listener speaks TLS: write https:// before it\"}"

    private static func prepare(_ channel: any Channel, _ context: HTTPLoop, _ tls: TLSKeeper?) throws {
        if let tls, let door = context.door { try door.guardConnection(channel, tls.http, plain: plainAnswer) }
        try channel.pipeline.syncOperations.addHandler(Connection(context))
    }
}

/// Open connections over all loops.
final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)

    func enter(limit: Int) -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= limit { return true }
        leave()
        return false
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}
