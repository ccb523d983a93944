/// What a request wants done.
package enum RequestMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case options = "OPTIONS"
    case patch = "PATCH"
    case trace = "TRACE"
    case connect = "CONNECT"
}

/// A request's first line.
package struct RequestLine: Sendable, Equatable {
    package var method = RequestMethod.get
    /// A path that begins with `/`, an address of the scheme `http` or `https`, or `*`.
    package var target = HeadPiece()
    /// HTTP/1.1, not 1.0: a Host header is due, and interim answers are understood.
    package var isModern = true

    package init() {}

    /// Reads `GET /v2 HTTP/1.1`, one blank between each two, nothing else (RFC 9112, 3).
    init(_ head: UnsafeRawBufferPointer, _ line: HeadPiece) throws(HeadFailure) {
        var place = line.start
        while place < line.end, head[place] > 0x20 { place += 1 }
        guard place < line.end, head[place] == 0x20 else { throw .malformed("no request line: METHOD TARGET HTTP/1.1 is wanted") }
        guard let method = Self.method(HeadPiece(start: line.start, end: place).bytes(of: head)) else {
            throw .malformed("a method that is none of HTTP's")
        }
        self.method = method
        let first = place + 1
        place = first
        // Printable ASCII, no `#`: a part of a document is never sent.
        while place < line.end, head[place] > 0x20, head[place] < 0x7F, head[place] != 0x23 { place += 1 }
        guard place < line.end, head[place] == 0x20, place > first else {
            throw .malformed("a target with bytes that no address has: encode them as %XX")
        }
        target = HeadPiece(start: first, end: place)
        guard Self.isTarget(target.bytes(of: head)) else { throw .malformed("a target that is no path: it begins with /") }
        isModern = try Self.version(head, HeadPiece(start: place + 1, end: line.end))
    }

    private static func version(_ head: UnsafeRawBufferPointer, _ piece: HeadPiece) throws(HeadFailure) -> Bool {
        let known: StaticString = "HTTP/1."
        guard piece.count == known.utf8CodeUnitCount + 1 else { throw .malformed("HTTP/1.1 is wanted at the end of the request line") }
        for index in 0..<known.utf8CodeUnitCount where head[piece.start + index] != known.utf8Start[index] {
            throw .malformed("HTTP/1.1 is wanted at the end of the request line")
        }
        switch head[piece.end - 1] {
        case 0x31: return true
        case 0x30: return false
        default: throw .malformed("neither HTTP/1.1 nor HTTP/1.0")
        }
    }

    /// Whether it is a path, `*`, or an address of HTTP; which of them there are here is asked later.
    private static func isTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes[0] == 0x2F { return true }
        if bytes.count == 1 { return bytes[0] == 0x2A }
        return begins(bytes, "http://") || begins(bytes, "https://")
    }

    private static func begins(_ bytes: UnsafeRawBufferPointer, _ scheme: StaticString) -> Bool {
        guard bytes.count > scheme.utf8CodeUnitCount else { return false }
        for index in 0..<scheme.utf8CodeUnitCount where bytes[index] | 0x20 != scheme.utf8Start[index] | 0x20 { return false }
        return true
    }

    private static func method(_ bytes: UnsafeRawBufferPointer) -> RequestMethod? {
        func equals(_ name: StaticString) -> Bool {
            guard bytes.count == name.utf8CodeUnitCount else { return false }
            for index in 0..<bytes.count where bytes[index] != name.utf8Start[index] { return false }
            return true
        }
        if equals("POST") { return .post }
        if equals("GET") { return .get }
        if equals("HEAD") { return .head }
        guard bytes.count <= 7 else { return nil }
        return RequestMethod(rawValue: String(decoding: bytes, as: UTF8.self))
    }
}
