import Engine
import Foundation
import Learning
import Serving
import Tabular
import Testing

/// A real engine behind real sockets, on a sample of the flights of 2013.
@Suite("an engine behind HTTP", .serialized)
struct EngineServingTests {
    private static let admin = Operator(name: "test", uid: 0, role: .admin)
    private static let flights = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/flights-sample.csv").path

    @Test("deploy, ask, label, promote, pause, resume, roll back: each is seen over HTTP, and each answer is its version's own")
    func loop() async throws {
        let directory = NSTemporaryDirectory() + "flyball-serving-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let engine = try await Engine.start(EngineConfiguration(workspace: try Workspace.open(path: directory)))
        let server = try await HTTPServer.start(host: engine, listen: "127.0.0.1:0")
        try await engine.attach(server)
        do { try await Self.scenario(engine, address: server.address) } catch {
            await engine.shutdown()
            throw error
        }
        await engine.shutdown()
        // The traffic of the last moments is written before the engine ends, and nothing listens any more.
        #expect(throws: RawClient.Failure.self) { _ = try RawClient(address: server.address) }
    }

    private static func scenario(_ engine: Engine, address: String?) async throws {
        let empty = try await onThread { try RawClient(address: address).post("/v2/models/late/infer", row()) }
        #expect(empty.status == 404)
        let options = ImportOptions(
            target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay"])
        let training = TrainingRequest(algorithm: "logistic", settings: [:], seed: 1, holdout: 0.2)
        try await perform(engine, .deploy(DeployOrder(name: "late", path: flights, options: options, training: training)))
        try await wait(engine) { $0.champion == 1 }
        let first = try await ask(address)
        #expect(first.version == "1")
        #expect(first.score > 0 && first.score < 1)

        // Why: what each column adds sums to the raw score of the very answer.
        let why = try await onThread { try RawClient(address: address).post("/v1/deployments/late/explain", row()) }
        #expect(why.status == 200 && why.json["model_version"] as? String == "1" && why.json["unit"] as? String == "log-odds")
        let outputs = (why.json["explanations"] as? [[String: Any]])?.first?["outputs"] as? [[String: Any]]
        let output = try #require(outputs?.first)
        let parts = try #require(output["contributions"] as? [String: Double])
        let raw = parts.values.reduce(try #require(output["base"] as? Double), +)
        #expect(abs(1 / (1 + exp(-raw)) - first.score) < 1e-6)
        let nobody = try await onThread { try RawClient(address: address).post("/v1/deployments/nobody/explain", row()) }
        #expect(nobody.status == 404)

        // Labels by prediction id: taken once, and again as a duplicate.
        try await labels(address, id: first.id, expected: ["accepted", "pending"])
        try await labels(address, id: first.id, expected: ["duplicate"])
        let unknown = try await onThread {
            try RawClient(address: address).post("/v1/deployments/late/labels", "{\"id\":\"nobody\",\"value\":\"no\"}")
        }
        #expect(unknown.json["counts"] as? [String: Int] == ["unknown": 1])

        try await perform(
            engine,
            .train(
                TrainOrder(
                    deployment: "late", training: TrainingRequest(algorithm: "logistic", settings: ["l2": "5"], seed: 2, holdout: 0.2))))
        try await wait(engine) { $0.versions.count == 2 && $0.job == nil }
        try await perform(engine, .promote(deployment: "late", version: 2))
        let second = try await ask(address)
        #expect(second.version == "2")
        #expect(second.score != first.score)
        #expect(try await ask(address, "/v2/models/late/versions/1/infer").score == first.score)

        try await perform(engine, .pause(deployment: "late"))
        let paused = try await onThread { try RawClient(address: address).post("/v2/models/late/infer", row()) }
        #expect(paused.status == 503)
        #expect(paused.headers["retry-after"] != nil)
        let ready = try await onThread { try RawClient(address: address).get("/v2/health/ready").status }
        #expect(ready == 200)
        // Another fallback takes the place of 503: the version before, under its own name.
        try await perform(engine, .pause(deployment: "late", fallback: .lastKnownGood))
        let instead = try await ask(address)
        #expect(instead.version == "1" && instead.score == first.score)
        try await perform(engine, .pause(deployment: "late", fallback: .constant("yes")))
        #expect(try await ask(address).score == 1)
        try await perform(engine, .resume(deployment: "late"))
        #expect(try await ask(address).score == second.score)
        try await perform(engine, .rollback(deployment: "late", to: nil))
        let back = try await ask(address)
        #expect(back.version == "1")
        #expect(back.score == first.score)

        let status = try await onThread { try RawClient(address: address).get("/v1/status") }
        let deployment = (status.json["deployments"] as? [[String: Any]])?.first
        #expect(deployment?["champion"] as? String == "v1")
        #expect(deployment?["state"] as? String == "live")
        let metadata = try await onThread { try RawClient(address: address).get("/v2/models/late") }
        #expect((metadata.json["inputs"] as? [[String: Any]])?.contains { $0["name"] as? String == "carrier" } == true)
    }

    // MARK: Steps

    private struct Scored: Sendable {
        var version = ""
        var score = Double.nan
        var id = ""
    }

    /// One flight of the sample; its gust is missing, its time is left out.
    private static func row() -> String {
        let numbers: [(String, String)] = [
            ("month", "1"), ("day", "1"), ("weekday", "1"), ("sched_hour", "17"), ("sched_minute", "15"), ("distance", "1400"),
            ("temp", "39.02"),
            ("dewp", "28.04"), ("humid", "64.43"), ("wind_dir", "260"), ("wind_speed", "12.6586"), ("wind_gust", "null"), ("precip", "0"),
            ("pressure", "1011.9"), ("visib", "10"),
        ]
        var tensors = numbers.map { "{\"name\":\"\($0.0)\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[\($0.1)]}" }
        tensors += [("carrier", "UA"), ("origin", "EWR"), ("dest", "IAH")].map {
            "{\"name\":\"\($0.0)\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"\($0.1)\"]}"
        }
        return "{\"inputs\":[\(tensors.joined(separator: ","))]}"
    }

    private static func ask(_ address: String?, _ path: String = "/v2/models/late/infer") async throws -> Scored {
        try await onThread {
            let answer = try RawClient(address: address).post(path, row())
            #expect(answer.status == 200, "\(answer.body)")
            return Scored(
                version: answer.json["model_version"] as? String ?? "",
                score: ((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double])?.first ?? .nan,
                id: (answer.json["parameters"] as? [String: Any])?["prediction_id"] as? String ?? "")
        }
    }

    private static func labels(_ address: String?, id: String, expected: [String]) async throws {
        let answer = try await onThread {
            try RawClient(address: address).post("/v1/deployments/late/labels", "{\"labels\":[{\"id\":\"\(id)\",\"value\":\"yes\"}]}")
        }
        #expect(answer.status == 200)
        let outcome = (answer.json["results"] as? [[String: String]])?.first?["outcome"] ?? ""
        #expect(expected.contains(outcome), "\(answer.body)")
    }

    private static func perform(_ engine: Engine, _ action: Action) async throws {
        _ = try await engine.perform(ActionRequest(action), by: admin).get()
    }

    /// Waits for a published snapshot in which the deployment is so; a minute at most.
    private static func wait(_ engine: Engine, until isSo: @escaping @Sendable (DeploymentStatus) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let status = engine.snapshot.deployment("late"), isSo(status) { return }
            if let failed = engine.snapshot.jobs.first(where: { $0.state == .failed }) {
                Issue.record("job \(failed.id) failed: \(failed)")
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("not within a minute: \(engine.snapshot.deployments)")
    }
}
