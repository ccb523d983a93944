import Engine
import Foundation
import Serving
import Tabular
import Testing

@Suite("shutdown and listening", .serialized)
struct ShutdownTests {
    @Test("while it shuts down readiness is 503, open requests get their whole answer, and what was gathered can still be taken")
    func drains() async throws {
        let host = TestHost()
        host.hold()
        var options = ServingOptions()
        options.drainMilliseconds = 2_000
        let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address
        let waiting = try RawClient(address: address)
        let body = Body.matrix(rows: 3_000)
        let halfway = try RawClient(address: address)
        try await onThread {
            halfway.write(
                "POST /v2/models/numbers/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body.prefix(100))"
            )
            waiting.write(RawClient.request("POST", "/v1/deployments/numbers/labels", "{\"id\":\"a\",\"value\":1}"))
            // Both are known to the server once a later request on the same loop is answered.
            let other = try RawClient(address: address).get("/v2/health/ready")
            #expect(other.status == 200)
        }
        let stop = Task { await server.shutdown() }
        try await onThread {
            var ready = 200
            for _ in 0..<200 where ready == 200 { ready = try RawClient(address: address).get("/v2/health/ready").status }
            #expect(ready == 503)
            halfway.write(String(body.dropFirst(100)))
            let answer = try halfway.read()
            #expect(answer.status == 200)
            #expect(answer.headers["connection"] == "close")
            #expect(((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double])?.count == 3_000)
            host.release()
            #expect(try waiting.read().status == 200)
            #expect(halfway.isClosed())
            #expect(waiting.isClosed())
        }
        await stop.value
        let lanes = await server.harvest(flushing: true).flatMap(\.lanes)
        #expect(lanes.first { $0.deployment == "numbers" }?.totals.rows == 3_000)
        #expect(throws: RawClient.Failure.self) { _ = try RawClient(address: address) }
    }

    @Test("after a shutdown everything that the engine may still ask returns at once")
    func afterwards() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table(Fixture.usual))
        await server.shutdown()
        await server.shutdown()
        #expect(await server.harvest(flushing: true).flatMap(\.lanes).isEmpty)
        await server.install(Fixture.table(Fixture.usual, generation: 2))
    }

    @Test("a client that never ends does not hold up the shutdown")
    func stubborn() async throws {
        let host = TestHost()
        host.hold()
        var options = ServingOptions()
        options.drainMilliseconds = 50
        options.shutdownMilliseconds = 300
        let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0", options: options)
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address
        let idle = try RawClient(address: address)
        let half = try RawClient(address: address)
        let waiting = try RawClient(address: address)
        try await onThread {
            let live = try idle.get("/v2/health/live")
            #expect(live.status == 200)
            half.write("POST /v2/models/numbers/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
            waiting.write(RawClient.request("POST", "/v1/deployments/numbers/labels", "{\"id\":\"a\",\"value\":1}"))
            let other = try RawClient(address: address).get("/v2/health/ready")
            #expect(other.status == 200)
        }
        await server.shutdown()
        try await onThread {
            #expect(idle.isClosed())
            #expect(half.isClosed())
            #expect(waiting.isClosed())
        }
        // The engine's late answer finds the loop gone and harms nothing.
        host.release()
    }

    @Test(
        "an address that cannot be listened on is refused with what to do",
        arguments: [
            ("nonsense", "write HOST:PORT"), ("127.0.0.1:", "write HOST:PORT"), ("127.0.0.1:99999", "write HOST:PORT"),
            ("::1:80", "write HOST:PORT"),
            ("127.0.0.1:-1", "write HOST:PORT"), (":80", "write HOST:PORT"), ("0.0.0.0:0", "--insecure"), ("[::]:0", "--insecure"),
            ("example.com:80", "--insecure"),
        ])
    func badAddresses(listen: String, message: String) async throws {
        do {
            let server = try await HTTPServer.start(host: TestHost(), listen: listen)
            await server.shutdown()
            Issue.record("listens on \(listen)")
        } catch { #expect(error.description.contains(message), "\(error.description)") }
    }

    @Test("a busy port is an error, or the next free one is taken when that is asked for")
    func busyPort() async throws {
        let first = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        let listen = try #require(first.address)
        await #expect(throws: ServingFailure.cannotListen(address: listen, reason: "the port is in use")) {
            try await HTTPServer.start(host: TestHost(), listen: listen)
        }
        var options = ServingOptions()
        options.searchesFreePort = true
        let second = try await HTTPServer.start(host: TestHost(), listen: listen, options: options)
        let port = { (address: String?) in Int(address?.split(separator: ":").last ?? "") ?? 0 }
        #expect(port(second.address) > port(listen))
        await second.shutdown()
        await first.shutdown()
    }

    @Test("a listener open to other machines takes any Host but still refuses foreign origins")
    func insecure() async throws {
        var options = ServingOptions()
        options.allowsInsecure = true
        let server = try await HTTPServer.start(host: TestHost(), listen: "0.0.0.0:0", options: options)
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            client.write("GET /v2/health/live HTTP/1.1\r\nHost: models.example:80\r\n\r\n")
            #expect(try client.read().status == 200)
        }
        await server.shutdown()
    }
}
