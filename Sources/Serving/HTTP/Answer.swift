import NIOCore
import NIOHTTP1

/// An answer off the hot path: a status, a body, and the few headers that ours carry.
struct Answer: Sendable {
    var status: Int
    var body: ByteBuffer
    var contentType = "application/json"
    /// Seconds, for a 503.
    var retryAfterSeconds: Int?
    /// Methods that the address knows, for a 405.
    var allow: String?
    /// Whether the connection ends with it, since the rest of the request is not read.
    var closes = false
    /// What a client without the right is told of tokens, for a 401 or 403.
    var challenge: String?
    /// How the body is packed.
    var coding: ContentCoding?

    init(status: Int = 200, body: ByteBuffer, contentType: String = "application/json") {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    /// JSON that is at hand as text.
    static func json(_ text: String, status: Int = 200) -> Answer { Answer(status: status, body: ByteBuffer(string: text)) }

    /// `{"error":"…"}`.
    static func error(_ status: Int, _ message: String, retryAfterSeconds: Int? = nil, closes: Bool = false) -> Answer {
        var body = ByteBuffer()
        body.writeStaticString("{\"error\":")
        body.writeJSON(message)
        body.writeStaticString("}")
        var answer = Answer(status: status, body: body)
        answer.retryAfterSeconds = retryAfterSeconds
        answer.closes = closes
        return answer
    }

    /// The same, packed if it is long and the client takes that.
    func packed(for accepted: String) -> Answer {
        guard let found = body.packed(for: accepted) else { return self }
        var answer = self
        answer.body = found.body
        answer.coding = found.coding
        return answer
    }

    static func error(_ failure: InferenceFailure) -> Answer {
        error(failure.status, failure.description, retryAfterSeconds: failure.retryAfterSeconds)
    }
}

extension ByteBuffer {
    /// The bytes packed by a coding that the client takes; nil where they go as they are.
    func packed(for accepted: String) -> (body: ByteBuffer, coding: ContentCoding)? {
        guard readableBytes >= ContentCoding.leastPacked, !accepted.isEmpty, let coding = ContentCoding(accepted: accepted),
            let packed = coding.packed(self)
        else { return nil }
        return (packed, coding)
    }

    /// Writes status line and headers of an answer whose body has `length` bytes.
    mutating func writeHead(_ answer: Answer, length: Int, keepAlive: Bool, date: [UInt8]) {
        let status = HTTPResponseStatus(statusCode: answer.status)
        writeString("HTTP/1.1 \(answer.status) \(status.reasonPhrase)\r\ncontent-type: \(answer.contentType)\r\n")
        if let seconds = answer.retryAfterSeconds { writeString("retry-after: \(seconds)\r\n") }
        if let challenge = answer.challenge { writeString("www-authenticate: \(challenge)\r\n") }
        if let allow = answer.allow { writeString("allow: \(allow)\r\n") }
        writeCoding(answer.coding)
        writeRest(length: length, keepAlive: keepAlive, date: date)
    }

    /// Writes status line and headers of the usual answer: 200 with JSON.
    mutating func writeUsualHead(
        length: Int, coding: ContentCoding?, fallback: StaticString? = nil, keepAlive: Bool, date: [UInt8]
    ) {
        writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
        writeFallback(fallback)
        writeCoding(coding)
        writeRest(length: length, keepAlive: keepAlive, date: date)
    }

    /// Writes status line and headers of an answer whose scores stand behind its JSON.
    mutating func writeBinaryHead(
        jsonLength: Int, length: Int, coding: ContentCoding?, fallback: StaticString? = nil, keepAlive: Bool, date: [UInt8]
    ) {
        writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ninference-header-content-length: ")
        writeDecimal(UInt64(max(0, jsonLength)))
        writeStaticString("\r\n")
        writeFallback(fallback)
        writeCoding(coding)
        writeRest(length: length, keepAlive: keepAlive, date: date)
    }

    private mutating func writeFallback(_ fallback: StaticString?) {
        guard let fallback else { return }
        writeStaticString("flyball-fallback: ")
        writeStaticString(fallback)
        writeStaticString("\r\n")
    }

    private mutating func writeCoding(_ coding: ContentCoding?) {
        guard let coding else { return }
        writeString("content-encoding: \(coding.rawValue)\r\nvary: accept-encoding\r\n")
    }

    private mutating func writeRest(length: Int, keepAlive: Bool, date: [UInt8]) {
        writeBytes(date)
        if !keepAlive { writeStaticString("connection: close\r\n") }
        writeStaticString("content-length: ")
        writeDecimal(UInt64(max(0, length)))
        writeStaticString("\r\n\r\n")
    }
}
