import Engine
import Monitoring
import Tabular
import Testing

/// Stuck columns and repeated rows, through an engine.
@Suite("Stuck columns and repeated rows", .serialized)
struct SensorAlarmsTests {
    @Test("a column that hangs is an alert with what it says and since when, a reason of the data light, and over when it moves again")
    func stuck() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            let rows = try harness.rows(until: EngineHarness.may)
            let distance = try #require(rows.schema.index(of: "distance"))
            try await harness.send(rows, count: 600)
            #expect(!(try harness.status().alerts(in: harness.snapshot).contains { $0.kind == .stuck }))
            try await harness.send(rows, count: 600) { $0[distance] = 733 }
            let alert = try #require(try harness.status().alerts(in: harness.snapshot).first { $0.kind == .stuck })
            #expect(alert.reasons.first?.text.hasPrefix("distance says 733 in ") == true, "\(alert.reasons)")
            #expect(alert.runbook.contains("sensor"))
            #expect(try harness.status().health.reasons.contains { $0.signal == "stuck distance" && $0.light == .warn })
            try await harness.send(rows, count: 600)
            let left = try harness.status().alerts(in: harness.snapshot).filter { $0.kind == .stuck && $0.state != .resolved }
            #expect(left.isEmpty)
        }
    }

    @Test("a muted column that hangs raises nothing")
    func muted() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy(policy: "automation = \"manual\"")
            try await harness.perform(.tune(deployment: "flights", column: "distance", change: .mute(until: nil, reason: nil)))
            let rows = try harness.rows(until: EngineHarness.may)
            let distance = try #require(rows.schema.index(of: "distance"))
            try await harness.send(rows, count: 600) { $0[distance] = 733 }
            #expect(!(try harness.status().alerts(in: harness.snapshot).contains { $0.kind == .stuck }))
        }
    }
}
