import NIOCore

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
