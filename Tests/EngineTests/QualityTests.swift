import Engine
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Labels joined with what was answered: the quality light, its alert, and the training that answers a drop.
@Suite("Realized quality", .serialized)
struct QualityTests {
    private static let policy = """
        automation = "auto"
        [retrain]
        on_drift = false
        on_quality_drop = 0.05
        minimum_labels = 300
        cooldown = "1s"
        """

    /// Lets seconds pass until the quality is of so many labels.
    private static func judged(_ harness: EngineHarness, _ condition: @escaping @Sendable (DeploymentStatus) -> Bool) async throws {
        for _ in 0..<40 {
            if try condition(harness.status()) { return }
            await harness.pass(seconds: 1)
            try await Task.sleep(for: .milliseconds(50))
        }
        throw EngineHarness.Missed(what: "the verdict on quality")
    }

    @Test("the truth of what was answered lights the quality light, with all figures, their n, maturity and the value at promotion")
    func realized() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            #expect(try harness.status().health.quality == .unknown)
            let rows = try harness.rows(until: EngineHarness.may)
            let served = try await harness.send(rows, count: 800)
            try await harness.label(Array(served[..<400]))
            try await Self.judged(harness) { $0.quality != nil }
            let status = try harness.status()
            let quality = try #require(status.quality)
            #expect(quality.n == 400 && quality.version == 1)
            #expect(quality.primary?.name == "auc")
            #expect(Set(quality.realized.map(\.name)).isSuperset(of: ["auc", "logLoss", "accuracy", "brier", "bias"]))
            #expect(quality.realized.first?.interval?.hasPrefix("block bootstrap 95 %") == true)
            #expect(quality.atPromotion == status.versions.first?.metrics.first)
            await harness.pass(seconds: 1)
            #expect(try harness.status().health.quality != .unknown)
            #expect(try harness.status().health.reasons.contains { $0.signal == "realized auc" && $0.n == 400 })
        }
    }

    @Test("before any label answers have an estimated quality, marked and lighting nothing; with labels there are figures from both")
    func estimated() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            let served = try await harness.send(try harness.rows(until: EngineHarness.may), count: 800)
            try await Self.judged(harness) { $0.qualityEstimate != nil }
            let estimate = try #require(try harness.status().qualityEstimate)
            #expect(estimate.version == 1 && estimate.n >= 500 && estimate.primary?.name == "auc")
            #expect(Set(estimate.estimated.map(\.name)).isSuperset(of: ["accuracy", "logLoss", "brier", "f1"]))
            #expect(estimate.both.isEmpty && estimate.labels == 0)
            #expect(estimate.isCalibrated != nil && estimate.calibration.contains("on its hold-out"), "\(estimate.calibration)")
            await harness.pass(seconds: 1)
            #expect(try harness.status().health.quality == .unknown)
            #expect(try harness.status().health.reasons.contains { $0.signal == "estimated auc" && $0.light == .unknown })
            try await harness.label(Array(served[..<400]))
            try await Self.judged(harness) { $0.qualityEstimate?.both.isEmpty == false }
            let both = try #require(try harness.status().qualityEstimate)
            #expect(both.labels == 400 && Set(both.both.map(\.name)) == ["accuracy", "logLoss", "brier"])
            #expect(both.calibration.contains("on the newest 400 labels"), "\(both.calibration)")
            let realized = try #require(try harness.status().quality?.realized)
            for figure in both.both {
                let own = try #require(realized.first { $0.name == figure.name })
                let (lower, upper) = (try #require(figure.lower), try #require(figure.upper))
                #expect(lower <= own.value + 0.1 && own.value - 0.1 <= upper, "\(figure) \(own)")
            }
        }
    }

    @Test("labels that turn round are an alert within 1,000 labels, and on_quality_drop trains for it, once")
    func turned() async throws {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        try await EngineHarness.run(options) { harness in
            try await harness.deploy(policy: Self.policy)
            let rows = try harness.rows(until: EngineHarness.may)
            try await harness.label(try await harness.send(rows, count: 500))
            try await Self.judged(harness) { $0.quality != nil }
            #expect(try harness.status().alerts(in: harness.snapshot).isEmpty)
            let turned = try await harness.send(rows, count: 900)
            try await harness.label(turned) { 1 - $0.truth }
            try await Self.judged(harness) { $0.loop?.trigger == "on_quality_drop" }
            try await harness.wait("the end of the turn") { $0.deployment("flights")?.versions.count == 2 }
            let raised = try await harness.journal().filter { $0.entry.details.contains("\"quality\"") }
            #expect(!raised.isEmpty)
            let jobs = harness.snapshot.jobs.count
            await harness.pass(seconds: 20)
            #expect(harness.snapshot.jobs.count == jobs, "answered once")
        }
    }
}
