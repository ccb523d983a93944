import Engine
import Foundation
import Serving
import Tabular
import Testing

/// Fallbacks of paused deployments over HTTP.
@Suite("fallbacks over HTTP") struct FallbackServingTests {
    private static func paused(_ name: String, by fallback: UInt32?) -> Route {
        let categories = Categories(["AA", "UA"])
        var route = Fixture.route(name, Fixture.numbers, champion: 2, resident: [2], state: .paused, categories: categories)
        route.fallback = fallback.map { Fixture.version($0, Fixture.numbers, categories: categories) }
        return route
    }

    private static let routes = [
        paused("refusing", by: nil), paused("constant", by: PausedAnswer.noVersion), paused("earlier", by: 1),
        Fixture.route("live", Fixture.numbers),
    ]

    @Test("an answer by a fallback says so in its parameters and in a header, is ready, and is counted as one; 503 stays 503")
    func answers() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Fixture.table(Self.routes))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            let expected: [(String, String, String?)] = [
                ("constant", "0", "constant"), ("earlier", "1", "last-known-good"), ("live", "1", nil),
            ]
            for (name, version, fallback) in expected {
                for path in ["/v2/models/\(name)/infer", "/v2/models/\(name)/versions/1/infer"] {
                    let answer = try client.post(path, Body.numbers)
                    #expect(answer.status == 200 && answer.json["model_version"] as? String == version, "\(answer.body)")
                    let parameters = answer.json["parameters"] as? [String: Any]
                    #expect(parameters?["fallback"] as? String == fallback)
                    #expect(answer.headers["flyball-fallback"] == fallback)
                    if fallback != nil { #expect(parameters?["arm"] as? String == "fallback") }
                }
                #expect(try client.get("/v2/models/\(name)/ready").status == 200)
            }
            let refused = try client.post("/v2/models/refusing/infer", Body.numbers)
            #expect(refused.status == 503 && refused.headers["retry-after"] == "5")
            #expect(try client.get("/v2/models/refusing/ready").status == 503)
            let large = try client.post("/v2/models/earlier/infer", Body.matrix(rows: 600))
            #expect(large.status == 200 && large.headers["flyball-fallback"] == "last-known-good")
            let index = try client.post("/v2/repository/index", "").body
            #expect(index.contains("\"refusing\",\"version\":\"2\",\"state\":\"UNAVAILABLE\",\"reason\":\"paused\""))
            #expect(index.contains("\"constant\",\"version\":\"2\",\"state\":\"READY\""))
            #expect(try client.post("/v1/deployments/constant/explain", Body.numbers).status == 409)
        }
        let lanes = await server.harvest(flushing: true).flatMap(\.lanes)
        let constant = try #require(lanes.first { $0.deployment == "constant" })
        #expect(constant.totals.arms[ArmKey(version: PausedAnswer.noVersion, arm: .fallback)]?.answered == 2)
        #expect(constant.blocks.flatMap(\.arms) == [.fallback, .fallback])
        #expect(lanes.first { $0.deployment == "earlier" }?.totals.arms[ArmKey(version: 1, arm: .fallback)]?.rows == 602)
        await server.shutdown()
    }

    @Test("binary answers by a fallback say so too")
    func binary() async throws {
        try await withServer(Self.routes) { address in
            let body = "{\"parameters\":{\"binary_data_output\":true}," + Body.numbers.dropFirst()
            let answer = try RawClient(address: address).post("/v2/models/constant/infer", String(body))
            #expect(answer.status == 200 && answer.headers["flyball-fallback"] == "constant")
            #expect(answer.headers["inference-header-content-length"] != nil)
        }
    }

    @Test("metrics count answers by fallbacks apart from those of versions")
    func metrics() async throws {
        let host = TestHost()
        host.set { $0.deployments = [DeploymentStatus(name: "constant")] }
        let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0")
        await server.install(Fixture.table(Self.routes))
        let address = server.address
        try await onThread { _ = try RawClient(address: address).post("/v2/models/constant/infer", Body.numbers) }
        _ = await server.harvest(flushing: true)
        let text = try await onThread { try RawClient(address: address).get("/metrics").body }
        #expect(text.contains("flyball_arm_requests_total{deployment=\"constant\",arm=\"fallback\",outcome=\"answered\"} 1\n"))
        await server.shutdown()
    }
}
