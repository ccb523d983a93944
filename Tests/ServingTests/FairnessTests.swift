import Foundation
import Serving
import Testing

/// Nobody who asks much keeps the others waiting.
@Suite("Fairness", .serialized)
struct FairnessTests {
    private static let metadata = "GET /v2/models/numbers HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test("what one connection pipelines is answered in order, however much it is, while another is answered in between")
    func pipelined() async throws {
        try await withServer { address in
            let greedy = try RawClient(address: address)
            let count = 400
            greedy.write((0..<count).map { $0.isMultiple(of: 3) ? Self.get("/v2/nothing/\($0)") : Self.metadata }.joined())
            let other = try RawClient(address: address)
            for _ in 0..<5 { #expect(try other.get("/v2/health/live").status == 200) }
            for index in 0..<count {
                let answer = try greedy.read()
                #expect(answer.status == (index.isMultiple(of: 3) ? 404 : 200), "\(index)")
                if index.isMultiple(of: 3) { #expect(answer.error.contains("/v2/nothing/\(index):"), "\(index): \(answer.error)") }
            }
        }
    }

    @Test("a client that closes its half behind many pipelined requests still gets every answer")
    func halfClosed() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write(String(repeating: Self.metadata, count: 100))
            client.closeOutput()
            for index in 0..<100 { #expect(try client.read().status == 200, "\(index)") }
            #expect(client.isClosed())
        }
    }

    @Test(
        "a large batch gets the score of each of its rows, in order with what is asked before and behind it", arguments: [256, 257, 5_000])
    func batches(rows: Int) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let path = "/v2/models/numbers/infer"
            client.write(
                RawClient.request("POST", path, Body.numbers) + RawClient.request("POST", path, Body.matrix(rows: rows))
                    + RawClient.request("POST", path, Body.numbers))
            for expected in [1, rows, 1] {
                let answer = try client.read()
                #expect(answer.status == 200)
                let outputs = try #require(answer.json["outputs"] as? [[String: Any]])
                let scores = try #require(outputs.first?["data"] as? [Double])
                #expect(scores == (expected == 1 ? [2_004] : (0..<rows).map { 2_000 + Double($0) }))
            }
            let broken = try client.post("/v2/models/broken/infer", Body.matrix(rows: rows))
            #expect(broken.status == 500)
            #expect(try client.post(path, Body.numbers).status == 200)
        }
    }

    @Test("an answer that comes after the request's timeout is none, and one that has the time is given")
    func timeout() async throws {
        try await withServer([Fixture.route("numbers", Fixture.numbers, predictor: SlowPredictor())]) { address in
            let client = try RawClient(address: address)
            let path = "/v2/models/numbers/infer"
            func body(_ timeout: String) -> String { "{\"parameters\":{\"timeout\":\(timeout)}," + Body.matrix(rows: 300).dropFirst() }
            // 300 rows of 0.3 ms each.
            let late = try client.post(path, body("1000"))
            #expect(late.status == 504)
            #expect(
                late.json["error"] as? String
                    == "parameters: timeout: the 1000 us that the request gave have passed: nothing was answered or logged")
            for enough in ["60000000", "0"] { #expect(try client.post(path, body(enough)).status == 200, "\(enough)") }
            for problem in ["-1", "1.5", "99999999999999999999"] {
                let refused = try client.post(path, body(problem))
                #expect(refused.status == 400 && (refused.json["error"] as? String)?.contains("whole number of microseconds") == true)
            }
        }
    }

    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }
}
