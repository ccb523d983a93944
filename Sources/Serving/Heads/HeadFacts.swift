import Engine
package import Tabular

/// What an answer depends on in a request's head, gathered line by line: numbers and places, so that nothing is made for a request.
///
/// Strict by RFC 9112 and 9110: what a lenient reader would guess at, another reader on the way may guess otherwise, and a request is smuggled past it.
package struct HeadFacts: Sendable, Equatable {
    package var line = RequestLine()
    package var framing = Framing()
    package var host = HeadPiece()
    package var hosts = 0
    package var origin: HeadPiece?
    package var accept = HeadPiece()
    /// The first one's.
    package var acceptEncoding = HeadPiece()
    /// Who the client says it is.
    package var authorization = HeadPiece()
    /// Two of them contradict each other, whatever they say.
    package var authorizations = 0
    /// How the body is packed; nil for not at all.
    package var coding: ContentCoding?
    /// A coding of the body that is none of ours.
    package var unknownCoding: HeadPiece?
    /// Bytes of the JSON before the binary data, as the client says; -1 for what is no length.
    package var jsonLength: Int?
    /// The hash of `Flyball-Key`: what an A/B may know a caller again by.
    package var key: UInt64?
    /// The trace that the request belongs to; nil where the header is none.
    package var trace: TraceID?

    package init() {}

    /// Takes one header line, without its end.
    mutating func take(_ head: UnsafeRawBufferPointer, _ line: HeadPiece) throws(HeadFailure) {
        let (name, value) = try HeadField.split(head, line)
        func isNamed(_ wanted: StaticString) -> Bool { HeadField.same(head, name, wanted) }
        switch name.count {
        case 4 where isNamed("host"):
            hosts += 1
            host = value
        case 6 where isNamed("origin"): origin = value
        case 6 where isNamed("expect"): framing.expectsContinue = HeadField.same(head, value, "100-continue")
        case 6 where isNamed("accept"): accept = value
        case 7 where isNamed("upgrade"): framing.hasUpgrade = true
        case 10 where isNamed("connection"):
            HeadField.words(head, value) { framing.closes = framing.closes || HeadField.same(head, $0, "close") }
        case 11 where isNamed("flyball-key"): key = SplitHash.bytes(value.bytes(of: head))
        case 11 where isNamed("traceparent"): trace = TraceID(traceparent: value.bytes(of: head))
        case 13 where isNamed("authorization"):
            authorizations += 1
            authorization = value
        case 14 where isNamed("content-length"): try framing.takeLength(value.bytes(of: head))
        case 15 where isNamed("accept-encoding"): if acceptEncoding.isEmpty { acceptEncoding = value }
        case 16 where isNamed("content-encoding"): packed(head, value)
        case 17 where isNamed("transfer-encoding"): try framing.takeCoding(isChunked: HeadField.same(head, value, "chunked"))
        case 31 where isNamed("inference-header-content-length"):
            // Twice is as bad as no number: nobody can tell where the JSON ends.
            jsonLength = jsonLength == nil ? Framing.length(value.bytes(of: head)) ?? -1 : -1
        default: break
        }
    }

    private mutating func packed(_ head: UnsafeRawBufferPointer, _ value: HeadPiece) {
        guard !HeadField.same(head, value, "identity"), !value.isEmpty else { return }
        // Packed twice is a riddle that no client of ours sets.
        guard coding == nil, let found = ContentCoding(rawValue: value.text(of: head).lowercased()) else { return unknownCoding = value }
        coding = found
    }
}

/// Where a request's body ends, and whether the connection goes on behind it.
package struct Framing: Sendable, Equatable {
    /// Bytes of the body, as `Content-Length` says.
    package var contentLength: Int?
    /// It comes in chunks.
    package var isChunked = false
    /// `Connection: close`.
    package var closes = false
    package var hasUpgrade = false
    package var expectsContinue = false

    package init() {}

    /// One whole number and no second header: two that agree here may not agree for whoever stands before us.
    mutating func takeLength(_ value: UnsafeRawBufferPointer) throws(HeadFailure) {
        guard contentLength == nil else { throw .malformed("Content-Length: exactly one header is taken") }
        guard let length = Self.length(value) else { throw .malformed("Content-Length: one whole number is wanted") }
        contentLength = length
    }

    mutating func takeCoding(isChunked isThis: Bool) throws(HeadFailure) {
        guard isThis, !isChunked else { throw .malformed("Transfer-Encoding: `chunked` is taken, once and alone") }
        isChunked = true
    }

    /// What can be known once the head is whole.
    func check(isModern: Bool) throws(HeadFailure) {
        guard isChunked else { return }
        guard contentLength == nil else { throw .malformed("Content-Length and Transfer-Encoding in one request: send one of them") }
        guard isModern else { throw .malformed("Transfer-Encoding: there is none in HTTP/1.0") }
    }

    /// Digits and nothing else; nil for what is no length, or none that anybody has.
    static func length(_ value: UnsafeRawBufferPointer) -> Int? {
        guard !value.isEmpty, value.count <= 18 else { return nil }
        var length = 0
        for byte in value {
            guard byte &- 0x30 <= 9 else { return nil }
            length = length * 10 + Int(byte &- 0x30)
        }
        return length
    }
}
