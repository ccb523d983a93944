import GRPCCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Stands before everything else in a call's stream: what a call may send, and how long it may take for it.
///
/// The library behind it ends a call that says too much without a word; here it gets its status. Messages are measured by the lengths that stand before
/// them (the gRPC protocol over HTTP/2), so that none is held that is not taken.
final class StreamGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Bytes of requests that have not been answered, over all calls of an event loop.
    private static let heldOnLoop = 256 << 20
    /// Messages of a stream that may wait.
    private static let heldMessages = 4

    private let loop: GRPCLoop
    private let limit: Int
    /// Bytes of what has come and has not been answered.
    private var held = 0
    /// The length of the message that is coming: bytes of its prefix, and what is left of it.
    private var prefix: [UInt8] = []
    private var left = 0
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(_ loop: GRPCLoop) {
        self.loop = loop
        limit = loop.http.options.maximumBodyBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .headers(let headers): begin(headers, context)
        case .data(let data):
            if data.endStream { stopTimer() }
            guard case .byteBuffer(let bytes) = data.data else { break }
            hold(bytes.readableBytes)
            if let refusal = measure(bytes) ?? excess { return end(refusal, context) }
        default: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        // With an answer whatever it answers has been read.
        if case .data = unwrapOutboundIn(data) { release() }
        context.write(data, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
        release()
    }

    // MARK: Parts

    private func begin(_ headers: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
        let isStream = headers.headers.first(name: ":path")?.hasSuffix("/ModelStreamInfer") ?? false
        guard !headers.endStream, !isStream, timer == nil else { return }
        let seconds = loop.http.options.bodySeconds
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            self.end(GRPCRefusal.error(408, "the request was not complete within \(seconds) s"), context)
        }
    }

    /// The refusal of a message that says of itself that it is too long.
    private func measure(_ bytes: ByteBuffer) -> RPCError? {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            if left > 0 {
                let part = min(left, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: part)
                left -= part
                continue
            }
            guard let byte = bytes.readInteger(as: UInt8.self) else { break }
            prefix.append(byte)
            guard prefix.count == 5 else { continue }
            // Whether it is packed, and its length, the highest byte first.
            left = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
            prefix.removeAll(keepingCapacity: true)
            guard left <= limit else {
                return GRPCRefusal.error(413, "message: \(left) bytes: at most \(limit): send fewer rows at a time")
            }
        }
        return nil
    }

    private var excess: RPCError? {
        if held > Self.heldMessages * (limit + 5) {
            return GRPCRefusal.error(413, "more requests than can wait: read answers before you send further ones")
        }
        if loop.held > Self.heldOnLoop {
            loop.counters.shed += 1
            return GRPCRefusal.error(.overloaded as InferenceFailure)
        }
        return nil
    }

    private func hold(_ bytes: Int) {
        held += bytes
        loop.held += bytes
    }

    private func release() {
        loop.held -= held
        held = 0
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    /// Ends the call with a status, whatever stands behind this handler.
    private func end(_ error: RPCError, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        stopTimer()
        loop.counters.count(error.code)
        var headers = HPACKHeaders()
        headers.add(name: ":status", value: "200")
        headers.add(name: "content-type", value: "application/grpc")
        headers.add(name: "grpc-status", value: "\(error.code.rawValue)")
        // Ours are plain ASCII without a per cent sign, and need no coding.
        headers.add(name: "grpc-message", value: error.message)
        for (name, value) in error.metadata {
            if case .string(let text) = value { headers.add(name: name, value: text) }
        }
        context.write(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
        // A plain close would reset the stream as cancelled, and the client would take that for its status (RFC 9113, 8.1).
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
}
