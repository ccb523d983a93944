import Engine
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Tabular

/// What the TLS connections of one event loop share: handshakes under way, bounded in number and time.
///
/// Confined to its loop.
final class TLSDoor {
    /// What TLS begins with: a record of the handshake (RFC 8446, 5.1).
    static let handshakeRecord: UInt8 = 0x16

    private let eventLoop: any EventLoop
    private let limit: Int
    private let seconds: Double
    private let logger: Logger
    /// Handshakes under way, the oldest first.
    private var handshakes: [TLSHandshake] = []
    /// Handshakes that came to nothing: no TLS, no certificate, too slow.
    private(set) var failures: Int64 = 0
    /// Clients' certificates that the log has named of late, and when.
    private var named: [String: NIODeadline] = [:]

    private static let mostNamed = 256
    private static let namedAgain = TimeAmount.minutes(10)

    init(_ eventLoop: any EventLoop, options: Doors, logger: Logger) {
        self.eventLoop = eventLoop
        limit = max(1, options.maximumHandshakes)
        seconds = options.handshakeSeconds
        self.logger = logger
    }

    /// Puts TLS in front of a connection.
    ///
    /// - Parameter plain: what a client that does not speak TLS is told.
    func guardConnection(_ channel: any Channel, _ context: NIOSSLContext, plain: StaticString?) throws {
        let handshake = TLSHandshake(self)
        try channel.pipeline.syncOperations.addHandlers(
            TLSFirstByte(plain: plain), NIOSSLServerHandler(context: context), handshake)
    }

    /// A handshake begins: the oldest one gives way where there are too many.
    fileprivate func begin(_ handshake: TLSHandshake) -> Scheduled<Void> {
        if handshakes.count >= limit { handshakes[0].giveUp() }
        handshakes.append(handshake)
        return eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { handshake.giveUp() }
    }

    fileprivate func end(_ handshake: TLSHandshake, hasFailed: Bool) {
        handshakes.removeAll { $0 === handshake }
        if hasFailed { failures += 1 }
    }

    /// Names a client in the log, once in a while.
    fileprivate func note(_ certificate: NIOSSLCertificate, from peer: SocketAddress?) {
        let name = TLSIdentity.peer(certificate)
        let now = NIODeadline.now()
        guard named[name].map({ $0 < now }) ?? true else { return }
        if named.count >= Self.mostNamed { named = [:] }
        named[name] = now + Self.namedAgain
        logger.info("TLS: a client with the certificate of \(name), from \(peer?.ipAddress ?? "here")")
    }
}

/// Stands behind TLS until the handshake is done, and lets nothing but its end through.
final class TLSHandshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let door: TLSDoor
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var isUnderWay = true

    init(_ door: TLSDoor) { self.door = door }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = door.begin(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(hasFailed: true)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(hasFailed: true)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
            end(hasFailed: false)
            if let certificate = try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate() {
                door.note(certificate, from: context.channel.remoteAddress)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard isUnderWay else { return context.fireErrorCaught(error) }
        end(hasFailed: true)
        context.close(promise: nil)
    }

    /// It has taken too long, or others want its place.
    fileprivate func giveUp() {
        guard isUnderWay else { return }
        end(hasFailed: true)
        context?.close(promise: nil)
    }

    private func end(hasFailed: Bool) {
        guard isUnderWay else { return }
        isUnderWay = false
        timer?.cancel()
        timer = nil
        door.end(self, hasFailed: hasFailed)
    }
}

/// Looks at the first byte of a connection: whoever speaks plainly to a listener with TLS is told so.
private final class TLSFirstByte: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long the client may take to read the answer and close.
    private static let patience = TimeAmount.seconds(1)

    private let plain: StaticString?
    private var isPlain = false

    init(plain: StaticString?) { self.plain = plain }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isPlain else { return }
        guard let first = unwrapInboundIn(data).readableBytesView.first else { return }
        if first == TLSDoor.handshakeRecord {
            context.fireChannelRead(data)
            return context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        isPlain = true
        guard let plain else { return context.close(promise: nil) }
        var bytes = context.channel.allocator.buffer(capacity: plain.utf8CodeUnitCount)
        bytes.writeStaticString(plain)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isPlain { context.fireErrorCaught(error) }
    }
}
