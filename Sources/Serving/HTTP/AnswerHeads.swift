import NIOCore
import NIOHTTP1
import Tabular

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
        append(atMost: date.count + 64 + DecimalText.longest) { cursor in
            cursor.put(date)
            if !keepAlive { cursor.put("connection: close\r\n") }
            cursor.put("content-length: ")
            cursor.put(length)
            cursor.put("\r\n\r\n")
        }
    }
}
