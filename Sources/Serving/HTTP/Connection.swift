import Engine
import NIOCore

/// One client's connection: requests in, answers out, in order.
///
/// While an answer is being made elsewhere (labels, status, metrics), the client does not read, or it has had its share of this turn of the
/// event loop, nothing more is read from the socket and what was read already waits in `input`, so that a connection costs bounded memory,
/// pipelined answers keep their order, and nobody who pipelines keeps the others waiting.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Where the connection stands.
    enum Phase {
        /// Nothing has come yet.
        case fresh
        /// Between requests.
        case idle
        /// A head is coming.
        case head
        /// The body is coming.
        case body
        /// The answer is being made elsewhere.
        case waiting
        /// The last answer is written; what still comes is thrown away, so that closing does not destroy the answer on its way.
        case lingering
    }

    /// How reading goes on.
    private struct Flow {
        /// The event loop would read on.
        var wantsRead = false
        /// The event loop is handing over what it has read.
        var isReading = false
        /// Requests are being taken out of the bytes.
        var isTaking = false
        /// The client sends no more.
        var isInputClosed = false
        /// Something is written that has not been sent on its way.
        var needsFlush = false
        /// The socket takes more.
        var isWritable = true
        /// Work of this turn.
        var work = 0
        /// It has had its share of this turn.
        var hasHadItsTurn = false
    }

    /// Work for one connection in one turn of its event loop, in answers of the cheapest kind; what it has asked beyond it waits for the next turn.
    private static let workPerTurn = 16

    let loop: HTTPLoop
    var phase = Phase.fresh
    private(set) var deadline: NIODeadline
    private(set) var reader: RequestReader
    /// Bytes that have not been taken yet.
    private var input = ByteBuffer()
    var request = Request()
    var memory = HeadMemory()
    /// Counts answers made elsewhere: one that comes too late is not taken for a later request's.
    var turn = 0
    private(set) var channel: ChannelHandlerContext?
    private var flow = Flow()

    init(_ loop: HTTPLoop) {
        self.loop = loop
        reader = RequestReader(maximumHeadBytes: loop.options.maximumHeaderBytes)
        deadline = loop.now + .nanoseconds(Int64(loop.options.idleSeconds * 1e9))
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        channel = context
        loop.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        channel = nil
        loop.closed(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .lingering
        turn += 1
        input = ByteBuffer()
        context.fireChannelInactive()
    }

    func extend(_ seconds: Double) { deadline = loop.now + .nanoseconds(Int64(seconds * 1e9)) }

    /// The deadline has passed: says so where an answer is due, and closes.
    func expire() {
        switch phase {
        case .fresh, .idle, .lingering: channel?.close(promise: nil)
        case _ where !isWritable: channel?.close(promise: nil)
        case .head: send(.error(408, "headers: not complete within \(loop.options.headerSeconds) s", closes: true))
        case .body: send(.error(408, "body: not complete within \(loop.options.bodySeconds) s", closes: true))
        case .waiting:
            turn += 1
            send(.error(503, "no answer from the engine in time: try again", retryAfterSeconds: 1, closes: true))
        }
        flush()
    }

    /// Part of a shutdown: closes unless a request is under way, once what was answered is out.
    ///
    /// - Parameter sparesFresh: whether one that nothing came from yet stays: its first request is on its way.
    func closeIfIdle(sparesFresh: Bool) {
        if sparesFresh, phase == .fresh { return }
        // What it has asked already is answered first, and that answer closes.
        guard let channel, !hasMore, isBetween || phase == .head else { return }
        closeBehind(channel, mode: .all)
    }

    /// The end of a shutdown: closes whatever is under way.
    func abort() { channel?.close(promise: nil) }

    // MARK: Reading

    /// Whether no request is under way.
    private var isBetween: Bool { phase == .fresh || phase == .idle }
    private var isWritable: Bool { flow.isWritable }
    private var isBlocked: Bool { phase == .waiting || flow.hasHadItsTurn || !flow.isWritable }
    /// Whether bytes wait that may be requests; what waits while nothing keeps them from being taken is less than one.
    private var hasMore: Bool { input.readableBytes > 0 && isBlocked }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        flow.isReading = true
        guard phase != .lingering else { return }
        var bytes = unwrapInboundIn(data)
        if phase == .fresh, input.readableBytes == 0, bytes.readableBytesView.first == TLSDoor.handshakeRecord { return refuseTLS() }
        if input.readableBytes == 0 {
            input = bytes
        } else {
            // Else a client that always leaves half a request behind would grow it for ever.
            input.discardReadBytes()
            input.writeBuffer(&bytes)
        }
        takeInput()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flow.isReading = false
        if !flow.hasHadItsTurn { flow.work = 0 }
        flush()
    }

    func read(context: ChannelHandlerContext) {
        if isBlocked, phase != .lingering { flow.wantsRead = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flow.isWritable = context.channel.isWritable
        if flow.isWritable { resume() } else { extend(loop.options.writeSeconds) }
        context.fireChannelWritabilityChanged()
    }

    /// A client may close its half once it has sent its request (as `nc` does): the answer still goes out, then the rest is closed.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        flow.isInputClosed = true
        endInput()
        flush()
    }

    /// Nothing more comes: what has been asked is answered, what has been begun is no request.
    private func endInput() {
        guard flow.isInputClosed, !isBlocked, let channel else { return }
        switch phase {
        case .fresh, .idle: closeBehind(channel)
        case .head, .body: send(.error(400, "HTTP: the bytes end within a request", closes: true))
        case .waiting, .lingering: break
        }
    }

    /// Whether the connection stays open behind the answer that is due.
    var keepsAlive: Bool { request.keepsAlive && !loop.isDraining && !(flow.isInputClosed && input.readableBytes == 0) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// A turn of the event loop has gone by.
    func takeTurn() {
        flow.hasHadItsTurn = false
        flow.work = 0
        resume()
    }

    /// Goes on with what waits, after an answer made elsewhere, when the client reads again, or in its next turn.
    func resume() {
        takeInput()
        endInput()
        if !flow.isReading { flush() }
        if flow.wantsRead, !isBlocked {
            flow.wantsRead = false
            channel?.read()
        }
    }

    /// Takes requests out of the bytes, as long as nothing blocks.
    private func takeInput() {
        guard !flow.isTaking else { return }
        flow.isTaking = true
        defer { flow.isTaking = false }
        while phase != .lingering, !isBlocked {
            switch reader.next(&input) {
            case .head(let bytes): begin(bytes)
            case .body(let bytes): collect(bytes)
            case .end: end()
            case .failed(let failure):
                request = Request()
                send(.error(failure.status, failure.text, closes: true))
            case .more:
                if input.readableBytes == 0 {
                    // The event loop uses the memory again.
                    input = ByteBuffer()
                } else if isBetween {
                    phase = .head
                    request = Request()
                    extend(loop.options.headerSeconds)
                }
                return
            }
        }
    }

    /// The client has begun with TLS, and this listener speaks none.
    private func refuseTLS() {
        request = Request()
        send(.error(400, "this listener speaks plain HTTP, and this is TLS: write http:// before it", closes: true))
        flush()
    }

    // MARK: Writing

    /// Writes an answer and gets ready for the next request, or closes behind it.
    func send(_ answer: Answer) {
        let keepAlive = keepsAlive && !answer.closes
        loop.counters.count(answer.status)
        loop.output.open(for: self)
        loop.output.write(answer, withBody: !request.isHead, keepAlive: keepAlive, date: loop.date)
        hasWritten(keepAlive: keepAlive)
    }

    /// A whole answer stands in the loop's buffer.
    func hasWritten(keepAlive: Bool) {
        guard let channel else { return }
        flow.work += request.endpoint.work
        if flow.work >= Self.workPerTurn, !flow.hasHadItsTurn {
            flow.hasHadItsTurn = true
            loop.waitForTurn(self)
        }
        guard keepAlive else {
            closeBehind(channel)
            return
        }
        // So that one who does not read is noticed before all of its answers are made.
        if loop.output.unsent(of: self) >= AnswerBuffer.enough, let bytes = loop.output.take(for: self) {
            channel.write(wrapOutboundOut(bytes), promise: nil)
            loop.output.giveBack(bytes)
            flow.needsFlush = true
        }
        phase = .idle
        extend(isWritable ? loop.options.idleSeconds : loop.options.writeSeconds)
    }

    private func closeBehind(_ channel: ChannelHandlerContext, mode: CloseMode = .output) {
        phase = .lingering
        extend(Self.lingerSeconds)
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.channel?.close(mode: mode, promise: nil) }
        channel.writeAndFlush(wrapOutboundOut(loop.output.take(for: self) ?? ByteBuffer()), promise: written)
        input = ByteBuffer()
        // What still comes is read and thrown away until the client closes or the deadline passes.
        channel.read()
    }

    /// How long a closing connection still reads.
    private static let lingerSeconds = 3.0

    /// Writes an interim answer at once.
    func writeNow(_ text: StaticString) {
        var bytes = ByteBuffer()
        bytes.writeStaticString(text)
        loop.output.open(for: self)
        loop.output.write(bytes)
        flush()
    }

    /// Sends what has been written.
    func flush() {
        guard let channel else { return }
        let needsFlush = flow.needsFlush
        flow.needsFlush = false
        if let bytes = loop.output.take(for: self) {
            channel.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            loop.output.giveBack(bytes)
        } else if needsFlush {
            channel.flush()
        }
    }
}
