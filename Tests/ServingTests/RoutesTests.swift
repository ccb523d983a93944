import Engine
import Foundation
import Serving
import Tabular
import Testing

@Suite("HTTP routes")
struct RoutesTests {
    @Test(
        "every address answers with the status that the protocol wants",
        arguments: [
            ("GET", "/v2", 200), ("GET", "/v2/", 200), ("GET", "/v2/health/live", 200), ("GET", "/v2/health/ready", 200),
            ("GET", "/v2/health/ready?verbose=1", 200), ("GET", "/v2/models/numbers", 200), ("GET", "/v2/models/numbers/ready", 200),
            ("GET", "/v2/models/numbers/versions/1", 200), ("GET", "/v2/models/numbers/versions/v2/ready", 200),
            ("GET", "/v2/models/numbers/config", 200), ("GET", "/v2/models/numbers/versions/2/config", 200),
            ("GET", "/v2/models/numbers/versions/9/config", 404), ("GET", "/v2/models/nosuch/config", 404),
            ("GET", "/v2/models/numbers/stats", 200), ("GET", "/v2/models/numbers/versions/1/stats", 200), ("GET", "/v2/models/stats", 200),
            ("GET", "/v2/models/numbers/versions/9/stats", 404), ("GET", "/v2/models/nosuch/stats", 404),
            ("POST", "/v2/models/numbers/config", 405), ("POST", "/v2/models/stats", 405),
            ("POST", "/v2/repository/index", 200), ("GET", "/v1/status", 200), ("GET", "/metrics", 200), ("HEAD", "/v2/health/live", 200),
            ("GET", "/v2/models/resting", 200), ("GET", "/v2/models/resting/ready", 503), ("GET", "/v2/models/empty/ready", 503),
            ("GET", "/v2/models/nosuch", 404), ("GET", "/v2/models/nosuch/ready", 404), ("GET", "/v2/models/numbers/versions/9", 404),
            ("GET", "/v2/models/numbers/versions/9/ready", 404), ("GET", "/v2/models/numbers/versions/x/ready", 404),
            ("GET", "/", 404), ("GET", "/v2/models", 404), ("GET", "/v2/models/", 404), ("GET", "/v3", 404),
            ("GET", "/v2/models/a/b/c/d/e/f/g/h/i", 404),
            ("GET", "/v2/models/numbers/versions", 404), ("GET", "/v2/health", 404), ("GET", "/../etc/passwd", 404), ("GET", "*", 404),
            ("GET", "http://localhost/v2/health/live", 200), ("GET", "HTTP://127.0.0.1:99/v2/models/numbers?a=1", 200),
            ("GET", "http://localhost", 404), ("GET", "https://localhost/v2", 404),
            ("POST", "/v2/models/numbers", 405), ("GET", "/v2/models/numbers/infer", 405), ("DELETE", "/v2", 405),
            ("GET", "/v2/repository/index", 405),
            ("GET", "/v1/deployments/numbers/labels", 405), ("PUT", "/metrics", 405), ("OPTIONS", "/v2/models/numbers/infer", 405),
        ])
    func statuses(method: String, path: String, status: Int) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write(RawClient.request(method, path))
            let answer = try client.read(isHead: method == "HEAD")
            #expect(answer.status == status)
            #expect(answer.headers["date"]?.hasSuffix("GMT") == true)
            if status >= 400 { #expect(!answer.error.isEmpty) }
            if status == 405 { #expect(answer.headers["allow"]?.isEmpty == false) }
            if status == 503 { #expect(Int(answer.headers["retry-after"] ?? "") != nil) }
            // The connection serves on.
            #expect(try client.get("/v2/health/live").status == 200)
        }
    }

    @Test("the host that an address names itself stands for the Host header")
    func absolute() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write("GET http://localhost/v2/health/live HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
            #expect(try client.read().status == 200)
        }
    }

    @Test("HEAD gives the headers of GET and no body")
    func head() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            client.write("HEAD /v2/models/numbers HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let head = try client.read(isHead: true)
            let get = try client.get("/v2/models/numbers")
            #expect(head.headers["content-length"] == get.headers["content-length"])
            #expect(head.headers["content-length"] == "\(get.body.utf8.count)")
        }
    }

    @Test("an answer names model, version, arm and prediction id, and echoes the request's id")
    func infer() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let answer = try client.post("/v2/models/numbers/infer", "{\"id\":\"r-1\"," + Body.numbers.dropFirst())
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.json["model_name"] as? String == "numbers")
            #expect(answer.json["model_version"] as? String == "2")
            #expect(answer.json["id"] as? String == "r-1")
            let parameters = answer.json["parameters"] as? [String: Any] ?? [:]
            #expect(parameters["arm"] as? String == "champion")
            let id = PredictionID(parameters["prediction_id"] as? String ?? "")
            #expect(id?.epoch == 7)
            let output = (answer.json["outputs"] as? [[String: Any]])?.first ?? [:]
            #expect(output["name"] as? String == "score")
            #expect(output["datatype"] as? String == "FP64")
            #expect(output["shape"] as? [Int] == [1, 1])
            #expect(output["data"] as? [Double] == [2_004])
            let second = try client.post("/v2/models/numbers/infer", Body.numbers)
            #expect(second.json["id"] == nil)
            let next = PredictionID((second.json["parameters"] as? [String: Any])?["prediction_id"] as? String ?? "")
            #expect(next?.sequence == id.map { $0.sequence + 1 })
        }
    }

    @Test("a request that names a version is answered by it and says so", arguments: ["1", "v1"])
    func pinned(version: String) async throws {
        try await withServer { address in
            let answer = try RawClient(address: address).post("/v2/models/numbers/versions/\(version)/infer", Body.numbers)
            #expect(answer.json["model_version"] as? String == "1")
            #expect((answer.json["parameters"] as? [String: Any])?["arm"] as? String == "pinned")
            #expect(((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double]) == [1_004])
        }
    }

    @Test("several rows are answered in order, and several classes with a score each")
    func batch() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let rows = try client.post("/v2/models/numbers/infer", Body.matrix(rows: 500))
            #expect(((rows.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double]) == (0..<500).map { 2_000 + Double($0) })
            let classes = try client.post(
                "/v2/models/kinds/infer", "{\"inputs\":[{\"name\":\"x\",\"shape\":[2,1],\"datatype\":\"FP64\",\"data\":[[1],[null]]}]}")
            let output = (classes.json["outputs"] as? [[String: Any]])?.first ?? [:]
            #expect(output["shape"] as? [Int] == [2, 3])
            #expect(output["data"] as? [Double] == [1_001, 1_002, 1_003, 1_000, 1_001, 1_002])
        }
    }

    @Test(
        "what cannot be answered says what, where and what to do",
        arguments: [
            ("/v2/models/numbrs/infer", Body.numbers, 404, "did you mean numbers?"),
            ("/v2/models/zzzzzzzz/infer", Body.numbers, 404, "GET /v1/status"),
            ("/v2/models/numbers/versions/9/infer", Body.numbers, 404, "numbers 9: loaded: 1, 2"),
            ("/v2/models/numbers/versions/99999999999/infer", Body.numbers, 404, "loaded: 1, 2"),
            ("/v2/models/resting/infer", Body.numbers, 503, "paused by an operator: try again in 5 s"),
            ("/v2/models/resting/versions/1/infer", Body.numbers, 503, "paused"),
            ("/v2/models/empty/infer", Body.numbers, 503, "no version that can answer"),
            ("/v2/models/broken/infer", Body.numbers, 500, "broken v1: the score of row 0 is not a finite number"),
            ("/v2/models/numbers/infer", "", 400, "JSON: byte 0"), ("/v2/models/numbers/infer", "{\"inputs\":[]}", 400, "inputs: empty"),
            ("/v2/models/numbers/infer", Body.matrix(rows: 10_001), 413, "10001 rows: a request may have 10000"),
            ("/v2/models/numbers/infer", Body.numbers.replacing("[true]", with: "[7]"), 400, "inputs[2] \"c\": data[0]"),
        ])
    func refusals(path: String, body: String, status: Int, message: String) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let answer = try client.post(path, body)
            #expect(answer.status == status)
            #expect(answer.error.contains(message), "\(answer.error)")
            #expect((answer.headers["retry-after"] != nil) == (status == 503))
            #expect(try client.post("/v2/models/numbers/infer", Body.numbers).status == 200)
        }
    }

    @Test("the metadata say what each input may be sent as, what is optional, how a missing value is written, and the zone")
    func metadata() async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let answer = try client.get("/v2/models/flights")
            #expect(answer.json["name"] as? String == "flights")
            #expect(answer.json["versions"] as? [String] == ["1"])
            #expect(answer.json["platform"] as? String == "flyball")
            let inputs = answer.json["inputs"] as? [[String: Any]] ?? []
            #expect(inputs.map { $0["name"] as? String } == ["carrier", "distance", "temp", "weekend", "time"])
            #expect(inputs.map { $0["datatype"] as? String } == ["BYTES", "INT64", "FP64", "BOOL", "BYTES"])
            let parameters = inputs.map { $0["parameters"] as? [String: Any] ?? [:] }
            #expect(parameters.map { $0["optional"] as? Bool } == [false, false, false, false, true])
            #expect(parameters.map { $0["kind"] as? String } == ["categorical", "integer", "numeric", "boolean", "time"])
            #expect(parameters[0]["missing"] as? String == "null or an empty string")
            #expect(parameters[1]["missing"] as? String == "null")
            #expect(parameters[0]["datatypes"] as? String == "UINT8,UINT16,UINT32,UINT64,INT8,INT16,INT32,INT64,BYTES")
            #expect(parameters[4]["datatypes"] as? String == "INT64,BYTES")
            #expect((parameters[4]["format"] as? String)?.contains("America/New_York") == true)
            let model = answer.json["parameters"] as? [String: Any] ?? [:]
            #expect(model["task"] as? String == "binary")
            #expect(model["target"] as? String == "late")
            #expect(model["classes"] as? String == "[\"no\",\"yes\"]")
            #expect((model["missing_words"] as? String)?.hasPrefix("[\"NA\",\"N/A\"") == true)
            #expect(model["zone"] as? String == "America/New_York")
            #expect(model["time_column"] as? String == "time")
            #expect(model["champion"] as? String == "1")
            #expect(model["matrix"] as? String == "not taken: carrier are no numbers")
            #expect(model["maximum_rows"] as? String == "10000")
            let numbers = try client.get("/v2/models/numbers").json["parameters"] as? [String: Any] ?? [:]
            #expect(numbers["matrix"] as? String == "one tensor [n,3] of a, b, c in this order")
        }
    }

    @Test("the repository's index says which models answer")
    func index() async throws {
        try await withServer { address in
            let answer = try RawClient(address: address).post("/v2/repository/index", "{}")
            let list = (try? JSONSerialization.jsonObject(with: Data(answer.body.utf8))) as? [[String: String]] ?? []
            #expect(list.map { $0["name"] } == ["broken", "empty", "flights", "kinds", "numbers", "resting"])
            #expect(list.map { $0["state"] } == ["READY", "UNAVAILABLE", "READY", "READY", "READY", "UNAVAILABLE"])
            #expect(list.map { $0["reason"] } == ["", "empty", "", "", "", "paused"])
        }
    }

    @Test("before the first routing table readiness is 503, and liveness is 200")
    func notReadyYet() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            let ready = try client.get("/v2/health/ready")
            #expect(ready.status == 503)
            #expect(ready.headers["retry-after"] == "1")
            #expect(ready.error.contains("starting"))
            #expect(try client.get("/v2/health/live").status == 200)
        }
        await server.shutdown()
    }

    @Test("pipelined requests are answered in order, slow answers between fast ones included")
    func pipelining() async throws {
        let host = TestHost()
        host.hold()
        try await withServer(host: host) { address in
            let client = try RawClient(address: address)
            let label = "{\"id\":\"a\",\"value\":\"1\"}"
            var text = ""
            for _ in 0..<50 { text += RawClient.request("POST", "/v2/models/numbers/infer", Body.numbers) }
            text += RawClient.request("POST", "/v1/deployments/numbers/labels", label)
            text +=
                RawClient.request("GET", "/v2/health/live") + RawClient.request("GET", "/metrics") + RawClient.request("GET", "/nowhere")
            client.write(text)
            for _ in 0..<50 { #expect(try client.read().json["model_version"] as? String == "2") }
            // Others are answered while this one waits.
            #expect(try RawClient(address: address).get("/v2/health/live").status == 200)
            host.release()
            #expect(try client.read().json["counts"] as? [String: Int] == ["accepted": 1])
            #expect(try client.read().json["live"] as? Bool == true)
            #expect(try client.read().body.contains("flyball_up 1"))
            #expect(try client.read().status == 404)
        }
    }

    @Test("a client that closes its half after the request still gets the answer", arguments: [false, true])
    func halfClosed(isLabel: Bool) async throws {
        try await withServer { address in
            let client = try RawClient(address: address)
            let request =
                isLabel
                ? RawClient.request("POST", "/v1/deployments/numbers/labels", "{\"id\":\"a\",\"value\":\"1\"}")
                : RawClient.request("POST", "/v2/models/numbers/infer", Body.numbers)
            client.write(request + request)
            client.closeOutput()
            #expect(try client.read().status == 200)
            #expect(try client.read().status == 200)
            #expect(client.isClosed())
        }
    }
}
