import NIOCore
import Serving
import Testing

/// What a reader makes of bytes, in words.
private func steps(_ text: String, piece: Int = .max, limit: Int = 1_000) -> [String] {
    var reader = RequestReader(maximumHeadBytes: limit)
    var input = ByteBuffer()
    var found: [String] = []
    var body = ""
    var rest = Substring(text).utf8[...]
    while true {
        switch reader.next(&input) {
        case .head(let bytes):
            let target = bytes.withUnsafeReadableBytes { reader.facts.line.target.text(of: $0) }
            found.append("\(reader.facts.line.method.rawValue) \(target)")
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            found.append("end \(body)")
            body = ""
        case .failed(let failure):
            found.append("\(failure.status)")
            return found
        case .more:
            guard !rest.isEmpty else { return found + (reader.isWithin || input.readableBytes > 0 ? ["more \(body)"] : []) }
            input.discardReadBytes()
            input.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
    }
}

@Suite("Reading requests")
struct RequestReaderTests {
    private static let get = "GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(
        "Requests are read alike whether they come at once or byte by byte",
        arguments: [
            (get, ["GET /v2", "end "]), (get + get, ["GET /v2", "end ", "GET /v2", "end "]), ("\r\n" + get, ["GET /v2", "end "]),
            ("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + get, ["POST /a", "end abc", "GET /v2", "end "]),
            ("POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + get, ["POST /a", "end ", "GET /v2", "end "]),
            (
                "POST /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n" + get,
                ["POST /a", "end abc0123456789", "GET /v2", "end "]
            ),
            (
                "POST /a HTTP/1.1\r\ntransfer-encoding:chunked \r\n\r\n0000\r\nT: x\r\nU:\r\n\r\n" + get,
                ["POST /a", "end ", "GET /v2", "end "]
            ),
            ("GET http://a:80/v2 HTTP/1.0\r\n\r\n", ["GET http://a:80/v2", "end "]), ("OPTIONS * HTTP/1.1\r\n\r\n", ["OPTIONS *", "end "]),
            ("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", ["POST /a", "more ab"]), ("GET /v2 HT", ["more "]),
            ("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r", ["POST /a", "more abc"]),
            ("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: ", ["POST /a", "more "]),
        ])
    func sound(text: String, wanted: [String]) {
        for piece in [1, 2, 7, 1_000] { #expect(steps(text, piece: piece) == wanted, "\(piece)") }
    }

    @Test(
        "What one reader may read otherwise than another is refused, and nothing behind it is read",
        arguments: [
            // Two lengths, however alike; a length and chunks, in either order; lengths that are none.
            "Content-Length: 2\r\nContent-Length: 2", "Content-Length: 2, 2", "Content-Length: +2", "Content-Length: 0x2",
            "Content-Length: ",
            "Content-Length: 2 2", "Content-Length: 9999999999999999999", "Content-Length: -0", "Content-Length: ２",
            "Content-Length: 2\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 2",
            // Codings that we do not take off.
            "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked;a", "Transfer-Encoding:\u{B}chunked", "Transfer-Encoding",
            // Names and values that hide a header, or part of one.
            "Content-Length : 2", "Content-Length\t: 2", " Content-Length: 2", "\tContent-Length: 2", "X: a\r\n b",
            "X: a\rContent-Length: 2",
            "X: a\u{0}b", "X: a\u{7F}b", "X: a\u{1}b", ": a", "X", "X\u{0}: a", "(X): a", "X Y: a", "é: a", "X: 1234567\u{8}", "X: a\nY: b",
        ])
    func smuggled(header: String) {
        for piece in [1, 1_000] {
            #expect(steps("POST /a HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n2\r\nab\r\n0\r\n\r\n", piece: piece) == ["400"], "\(piece)")
        }
    }

    @Test("In HTTP/1.0 there are no chunks")
    func oldChunks() { #expect(steps("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == ["400"]) }

    @Test(
        "A request line is METHOD TARGET VERSION with one blank between, or it is refused",
        arguments: [
            "GET  /v2 HTTP/1.1", "GET /v2  HTTP/1.1", "GET /v2 HTTP/1.1 ", " GET /v2 HTTP/1.1", "GET\t/v2 HTTP/1.1", "GET /v2", "GET",
            "get /v2 HTTP/1.1",
            "GET /v2 http/1.1", "GET /v2 HTTP/1.2", "GET /v2 HTTP/2.0", "GET /v2 HTTP/11", "GET /v2 HTTP/1.10", "GET v2 HTTP/1.1",
            "GET ** HTTP/1.1",
            "GET /a b HTTP/1.1", "GET /a\u{0} HTTP/1.1", "GET /é HTTP/1.1", "GET /a#b HTTP/1.1", "CONNECT a:80 HTTP/1.1",
            "GET ftp://a/ HTTP/1.1",
            "GET http:// HTTP/1.1", "BREW /v2 HTTP/1.1", "G@T /v2 HTTP/1.1", "GETGETGET /v2 HTTP/1.1", "\u{16}\u{3}\u{1}", "\u{0}",
            "PRI * HTTP/2.0",
        ])
    func requestLine(line: String) {
        #expect(steps("\(line)\r\nHost: a\r\n\r\n") == ["400"])
        #expect(steps("\(line)\r\nHost: a\r\n\r\n", piece: 1) == ["400"])
    }

    @Test(
        "A line ends with CR LF and with nothing else; one empty line before a request is passed over",
        arguments: [
            "GET /v2 HTTP/1.1\nHost: a\n\n", "GET /v2 HTTP/1.1\r\nHost: a\n\r\n", "GET /v2 HTTP/1.1\r\nHost: a\r\n\n",
            "GET /v2 HTTP/1.1\r\r\n\r\n",
            "\nGET /v2 HTTP/1.1\r\n\r\n", "\r\n\r\nGET /v2 HTTP/1.1\r\n\r\n", "\rGET /v2 HTTP/1.1\r\n\r\n",
        ])
    func lineEnds(text: String) { #expect(steps(text) == ["400"]) }

    @Test(
        "A chunk is as long as its size says, and its size is hexadecimal digits and nothing before them",
        arguments: [
            "g\r\n", "\r\n", " 3\r\nabc\r\n", "+3\r\nabc\r\n", "-1\r\n", "0x3\r\nabc\r\n", "3 \r\nabc\r\n", "3\nabc\r\n", "3\r\nabcd\r\n",
            "3\r\nabc\n",
            "3\r\nabc\rX", "ffffffffffffffff\r\n", "00000000000000003\r\nabc\r\n", "3;a\u{0}\r\nabc\r\n", "3;a\nb\r\nabc\r\n",
            "3\u{0}\r\nabc\r\n",
            "3;" + String(repeating: "a", count: 300) + "\r\nabc\r\n", String(repeating: "0", count: 300),
            "0\r\nT : x\r\n\r\n", "0\r\n T: x\r\n\r\n", "0\r\nT: \u{0}\r\n\r\n", "0\r\nT: x\n\r\n", "0\r\n\n",
        ])
    func chunks(text: String) {
        for piece in [1, 1_000] {
            let found = steps("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\(text)", piece: piece)
            #expect(found == ["POST /a", "400"], "\(piece): \(found)")
        }
    }

    @Test("A head, or trailers, beyond the limit are refused as such, however they come")
    func tooLong() {
        let long = String(repeating: "a", count: 1_001)
        for piece in [1, 10_000] {
            #expect(steps("GET /\(long)", piece: piece) == ["431"])
            #expect(steps("GET / HTTP/1.1\r\nX: \(long)\r\n\r\n", piece: piece) == ["431"])
            #expect(steps("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 200) + "\r\n", piece: piece) == ["431"])
            let chunked = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            #expect(steps(chunked + String(repeating: "a: b\r\n", count: 200) + "\r\n", piece: piece) == ["POST /a", "431"])
        }
        #expect(steps("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 900))\r\n\r\n", piece: 1) == ["GET /", "end "])
    }

    @Test("Whatever an answer depends on is taken from the headers, letter case ignored")
    func facts() throws {
        var reader = RequestReader(maximumHeadBytes: 10_000)
        var input = ByteBuffer(
            string: """
                POST /a HTTP/1.1\r\nHOST: \t a:1 \r\nOrigin:http://a\r\nconnection: x, Close\r\nUpgrade: h2c\r\nExpect: 100-Continue\r\n\
                AUTHORIZATION: Bearer x\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nAccept-Encoding: br\r\nContent-Encoding: GZIP\r\n\
                Inference-Header-Content-Length: 12\r\nContent-Length: 7\r\nX-Other: \u{e9}\r\n\r\n
                """)
        guard case .head(let bytes) = reader.next(&input) else {
            Issue.record("no head")
            return
        }
        let facts = reader.facts
        bytes.withUnsafeReadableBytes { head in
            #expect(facts.host.text(of: head) == "a:1")
            #expect(facts.origin?.text(of: head) == "http://a")
            #expect(facts.authorization.text(of: head) == "Bearer x")
            #expect(facts.accept.text(of: head) == "*/*")
            #expect(facts.acceptEncoding.text(of: head) == "gzip")
        }
        #expect(facts.hosts == 1 && facts.authorizations == 1 && facts.jsonLength == 12 && facts.coding == .gzip)
        #expect(facts.framing.closes && facts.framing.hasUpgrade && facts.framing.expectsContinue && facts.framing.contentLength == 7)
    }
}
