import Engine
import Foundation
import Serving
import Tabular
import Testing

/// Limits that a test can reach, deadlines that it can wait for.
private var tight: ServingOptions {
    var options = ServingOptions()
    options.maximumBodyBytes = 100_000
    options.maximumBodyParts = 2_000
    options.maximumHeaderBytes = 8_192
    options.headerSeconds = 1.2
    options.bodySeconds = 1.2
    options.idleSeconds = 1.2
    options.writeSeconds = 1.2
    return options
}

/// Bytes sent and the status that is due, with a short name for the test's output.
struct Bytes: Sendable, CustomTestStringConvertible {
    var text: String
    var status: Int

    init(_ text: String, wants status: Int) {
        self.text = text
        self.status = status
    }

    var testDescription: String { "\(SafeText.escape(String(text.prefix(60)))) → \(status)" }
}

private let head = "POST /v2/models/numbers/infer HTTP/1.1\r\nHost: localhost\r\n"

private func input(_ data: String) -> String { "{\"inputs\":[{\"name\":\"a\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":\(data)}]}" }

@Suite("hostile HTTP", .serialized)
struct HostileHTTPTests {
    @Test(
        "bytes that are no sound request get a clear status, and others are served on",
        arguments: [
            Bytes("GET /v2 HTTP/1.1\r\n\r\n", wants: 400),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", wants: 400),
            Bytes("GET /v2 HTTP/1.1\r\nHost: evil.example\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost:80@evil.example\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: [::1]@evil.example\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: someone@localhost\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", wants: 403),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", wants: 403),
            // The address's own host counts, whatever the header says, which there must be.
            Bytes("GET http://evil.example/v2 HTTP/1.1\r\nHost: localhost\r\n\r\n", wants: 403),
            Bytes("GET http:///v2 HTTP/1.1\r\nHost: localhost\r\n\r\n", wants: 403),
            Bytes("GET http://localhost/v2 HTTP/1.1\r\n\r\n", wants: 400),
            Bytes("\(head)Content-Length: 10737418240\r\n\r\n", wants: 413), Bytes("\(head)Content-Length: -1\r\n\r\n", wants: 400),
            Bytes("\(head)Content-Length: 1x\r\n\r\n", wants: 400),
            Bytes("\(head)Content-Length: 99999999999999999999\r\n\r\n", wants: 400),
            Bytes("\(head)Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", wants: 400),
            Bytes("\(head)Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", wants: 400),
            Bytes("\(head)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", wants: 400),
            Bytes("\(head)Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", wants: 400),
            Bytes("\(head)Transfer-Encoding: chunked\r\n\r\nzz\r\n", wants: 400),
            Bytes("\(head)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", wants: 400),
            Bytes("\(head)Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", wants: 400),
            Bytes("\(head)Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", wants: 415),
            Bytes("\(head)Content-Encoding: gzip, deflate\r\nContent-Length: 2\r\n\r\n{}", wants: 415),
            Bytes("\(head)Inference-Header-Content-Length: 3\r\nContent-Length: 2\r\n\r\n{}", wants: 400),
            Bytes("\(head)Inference-Header-Content-Length: -1\r\nContent-Length: 2\r\n\r\n{}", wants: 400),
            Bytes("\(head)Inference-Header-Content-Length: 99999999999999999999\r\nContent-Length: 2\r\n\r\n{}", wants: 400),
            Bytes("\(head)Content-Encoding: br\r\nContent-Length: 0\r\n\r\n", wants: 415),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n", wants: 431),
            Bytes("GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", wants: 431),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "a: b\r\n", count: 2_000))\r\n", wants: 431),
            Bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", wants: 400), Bytes("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", wants: 400),
            Bytes("BREW /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n", wants: 400),
            Bytes("GET /v2 HTTP/9.9\r\nHost: localhost\r\n\r\n", wants: 400),
            Bytes("GET /v2\u{0} HTTP/1.1\r\nHost: localhost\r\n\r\n", wants: 400), Bytes("\r\n\r\nx", wants: 400),
            Bytes("GET /v2 HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n", wants: 400),
            Bytes("GET /v2 HTTP/1.1\r\n Host: localhost\r\n\r\n", wants: 400),
        ])
    func malformed(sent: Bytes) async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            client.write(sent.text)
            client.closeOutput()
            let answer = try client.read()
            #expect(answer.status == sent.status)
            #expect(!answer.error.isEmpty)
            #expect(try RawClient(address: address).get("/v2/health/live").status == 200)
        }
    }

    @Test(
        "a body that is no sound JSON is a 400 that names the byte",
        arguments: [
            "\u{FEFF}{}", "{} x", String(repeating: "[", count: 90_000), "{\"inputs\":[],\"inputs\":[]}",
            "{\"id\":\"\\ud800\",\"inputs\":[]}",
            "{\"a\":" + String(repeating: "{\"a\":", count: 15_000), "nul", "\u{0}", input("[NaN]"), input("[-Infinity]"), input("[1e400]"),
        ].map { Bytes($0, wants: 400) }
    )
    func badJSON(sent: Bytes) async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            let answer = try client.post("/v2/models/numbers/infer", sent.text)
            #expect(answer.status == 400)
            #expect(answer.error.hasPrefix("JSON: byte ") || answer.error.contains("at byte"), "\(answer.error)")
            #expect(try client.post("/v2/models/numbers/infer", Body.numbers).status == 200)
        }
    }

    @Test("a length of the JSON before binary data is held to: what it cuts off is no JSON, what it promises must be there")
    func jsonLength() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let answer = try client.post("/v2/models/numbers/infer", Body.numbers, headers: "Inference-Header-Content-Length: 10\r\n")
            #expect(answer.status == 400)
            #expect(answer.error.hasPrefix("JSON: byte 10"), "\(answer.error)")
            let long = try client.post("/v2/models/numbers/infer", Body.numbers, headers: "Inference-Header-Content-Length: 9999\r\n")
            #expect(long.status == 400 && long.error.hasPrefix("Inference-Header-Content-Length: 9999, but the body has"), "\(long.error)")
        }
    }

    @Test(
        "names that the listener answers to are taken in Host and Origin",
        arguments: ["localhost", "localhost:1", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"])
    func ownNames(name: String) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write("GET /v2 HTTP/1.1\r\nHost: \(name)\r\nOrigin: http://\(name)\r\n\r\n")
            #expect(try client.read().status == 200)
        }
    }

    @Test("a client may ask before it sends a body, and is told when the body would be refused")
    func expectContinue() async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            client.write("\(head)Content-Length: \(Body.numbers.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.read().status == 100)
            client.write(Body.numbers)
            #expect(try client.read().status == 200)
            client.write("\(head)Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.read().status == 413)
            #expect(client.isClosed())
        }
    }

    @Test("a body in chunks of one byte is taken up to the limit of pieces, beyond it is a 413")
    func tinyChunks() async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            func chunks(_ text: String) -> String { text.utf8.map { "1\r\n\(Character(Unicode.Scalar($0)))\r\n" }.joined() + "0\r\n\r\n" }
            client.write("\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks(Body.numbers))")
            #expect(try client.read().status == 200)
            client.write("\(head)Transfer-Encoding: chunked\r\n\r\n\(chunks(String(repeating: " ", count: 2_500)))")
            #expect(try client.read().status == 413)
        }
    }

    @Test("a chunked body larger than the limit is cut off with a 413")
    func longChunks() async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            let chunk = "4000\r\n\(String(repeating: " ", count: 0x4000))\r\n"
            client.write("\(head)Transfer-Encoding: chunked\r\n\r\n\(String(repeating: chunk, count: 8))")
            #expect(try client.read().status == 413)
        }
    }

    @Test(
        "a client that is too slow is told so and cut off, however often it sends a byte",
        arguments: [("headers", "GET /v2 HTTP/1.1\r\nHost: loc"), ("body", "\(head)Content-Length: 100\r\n\r\n{")])
    func slow(part: String, text: String) async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            client.write(text)
            // A byte now and then does not buy more time.
            let writer = Trickle(client)
            defer { writer.stop() }
            let answer = try client.read()
            #expect(answer.status == 408)
            #expect(answer.error.contains(part))
            #expect(answer.headers["connection"] == "close")
        }
    }

    @Test("an idle connection is closed without a word")
    func idle() async throws {
        try await withServer(options: tight) { address in
            let client = try RawClient(address: address)
            #expect(try client.get("/v2/health/live").status == 200)
            #expect(client.isClosed())
        }
    }

    @Test("a client that sends requests and never reads is cut off, and others are served meanwhile")
    func neverReads() async throws {
        try await withServer(options: tight) { address in
            let request = RawClient.request("POST", "/v2/models/numbers/infer", Body.matrix(rows: 2_000))
            let flood = Array(String(repeating: request, count: 20).utf8)
            // Far more than the socket buffers hold: without a limit this would never return.
            let writer = try RawWriter(address: address)
            #expect(writer.isCutOff(sending: flood, limit: 400))
            #expect(try RawClient(address: address).get("/v2/health/live").status == 200)
        }
    }

    @Test("more connections than allowed get 503 and Retry-After, and a place that comes free is given again")
    func tooManyConnections() async throws {
        var options = ServingOptions()
        options.maximumConnections = 2
        try await withServer(options: options) { address in
            let first = try RawClient(address: address)
            #expect(try first.get("/v2/health/live").status == 200)
            do {
                let second = try RawClient(address: address)
                #expect(try second.get("/v2/health/live").status == 200)
                let third = try RawClient(address: address)
                let answer = try third.get("/v2/health/live")
                #expect(answer.status == 503)
                #expect(answer.headers["retry-after"] == "1")
            }
            var status = 503
            for _ in 0..<200 where status == 503 {
                status = (try? RawClient(address: address).get("/v2/health/live").status) ?? 503
                if status == 503 { usleep(10_000) }
            }
            #expect(status == 200)
        }
    }

    @Test("random bytes and mutated requests never end the process, and sound requests are answered in between")
    func fuzz() async throws {
        let rounds = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1" ? 20_000 : 600
        try await withServer { address in
            var generator = SplitMix(state: 9)
            let seeds = [
                RawClient.request("POST", "/v2/models/flights/infer", Body.numbers),
                RawClient.request("POST", "/v1/deployments/numbers/labels", "{\"labels\":[]}"),
                "\(head)Transfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n3;x=y\r\n:1}\r\n0\r\nT: x\r\n\r\n",
                RawClient.request("GET", "/v2/models/numbers/versions/1"),
            ].map { Array($0.utf8) }
            for round in 0..<rounds {
                let client = try RawClient(address: address)
                var bytes: [UInt8]
                if round % 4 == 0 {
                    bytes = (0..<Int(generator.next() % 400)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
                } else {
                    bytes = seeds[round % seeds.count]
                    for _ in 0...Int(generator.next() % 4) { generator.mutate(&bytes) }
                }
                client.write(bytes)
                if round % 2 == 0 {
                    client.closeOutput()
                    let text = client.rest()
                    #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "), "\(text.prefix(80))")
                }
                if round % 50 == 0 { #expect(try RawClient(address: address).post("/v2/models/numbers/infer", Body.numbers).status == 200) }
            }
        }
    }
}
