import Engine
import Foundation
import Serving
import Tabular
import Testing

@Suite("labels over HTTP")
struct LabelsHTTPTests {
    private static let path = "/v1/deployments/numbers/labels"

    @Test("a batch is answered label by label, each outcome counted, and sending it again changes nothing")
    func batch() async throws {
        let host = TestHost()
        try await withServer(host: host) { address in
            let client = try RawClient(address: address)
            let batch = """
                {"labels":[{"id":"0000000000001","value":1},{"id":"0000000000001.1","value":"yes"},{"id":"c-7","value":2.5},
                {"id":"x","value":true},{"id":"y","value":"maybe"}]}
                """
            let answer = try client.post(Self.path, batch)
            #expect(answer.status == 200)
            let results = answer.json["results"] as? [[String: String]] ?? []
            #expect(results.map { $0["id"] } == ["0000000000001", "0000000000001.1", "c-7", "x", "y"])
            #expect(results.map { $0["outcome"] } == ["accepted", "accepted", "accepted", "accepted", "invalid"])
            #expect(results[4]["reason"]?.hasPrefix("\"maybe\" is neither a class") == true)
            #expect(results[4]["reason"]?.contains("a decimal number is wanted") == true)
            #expect(answer.json["counts"] as? [String: Int] == ["accepted": 4, "invalid": 1])
            let again = try client.post(Self.path, batch)
            #expect(again.json["counts"] as? [String: Int] == ["duplicate": 4, "invalid": 1])
            let changed = try client.post(Self.path, "[{\"id\":\"c-7\",\"value\":3},{\"id\":\"c-7\",\"value\":3,\"correct\":true}]")
            #expect((changed.json["results"] as? [[String: String]])?.map { $0["outcome"] } == ["conflict", "corrected"])
        }
        #expect(host.received.map(\.value) == ["1", "yes", "2.5", "true"])
    }

    @Test("a whole number names the same class however it is written", arguments: ["1", "1.0", "1e0", "\"1\"", "10e-1"])
    func spelling(value: String) async throws {
        let host = TestHost()
        try await withServer(host: host) { address in
            let answer = try RawClient(address: address).post(Self.path, "{\"id\":\"a\",\"value\":\(value)}")
            #expect(answer.status == 200)
        }
        #expect(host.received.first?.value == "1")
    }

    @Test(
        "a malformed batch is refused as a whole, with the label's index and the reason",
        arguments: [
            ("", "JSON: byte 0"), ("{}", "id: missing"), ("[]", "no labels"), ("{\"labels\":[]}", "no labels"),
            ("[{\"id\":\"a\"}]", "labels[0]: value: missing"),
            ("[{\"value\":1}]", "labels[0]: id: missing"), ("[{\"id\":\"a\",\"value\":null}]", "labels[0]: value: null is no label"),
            ("[{\"id\":\"a\",\"value\":1},{\"id\":7,\"value\":1}]", "labels[1]: id: a string is wanted"),
            ("[{\"id\":\"\",\"value\":1}]", "1 to 1,024 bytes"),
            ("[{\"id\":\"a\",\"value\":[1]}]", "labels[0]: value: a string"),
            ("[{\"id\":\"a\",\"value\":1,\"correct\":1}]", "true or false"),
            ("[{\"id\":\"a\",\"value\":1,\"extra\":1}]", "unknown member \"extra\""),
            ("[{\"id\":\"a\",\"id\":\"a\",\"value\":1}]", "twice"),
            ("{\"labels\":[{\"id\":\"a\",\"value\":1}],\"id\":\"b\"}", "not both"), ("[{\"id\":\"a\",\"value\":NaN}]", "value: a string"),
            ("[{\"id\":\"a\",\"value\":1e999}]", "does not fit"),
        ])
    func malformed(body: String, message: String) async throws {
        let host = TestHost()
        try await withServer(host: host) { address in
            let client = try RawClient(address: address)
            let answer = try client.post(Self.path, body)
            #expect(answer.status == 400)
            #expect(answer.error.contains(message), "\(answer.error)")
            #expect(try client.get("/v2/health/live").status == 200)
        }
        #expect(host.received.isEmpty)
    }

    @Test("too many labels, an unknown deployment and a full queue each have their status")
    func refusals() async throws {
        try await withServer(Fixture.usual + [Fixture.route("full", Fixture.numbers)]) { address in
            let client = try RawClient(address: address)
            let many = (0...1_000).map { "{\"id\":\"\($0)\",\"value\":1}" }.joined(separator: ",")
            #expect(try client.post(Self.path, "[\(many)]").status == 413)
            let unknown = try client.post("/v1/deployments/numbrs/labels", "{\"id\":\"a\",\"value\":1}")
            #expect(unknown.status == 404)
            #expect(unknown.error.contains("did you mean numbers?"))
            let full = try client.post("/v1/deployments/full/labels", "{\"id\":\"a\",\"value\":1}")
            #expect(full.status == 503)
            #expect(full.headers["retry-after"] == "1")
            // Labels are taken while a deployment is paused: the truth does not wait.
            #expect(try client.post("/v1/deployments/resting/labels", "{\"id\":\"a\",\"value\":1}").status == 200)
        }
    }

    @Test("labels that the engine does not answer in time get a 503, and its late answer goes to nobody")
    func late() async throws {
        let host = TestHost()
        host.hold()
        var options = ServingOptions()
        options.bodySeconds = 1
        try await withServer(options: options, host: host) { address in
            let client = try RawClient(address: address)
            let answer = try client.post(Self.path, "{\"id\":\"a\",\"value\":1}")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            host.release()
            #expect(client.isClosed())
        }
    }
}
