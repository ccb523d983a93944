import Engine
import Foundation
import Learning
import Serving
import Tabular
import Testing

/// Challengers as clients of the HTTP endpoint meet them.
@Suite("challengers over HTTP") struct ChallengerServingTests {
    /// v1 is the champion, v2 challenges it.
    private static func route(
        _ name: String = "numbers", _ schema: Schema = Fixture.numbers, share: Double, key: SplitKey = .request, arm: Arm = .canary,
        predictor: (any Predictor)? = nil
    ) -> Route {
        let categories = Categories(["AA", "UA"])
        var route = Fixture.route(name, schema, champion: 1, resident: [1], categories: categories)
        let version = Fixture.version(2, schema, categories: categories, predictor: predictor)
        let challenger = RoutedChallenger(
            choice: ArmChoice(version: version, arm: arm), split: Split(deployment: name, version: 2, share: share, key: key))
        if arm == .shadow { route.shadows = [challenger] } else { route.challenger = challenger }
        return route
    }

    private struct Answer: Equatable {
        var status: Int
        var version: String
        var arm: String
        var score: Double?
    }

    private static func ask(_ client: RawClient, _ body: String, of model: String = "numbers", headers: String = "") throws -> Answer {
        let answer = try client.post("/v2/models/\(model)/infer", body, headers: headers)
        let parameters = answer.json["parameters"] as? [String: Any]
        return Answer(
            status: answer.status, version: answer.json["model_version"] as? String ?? "", arm: parameters?["arm"] as? String ?? "",
            score: ((answer.json["outputs"] as? [[String: Any]])?.first?["data"] as? [Double])?.first)
    }

    @Test("a canary answers its share of the requests, each answer naming its version and arm; a version that is named stands")
    func canary() async throws {
        try await withServer([Self.route(share: 0.25)]) { address in
            let client = try RawClient(address: address)
            var counts: [String: Int] = [:]
            for _ in 0..<1_000 {
                let answer = try Self.ask(client, Body.numbers)
                #expect(answer.status == 200 && answer.score == (answer.version == "2" ? 2_004 : 1_004))
                #expect(answer.arm == (answer.version == "2" ? "canary" : "champion"))
                counts[answer.version, default: 0] += 1
            }
            #expect((counts["2"] ?? 0) > 180 && (counts["2"] ?? 0) < 320)
            let pinned = try client.post("/v2/models/numbers/versions/1/infer", Body.numbers)
            #expect(pinned.json["model_version"] as? String == "1")
        }
    }

    @Test(
        "keys of an A/B stay with their version: the request's id, the header, a category's text, a number; without one the champion answers"
    )
    func keys() async throws {
        let flights = """
            {"inputs":[{"name":"carrier","shape":[1],"datatype":"BYTES","data":["KEY"]},{"name":"distance","shape":[1],"datatype":"INT64",\
            "data":[NUMBER]},{"name":"temp","shape":[1],"datatype":"FP64","data":[7]},{"name":"weekend","shape":[1],"datatype":"BOOL",\
            "data":[true]}]}
            """
        @Sendable func body(_ key: String, _ number: Int = 1) -> String {
            flights.replacingOccurrences(of: "KEY", with: key).replacingOccurrences(of: "NUMBER", with: "\(number)")
        }
        let routes = [
            Self.route("byid", share: 0.5, key: .id, arm: .ab), Self.route("byheader", share: 0.5, key: .header, arm: .ab),
            Self.route("bytext", Fixture.mixed, share: 0.5, key: .column(0), arm: .ab),
            Self.route("bynumber", Fixture.mixed, share: 0.5, key: .column(1), arm: .ab),
        ]
        try await withServer(routes) { address in
            let client = try RawClient(address: address)
            var versions: [String: Set<String>] = [:]
            for key in 0..<40 {
                for _ in 0..<3 {
                    let answers = [
                        try Self.ask(client, "{\"id\":\"k\(key)\"," + Body.numbers.dropFirst(), of: "byid"),
                        try Self.ask(client, Body.numbers, of: "byheader", headers: "flyball-key: k\(key)\r\n"),
                        try Self.ask(client, body("k\(key)"), of: "bytext"), try Self.ask(client, body("x", key), of: "bynumber"),
                    ]
                    for (kind, answer) in answers.enumerated() {
                        #expect(answer.status == 200)
                        #expect(answer.arm == (answer.version == "2" ? "a/b" : "champion"))
                        versions["\(kind) \(key)", default: []].insert(answer.version)
                    }
                }
            }
            #expect(versions.values.allSatisfy { $0.count == 1 })
            for kind in 0..<4 {
                let own = versions.count { $0.key.hasPrefix("\(kind) ") && $0.value == ["2"] }
                #expect(own > 8 && own < 32, "kind \(kind): \(own)")
            }
            #expect(try Self.ask(client, Body.numbers, of: "byid").version == "1")
            #expect(try Self.ask(client, Body.numbers, of: "byheader").version == "1")
        }
    }

    @Test("what a challenger fails the champion answers, one row or a large batch, and the failure is counted as the challenger's")
    func failing() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table([Self.route(share: 1, predictor: NaNPredictor(width: 3))]))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<20 {
                #expect(try Self.ask(client, Body.numbers) == Answer(status: 200, version: "1", arm: "champion", score: 1_004))
            }
            #expect(try Self.ask(client, Body.matrix(rows: 600)).version == "1")
        }
        let totals = try #require(await server.harvest(flushing: true).flatMap(\.lanes).first).totals
        #expect(totals.failed == 0 && totals.answered == 21)
        #expect(totals.arms[ArmKey(version: 2, arm: .canary)]?.failed == 21)
        #expect(totals.arms[ArmKey(version: 1, arm: .champion)]?.rows == 620)
        await server.shutdown()
    }

    @Test("a shadow's scores come to lie beside the rows that were answered, its failures and its counts apart; large batches too")
    func shadow() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table([Self.route(share: 1, arm: .shadow)]))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<300 { #expect(try Self.ask(client, Body.numbers).version == "1") }
            #expect(try Self.ask(client, Body.matrix(rows: 600)).version == "1")
        }
        var totals = LaneTotals()
        var blocks: [TrafficBlock] = []
        let key = ArmKey(version: 2, arm: .shadow)
        for _ in 0..<200 where totals.arms[key]?.rows != 900 {
            for lane in await server.harvest(flushing: false).flatMap(\.lanes) {
                totals.add(lane.totals)
                blocks += lane.blocks
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        for lane in await server.harvest(flushing: true).flatMap(\.lanes) { blocks += lane.blocks }
        #expect(totals.arms[key]?.rows == 900 && totals.arms[key]?.dropped == 0 && totals.arms[key]?.failed == 0)
        #expect(totals.rows == 900 && totals.answering(champion: 1).rows == 900)
        // Every version's score is 1,000 times its number and the row's sum.
        #expect(abs((totals.arms[key]?.distanceSum ?? 0) - 900_000) < 1e-6)
        #expect(blocks.reduce(0) { $0 + $1.count } == 900)
        var further = 0
        for block in blocks {
            for scores in block.further {
                #expect(scores.version == 2)
                for (row, score) in zip(scores.rows, scores.scores) { #expect(score == block.scores[Int(row)] + 1_000) }
                further += scores.rows.count
            }
        }
        #expect(further == 900)
        await server.shutdown()
    }

    @Test("metrics name arms with what they did, and no shadow stands among those who answered")
    func metrics() async throws {
        let host = TestHost()
        host.set { snapshot in
            var numbers = DeploymentStatus(name: "numbers")
            numbers.arms = [
                ArmStatus(role: .champion, version: 1, share: 0, observedShare: 0),
                ArmStatus(role: .canary, version: 2, share: 1, observedShare: 1),
            ]
            var second = ChallengerStatus(
                challenger: Challenger(version: 2, plan: ArmPlan(.canary, share: 1), since: 0, by: "t"), isLoaded: true)
            second.quality = ArmQuality(
                figure: PairedFigure(name: "auc", first: 0.75, second: 0.5, lower: -0.3, upper: -0.2, higherIsBetter: true), rows: 60,
                championRows: 40)
            numbers.challengers = [second]
            snapshot.deployments = [numbers]
        }
        let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0")
        await server.install(Fixture.table([Self.route(share: 1)]))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            for _ in 0..<5 { _ = try Self.ask(client, Body.numbers) }
        }
        _ = await server.harvest(flushing: true)
        let text = try await onThread { try RawClient(address: address).get("/metrics").body }
        for line in [
            "flyball_arm_requests_total{deployment=\"numbers\",arm=\"canary\",outcome=\"answered\"} 5",
            "flyball_arm_inference_seconds_count{deployment=\"numbers\",arm=\"canary\"} 5",
            "flyball_arm_quality{deployment=\"numbers\",version=\"2\",figure=\"auc\",of=\"challenger\"} 0.5",
            "flyball_arm_quality{deployment=\"numbers\",version=\"2\",figure=\"auc\",of=\"champion\"} 0.75",
            "flyball_arm_share{deployment=\"numbers\",arm=\"canary\",version=\"2\"} 1",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        await server.shutdown()
    }
}
