import Engine
import Foundation
import Monitoring
import Serving
import Tabular
import Testing

@Suite("status and metrics")
struct ReportsTests {
    private static func host() -> TestHost {
        let host = TestHost()
        host.set { snapshot in
            var numbers = DeploymentStatus(name: "numbers")
            numbers.state = .live
            numbers.champion = 2
            numbers.labels.accepted = 12
            numbers.labels.refused = ["no_class": 3]
            numbers.health = Health(service: .ok, data: .warn, quality: .unknown, freshness: .alert, reasons: [])
            var resting = DeploymentStatus(name: "resting")
            resting.state = .paused
            snapshot.deployments = [numbers, resting]
            snapshot.engine.version = "1.2.3"
            snapshot.engine.pid = 42
        }
        return host
    }

    @Test("the status is the snapshot's document")
    func status() async throws {
        try await withServer(host: Self.host()) { address in
            let answer = try RawClient(address: address).get("/v1/status")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect((answer.json["engine"] as? [String: Any])?["version"] as? String == "1.2.3")
            let deployments = answer.json["deployments"] as? [[String: Any]] ?? []
            #expect(deployments.map { $0["name"] as? String } == ["numbers", "resting"])
            #expect(deployments.first?["champion"] as? String == "v2")
        }
    }

    @Test(
        "the format of the metrics follows Accept",
        arguments: [
            ("", "text/plain; version=0.0.4; charset=utf-8"), ("Accept: */*\r\n", "text/plain; version=0.0.4; charset=utf-8"),
            (
                "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3\r\n",
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            ),
        ])
    func formats(accept: String, type: String) async throws {
        try await withServer(host: Self.host()) { address in
            let answer = try RawClient(address: address).get("/metrics", headers: accept)
            #expect(answer.headers["content-type"] == type)
            let isOpen = type.hasPrefix("application/openmetrics-text")
            #expect(answer.body.hasSuffix("# EOF\n") == isOpen)
            #expect(answer.body.contains("# TYPE flyball_requests\(isOpen ? "" : "_total") counter\n"))
            Self.checkGrammar(answer.body)
        }
    }

    @Test("the counters count what was answered, by outcome and by class of status")
    func counts() async throws {
        let server = try await HTTPServer.start(host: Self.host(), listen: "127.0.0.1:0")
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<5 { _ = try client.post("/v2/models/numbers/infer", Body.matrix(rows: 2)) }
            _ = try client.post("/v2/models/numbers/infer", "{}")
            _ = try client.post("/v2/models/resting/infer", Body.numbers)
        }
        _ = await server.harvest(flushing: false)
        try await onThread {
            let body = try RawClient(address: address).get("/metrics").body
            for line in [
                "flyball_requests_total{deployment=\"numbers\",outcome=\"answered\"} 5",
                "flyball_requests_total{deployment=\"numbers\",outcome=\"rejected\"} 1",
                "flyball_requests_total{deployment=\"resting\",outcome=\"refused\"} 1", "flyball_rows_total{deployment=\"numbers\"} 10",
                "flyball_http_answers_total{class=\"2xx\"} 5", "flyball_http_answers_total{class=\"4xx\"} 1",
                "flyball_http_answers_total{class=\"5xx\"} 1",
                "flyball_champion_version{deployment=\"numbers\"} 2", "flyball_live{deployment=\"resting\"} 0",
                "flyball_health{deployment=\"numbers\",light=\"data\"} 2", "flyball_inference_seconds_count{deployment=\"numbers\"} 5",
                "flyball_inference_seconds_bucket{deployment=\"numbers\",le=\"+Inf\"} 5",
                "flyball_labels_total{deployment=\"numbers\",outcome=\"accepted\"} 12",
                "flyball_labels_refused_total{deployment=\"numbers\",reason=\"no_class\"} 3",
                "flyball_labels_refused_total{deployment=\"numbers\",reason=\"no_number\"} 0",
            ] { #expect(body.contains(line + "\n"), "\(line)") }
        }
        await server.shutdown()
    }

    @Test("a model's statistics have the shape that Triton's clients know: a version in memory each, with what it answered and failed")
    func statistics() async throws {
        let server = try await HTTPServer.start(host: Self.host(), listen: "127.0.0.1:0")
        await server.install(Fixture.table(Fixture.usual))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<5 { _ = try client.post("/v2/models/numbers/infer", Body.matrix(rows: 2)) }
            _ = try client.post("/v2/models/numbers/versions/1/infer", Body.numbers)
            _ = try client.post("/v2/models/broken/infer", Body.numbers)
        }
        _ = await server.harvest(flushing: false)
        try await onThread {
            let client = try RawClient(address: address)
            func found(_ path: String) throws -> [[String: Any]] { try client.get(path).json["model_stats"] as? [[String: Any]] ?? [] }
            func count(_ version: [String: Any], _ stage: String) -> Int? {
                ((version["inference_stats"] as? [String: Any])?[stage] as? [String: Any])?["count"] as? Int
            }
            let versions = try found("/v2/models/numbers/stats")
            #expect(versions.map { $0["version"] as? String } == ["1", "2"])
            #expect(versions.map { $0["inference_count"] as? Int } == [1, 10])
            #expect(versions.map { $0["execution_count"] as? Int } == [1, 5])
            #expect(versions.map { count($0, "success") } == [1, 5] && versions.map { count($0, "fail") } == [0, 0])
            #expect(try found("/v2/models/numbers/versions/2/stats").map { $0["version"] as? String } == ["2"])
            #expect(try found("/v2/models/broken/stats").map { count($0, "fail") } == [1])
            let all = try found("/v2/models/stats").compactMap { $0["name"] as? String }
            #expect(all == ["broken", "flights", "kinds", "numbers", "numbers", "resting"])
        }
        await server.shutdown()
    }

    @Test("a model's configuration names its tensors, their datatypes and its rows at most")
    func configuration() async throws {
        try await withServer { address in
            let found = try RawClient(address: address).get("/v2/models/flights/config").json
            #expect(found["name"] as? String == "flights" && found["max_batch_size"] as? Int == 10_000)
            let inputs = found["input"] as? [[String: Any]] ?? []
            #expect(
                inputs.map { $0["data_type"] as? String } == ["TYPE_STRING", "TYPE_INT64", "TYPE_FP64", "TYPE_BOOL", "TYPE_STRING"])
            #expect(inputs.map { $0["optional"] as? Bool } == [false, false, false, false, true])
            let outputs = found["output"] as? [[String: Any]] ?? []
            #expect(outputs.first?["name"] as? String == "score" && outputs.first?["dims"] as? [Int] == [1])
        }
    }

    /// Every sample stands under the TYPE line of its family, once.
    private static func checkGrammar(_ text: String) {
        var family = ""
        var families: Set<String> = []
        var samples: Set<String> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line == "# EOF" { continue }
            if words[0] == "#" {
                if words[1] == "TYPE" {
                    family = String(words[2])
                    #expect(families.insert(family).inserted, "\(family)")
                }
                continue
            }
            #expect(words.count == 2)
            #expect(Double(words[1]) != nil)
            #expect(words[0].hasPrefix(family))
            #expect(samples.insert(String(words[0])).inserted)
        }
    }
}
