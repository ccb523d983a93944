import Engine
import NIOCore
import NIOHTTP1

/// One client's connection: requests in, answers out, in order.
///
/// While an answer is being made elsewhere (labels, status, metrics), the client does not read, or it has had its share of this turn of the
/// event loop, nothing more is read from the socket and what was read already waits in `queue`, so that a connection costs bounded memory,
/// pipelined answers keep their order, and nobody who pipelines keeps the others waiting.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Where the connection stands.
    enum Phase {
        /// Nothing has come yet.
        case fresh
        /// Between requests.
        case idle
        /// Headers are coming.
        case head
        /// The body is coming.
        case body
        /// The answer is being made elsewhere.
        case waiting
        /// The last answer is written; what still comes is thrown away, so that closing does not destroy the answer on its way.
        case lingering
    }

    private enum Item {
        case part(HTTPServerRequestPart)
        case failure(Answer)
    }

    /// Work for one connection in one turn of its event loop, in answers of the cheapest kind; what it has asked beyond it waits for the next turn.
    private static let workPerTurn = 16

    let loop: HTTPLoop
    var phase = Phase.fresh
    private(set) var deadline: NIODeadline
    var request = Request()
    var cache = EndpointCache()
    /// The Host of the last request, which was one of ours: a connection names the same one again.
    var admittedHost = ""
    /// The token of the last request, by the bytes of its header: a connection sends the same one again.
    var admission = Admission()
    /// Counts answers made elsewhere: one that comes too late is not taken for a later request's.
    var turn = 0
    private(set) var channel: ChannelHandlerContext?
    private var queue = CircularBuffer<Item>(initialCapacity: 4)
    private var wantsRead = false
    private var needsFlush = false
    private var isReading = false
    private var isInputClosed = false
    /// Work of this turn.
    private var work = 0
    /// It has had its share of this turn.
    private var hasHadItsTurn = false

    init(_ loop: HTTPLoop) {
        self.loop = loop
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
        queue.removeAll()
        context.fireChannelInactive()
    }

    /// Bytes came from the socket.
    func bytesArrived() {
        guard isBetween else { return }
        phase = .head
        extend(loop.options.headerSeconds)
    }

    func extend(_ seconds: Double) { deadline = loop.now + .nanoseconds(Int64(seconds * 1e9)) }

    /// The deadline has passed: says so where an answer is due, and closes.
    func expire() {
        switch phase {
        case .fresh, .idle, .lingering: channel?.close(promise: nil)
        case _ where !isWritable: channel?.close(promise: nil)
        case .head: fail(.error(408, "headers: not complete within \(loop.options.headerSeconds) s", closes: true))
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
        guard let channel, queue.isEmpty, isBetween || phase == .head else { return }
        closeBehind(ByteBuffer(), channel, mode: .all)
    }

    /// The end of a shutdown: closes whatever is under way.
    func abort() { channel?.close(promise: nil) }

    // MARK: Reading

    /// Whether no request is under way.
    private var isBetween: Bool { phase == .fresh || phase == .idle }
    private var isWritable: Bool { channel?.channel.isWritable ?? false }
    private var isBlocked: Bool { phase == .waiting || hasHadItsTurn || !isWritable }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let part = unwrapInboundIn(data)
        guard queue.isEmpty, !isBlocked else {
            if phase != .lingering { queue.append(.part(part)) }
            return
        }
        take(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if !hasHadItsTurn { work = 0 }
        flush()
    }

    func read(context: ChannelHandlerContext) {
        if isBlocked, phase != .lingering { wantsRead = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isWritable { resume() } else { extend(loop.options.writeSeconds) }
        context.fireChannelWritabilityChanged()
    }

    /// A client may close its half once it has sent its request (as `nc` does): the answer still goes out, then the rest is closed.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        isInputClosed = true
        // What is answered later closes behind itself.
        if phase != .lingering, !isBlocked, queue.isEmpty { closeBehind(ByteBuffer(), context) }
    }

    /// Whether the connection stays open behind the answer that is due.
    var keepsAlive: Bool { request.keepsAlive && !loop.isDraining && !(isInputClosed && queue.isEmpty) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard context.channel.isActive, phase != .lingering, let failure = Self.answer(to: error) else {
            context.close(promise: nil)
            return
        }
        if queue.isEmpty, !isBlocked { fail(failure) } else { queue.append(.failure(failure)) }
        flush()
    }

    /// Answers bytes that are no request.
    private func fail(_ answer: Answer) {
        request = Request()
        send(answer)
    }

    /// The client has begun with TLS, and this listener speaks none.
    func refuseTLS() {
        fail(.error(400, "this listener speaks plain HTTP, and this is TLS: write http:// before it", closes: true))
        flush()
    }

    private static func answer(to error: any Error) -> Answer? {
        switch error {
        case HTTPParserError.headerOverflow: .error(431, "headers: larger than this listener takes", closes: true)
        case let error as HTTPParserError: .error(400, "HTTP: \(InferenceFailure.short("\(error)"))", closes: true)
        default: nil
        }
    }

    /// A turn of the event loop has gone by.
    func takeTurn() {
        hasHadItsTurn = false
        work = 0
        resume()
    }

    /// Goes on with what waits, after an answer made elsewhere, when the client reads again, or in its next turn.
    func resume() {
        while phase != .lingering, !isBlocked, let item = queue.popFirst() {
            switch item {
            case .part(let part): take(part)
            case .failure(let failure): fail(failure)
            }
        }
        if !isReading { flush() }
        if isInputClosed, isBetween, !isBlocked, queue.isEmpty, let channel { closeBehind(ByteBuffer(), channel) }
        if wantsRead, !isBlocked {
            wantsRead = false
            channel?.read()
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        guard phase != .lingering else { return }
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): collect(bytes)
        case .end: end()
        }
    }

    // MARK: Writing

    /// Writes an answer and gets ready for the next request, or closes behind it.
    func send(_ answer: Answer) {
        let keepAlive = keepsAlive && !answer.closes
        loop.counters.count(answer.status)
        var bytes = channel?.channel.allocator.buffer(capacity: 256 + answer.body.readableBytes) ?? ByteBuffer()
        bytes.writeHead(answer, length: answer.body.readableBytes, keepAlive: keepAlive, date: loop.date)
        if !request.isHead { bytes.writeImmutableBuffer(answer.body) }
        write(bytes, keepAlive: keepAlive)
    }

    /// Writes a whole answer.
    func write(_ bytes: ByteBuffer, keepAlive: Bool) {
        guard let channel else { return }
        needsFlush = true
        work += request.endpoint.work
        if work >= Self.workPerTurn, !hasHadItsTurn {
            hasHadItsTurn = true
            loop.waitForTurn(self)
        }
        guard keepAlive else {
            closeBehind(bytes, channel)
            return
        }
        channel.write(wrapOutboundOut(bytes), promise: nil)
        phase = .idle
        if isWritable { extend(loop.options.idleSeconds) } else { extend(loop.options.writeSeconds) }
    }

    private func closeBehind(_ bytes: ByteBuffer, _ channel: ChannelHandlerContext, mode: CloseMode = .output) {
        phase = .lingering
        queue.removeAll()
        extend(Self.lingerSeconds)
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.channel?.close(mode: mode, promise: nil) }
        channel.write(wrapOutboundOut(bytes), promise: written)
        channel.flush()
        needsFlush = false
        // What still comes is read and thrown away until the client closes or the deadline passes.
        channel.read()
    }

    /// How long a closing connection still reads.
    private static let lingerSeconds = 3.0

    /// Writes an interim answer at once.
    func writeNow(_ text: StaticString) {
        guard let channel else { return }
        var bytes = channel.channel.allocator.buffer(capacity: text.utf8CodeUnitCount)
        bytes.writeStaticString(text)
        channel.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    private func flush() {
        guard needsFlush else { return }
        needsFlush = false
        channel?.flush()
    }
}
