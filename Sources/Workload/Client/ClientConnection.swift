import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One keep-alive connection that carries one request at a time and opens itself again when it is needed.
///
/// Confined to its event loop. Each `send` completes exactly once.
final class ClientConnection {
    private enum Phase {
        case closed
        case opening
        case idle
        case busy
    }

    /// Bytes of the largest answer that is taken.
    static let largestAnswer = 16 << 20
    private static let connectSeconds: Int64 = 5

    let eventLoop: any EventLoop
    private let endpoint: Endpoint
    private var phase = Phase.closed
    private var channel: (any Channel)?
    private var completion: ((HTTPOutcome) -> Void)?
    private var waiting: HTTPCall?
    private var deadline = NIODeadline.distantFuture
    private var failuresInRow = 0
    /// Until when it makes no sense to try again, after a connection that could not be opened.
    private(set) var restsUntil = NIODeadline.uptimeNanoseconds(0)
    /// What the operating system said when the last attempt to connect failed.
    private(set) var lastError: String?

    init(endpoint: Endpoint, eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
    }

    /// Opens the connection ahead of the first request; tells whether it is open.
    func open(by deadline: NIODeadline, _ done: @escaping (Bool) -> Void) {
        guard phase == .closed else { return done(true) }
        completion = { outcome in
            if case .answered = outcome { done(true) } else { done(false) }
        }
        self.deadline = deadline
        connect()
    }

    /// Sends one request.
    ///
    /// Must not be called while another is under way.
    func send(_ call: HTTPCall, deadline: NIODeadline, completion: @escaping (HTTPOutcome) -> Void) {
        precondition(self.completion == nil, "one request at a time")
        self.completion = completion
        self.deadline = deadline
        if phase == .idle { return write(call) }
        waiting = call
        if phase == .closed { connect() }
    }

    /// Fails the request under way if its deadline has passed.
    func expire(now: NIODeadline) {
        guard completion != nil, deadline <= now else { return }
        drop(.timeout)
    }

    /// Brings the deadline of the request under way forward.
    func limit(to earlier: NIODeadline) { deadline = min(deadline, earlier) }

    /// Closes the connection; a request under way fails.
    func close() { drop(.closed) }

    // MARK: Opening

    private func connect() {
        phase = .opening
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let loop = eventLoop
        let endpoint = endpoint
        let bootstrap = ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(Self.connectSeconds))
            .channelInitializer { channel in
                loop.makeCompletedFuture {
                    if let tls = endpoint.tls { try channel.pipeline.syncOperations.addHandler(try tls.handler(host: endpoint.host)) }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerCollector(bound.value))
                }
            }
        // An address needs no name service, whose slow answers would hold up the other connections of this event loop.
        let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)
        (address.map { bootstrap.connect(to: $0) } ?? bootstrap.connect(host: endpoint.host, port: endpoint.port))
            .hop(to: eventLoop)
            .assumeIsolated()
            .whenComplete { result in bound.value.connected(result) }
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let opened):
            guard phase == .opening else {
                opened.close(promise: nil)
                return
            }
            failuresInRow = 0
            lastError = nil
            channel = opened
            phase = .idle
            if let call = waiting {
                waiting = nil
                write(call)
            } else {
                finish(.answered(status: 0, body: ByteBuffer()))
            }
        case .failure(let error):
            guard phase == .opening else { return }
            failuresInRow += 1
            lastError = Self.reason(error)
            // 50 ms, 100 ms, … 1.6 s: quick for a restart, gentle for a server that is gone.
            restsUntil = .now() + .milliseconds(25 << Int64(min(failuresInRow, 6)))
            drop(.connect)
        }
    }

    /// Why a connection could not be opened, in the operating system's words.
    private static func reason(_ error: any Error) -> String {
        let first = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        if let failure = first as? IOError { return String(cString: strerror(failure.errnoCode)) }
        if let failure = first as? NIOConnectionError { return "no host is named \(failure.host)" }
        if case .connectTimeout? = first as? ChannelError { return "no connection within \(connectSeconds) s" }
        return "\(first)"
    }

    // MARK: One request

    private func write(_ call: HTTPCall) {
        guard let channel, channel.isActive else { return drop(.closed) }
        phase = .busy
        channel.write(HTTPClientRequestPart.head(call.head), promise: nil)
        if let body = call.body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    fileprivate func answered(status: Int, body: ByteBuffer, keepsAlive: Bool, by sender: any Channel) {
        guard isCurrent(sender), phase == .busy else { return }
        phase = .idle
        if !keepsAlive { release() }
        finish(.answered(status: status, body: body))
    }

    fileprivate func failed(_ failure: TransportFailure, by sender: any Channel) {
        guard isCurrent(sender) else { return }
        drop(failure)
    }

    /// TLS could not be spoken.
    fileprivate func refused(_ reason: String, by sender: any Channel) {
        guard isCurrent(sender) else { return }
        lastError = reason
        failuresInRow += 1
        restsUntil = .now() + .milliseconds(25 << Int64(min(failuresInRow, 6)))
    }

    fileprivate func isCurrent(_ sender: any Channel) -> Bool { channel.map { $0 === sender } ?? false }

    private func drop(_ failure: TransportFailure) {
        release()
        waiting = nil
        finish(.failed(failure))
    }

    private func release() {
        let old = channel
        channel = nil
        phase = .closed
        old?.close(promise: nil)
    }

    private func finish(_ outcome: HTTPOutcome) {
        guard let done = completion else { return }
        completion = nil
        deadline = .distantFuture
        done(outcome)
    }
}

/// Puts the parts of an answer together, within a limit on its size.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let connection: ClientConnection
    private var status = 0
    private var keepsAlive = false
    private var body = ByteBuffer()

    init(_ connection: ClientConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            keepsAlive = head.isKeepAlive
            body.clear()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= ClientConnection.largestAnswer else {
                return connection.failed(.tooLarge, by: context.channel)
            }
            if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
        case .end:
            let whole = body
            body = ByteBuffer()
            connection.answered(status: status, body: whole, keepsAlive: keepsAlive, by: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that fails is an answer to the first request: whoever waits for it is told why.
        if let reason = Self.reason(ofTLS: error) { connection.refused(reason, by: context.channel) }
        // The decoder reports a connection that ends within an answer as an error of its own.
        let isMalformed = error is HTTPParserError && (error as? HTTPParserError) != .invalidEOFState
        connection.failed(isMalformed ? .malformed : .closed, by: context.channel)
        context.close(promise: nil)
    }

    /// Why TLS could not be spoken, in a few words.
    private static func reason(ofTLS error: any Error) -> String? {
        guard let failure = error as? NIOSSLError, case .handshakeFailed(let inner) = failure else { return nil }
        let words = "\(inner)"
        if words.contains("CERTIFICATE_VERIFY_FAILED") { return "TLS: the certificate that it shows is not trusted here" }
        if words.contains("WRONG_VERSION_NUMBER") || words.contains("HTTP_REQUEST") { return "TLS: it does not speak TLS" }
        return "TLS: \(words.prefix(200))"
    }

    func channelInactive(context: ChannelHandlerContext) { connection.failed(.closed, by: context.channel) }
}
