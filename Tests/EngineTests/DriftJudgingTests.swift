import Engine
import Monitoring
import Tabular
import Testing

/// From a training's table of healthy stretches to what is said of a window.
@Suite("Windows judged by their training", .serialized)
struct DriftJudgingTests {
    @Test("a training leaves a table of healthy stretches with its version; windows are judged by it, and calendar columns are only shown")
    func table() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            try await harness.send(try harness.rows(until: EngineHarness.may), count: 1_100)
            let report = try #require(try harness.status().drift)
            #expect(report.hasTable && report.isClean == true)
            let calendar = Set(report.features.filter { $0.state == .calendar }.map(\.feature))
            #expect(calendar.isSuperset(of: ["month", "day", "sched_hour"]), "\(calendar)")
            #expect(report.features.allSatisfy { $0.state != .drift })
            #expect(report.worst.map { $0.calendar == nil } == true)
        }
    }

    @Test("new texts in one column raise the alarm in words, and start no training: a person decides")
    func newTexts() async throws {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        let policy = "automation = \"auto\"\n[retrain]\nminimum_labels = 300\ncooldown = \"1s\"\n"
        try await EngineHarness.run(options) { harness in
            try await harness.deploy(policy: policy)
            let rows = try harness.rows(until: EngineHarness.may)
            let carrier = try #require(rows.schema.index(of: "carrier"))
            let code = Double(rows.categories["carrier"].intern("a carrier that nobody knew"))
            var sent = 0
            let served = try await harness.send(rows, count: 1_600) { row in
                sent += 1
                if sent.isMultiple(of: 5) { row[carrier] = code }
            }
            let alert = try #require(try harness.status().alerts(in: harness.snapshot).first { $0.kind == .drift })
            #expect(alert.reasons.first { $0.subject == "carrier" }?.text.contains("new texts, training had none") == true)
            try await harness.label(served)
            await harness.pass(seconds: 5)
            let status = try harness.status()
            #expect(status.versions.count == 1)
            #expect(
                status.policy.blocked == "carrier looks like a fault at its source, and not like another population: a person decides")
        }
    }
}
