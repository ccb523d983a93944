import Engine
import Learning
import Monitoring
import Tabular
import Testing

@Suite("Arms") struct ArmTests {
    @Test(
        "a client that names a broken old version neither darkens the champion's light nor raises its alert, and its failures are shown as that version's"
    )
    func brokenPinned() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 7)))
            try await harness.perform(.promote(deployment: "flights", version: 2), reason: "for the test")
            let rows = try harness.rows(from: EngineHarness.may)
            try await harness.send(rows, count: 200)
            for _ in 0..<400 { harness.plane.fail("flights", version: 1) }
            await harness.pass(seconds: 2)
            let status = try harness.status()
            #expect(status.health.service == .ok && status.errorRate == 0)
            #expect(!harness.snapshot.alerts.contains { $0.kind == .errors })
            #expect(status.arms.map { "\($0.role.rawValue) \($0.version) \($0.errors)" } == ["champion 2 0", "last good 1 400"])
            // The champion's own failures do, also when a request names it.
            for _ in 0..<40 { harness.plane.fail("flights", version: 2) }
            await harness.pass(seconds: 2)
            #expect(try harness.status().health.service == .alert)
            #expect(harness.snapshot.alerts.contains { $0.kind == .errors && $0.state == .firing })
        }
    }

    @Test("the route chooses: the champion by default, a version that is named and in memory, and else says why none")
    func choosing() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let route = try #require(harness.plane.route("flights"))
            #expect(try route.arm(for: ArmRequest()).key == ArmKey(version: 1, arm: .champion))
            #expect(try route.arm(for: ArmRequest(version: 1)).key == ArmKey(version: 1, arm: .pinned))
            #expect(throws: RouteRefusal.notLoaded([1])) { try route.arm(for: ArmRequest(version: 9)) }
            var other = route
            other.champion = nil
            #expect(throws: RouteRefusal.noChampion(retryAfterSeconds: 5)) { try other.arm(for: ArmRequest()) }
            other.state = .paused
            #expect(throws: RouteRefusal.paused(retryAfterSeconds: 5)) { try other.arm(for: ArmRequest(version: 1)) }
        }
    }
}
