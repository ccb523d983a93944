import NIOCore

/// Where answers are written until they are sent: one for all connections of an event loop, since it turns to one at a time.
///
/// What a connection is answered in one go, pipelined requests before all, leaves it in one write. Confined to its loop.
final class AnswerBuffer {
    /// Bytes from which on answers are handed to the socket before the rest of them is made.
    static let enough = 32 << 10
    /// Bytes that are kept for the answers to come.
    private static let kept = 1 << 20

    private var bytes: ByteBuffer
    private var body: ByteBuffer
    /// Whether everything in it has been sent.
    private var isSent = false
    /// Who is being answered.
    private var owner: Connection?

    init() {
        bytes = ByteBufferAllocator().buffer(capacity: 4_096)
        body = ByteBufferAllocator().buffer(capacity: 1_024)
    }

    /// Makes room for an answer of that connection.
    ///
    /// Nobody gets what was written for another: that is sent first, or thrown away where there is nobody any more to send it to.
    func open(for connection: Connection) {
        guard owner !== connection else { return }
        owner?.flush()
        owner = connection
        isSent = false
        if bytes.capacity > Self.kept { bytes = ByteBufferAllocator().buffer(capacity: 4_096) } else { bytes.clear(minimumCapacity: 4_096) }
    }

    /// Bytes of that connection that have not been sent.
    func unsent(of connection: Connection) -> Int { owner === connection ? bytes.readableBytes : 0 }

    /// Takes what is to be sent to that connection, for as long as it is being sent: while it is, more may be written here.
    func take(for connection: Connection) -> ByteBuffer? {
        guard owner === connection else { return nil }
        owner = nil
        isSent = true
        defer { bytes = ByteBuffer() }
        return bytes
    }

    /// Gives back what has been sent, so that its memory is used again.
    func giveBack(_ sent: consuming ByteBuffer) { if isSent, bytes.capacity == 0 { bytes = sent } }

    /// Writes bytes as they are.
    func write(_ buffer: ByteBuffer) { bytes.writeImmutableBuffer(buffer) }

    /// Writes an answer off the hot path.
    func write(_ answer: Answer, withBody: Bool, keepAlive: Bool, date: [UInt8]) {
        bytes.writeHead(answer, length: answer.body.readableBytes, keepAlive: keepAlive, date: date)
        if withBody { bytes.writeImmutableBuffer(answer.body) }
    }

    /// Writes the answer to an inference request.
    ///
    /// - Parameters:
    ///   - scores: row-major `[rows, outputs]`.
    ///   - accepted: the codings that the client takes a long body in.
    func render(
        _ inference: InferenceAnswer, entry: RouteEntry, scores: UnsafePointer<Double>, accepted: String, keepAlive: Bool, date: [UInt8]
    ) {
        body.clear()
        body.writeInference(inference, entry: entry, scores: scores)
        let jsonLength = body.readableBytes
        if inference.isBinary { body.writeBinary(scores: scores, count: inference.rows * inference.outputs) }
        let packed = body.packed(for: accepted)
        let length = packed?.body.readableBytes ?? body.readableBytes
        if inference.isBinary {
            bytes.writeBinaryHead(
                jsonLength: jsonLength, length: length, coding: packed?.coding, fallback: inference.fallback, keepAlive: keepAlive,
                date: date)
        } else {
            bytes.writeUsualHead(
                length: length, coding: packed?.coding, fallback: inference.fallback, keepAlive: keepAlive, date: date)
        }
        if let packed { bytes.writeImmutableBuffer(packed.body) } else { bytes.writeImmutableBuffer(body) }
    }
}
