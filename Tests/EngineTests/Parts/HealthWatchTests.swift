import Engine
import Monitoring
import Testing

/// The lights and what they mean for the alerts, without an engine.
@Suite("Health watch")
struct HealthWatchTests {
    private static func minute(failed: Int64 = 0, milliseconds: UInt64 = 1) -> ArmTotals {
        var minute = ArmTotals()
        minute.answered = 500 - failed
        minute.failed = failed
        var latency = LatencyHistogram()
        for _ in 0..<500 { latency.record(milliseconds * 1_000_000) }
        minute.latency = latency
        return minute
    }

    private static func facts(_ minute: ArmTotals, open: Set<AlertKind> = []) -> HealthWatch.Facts {
        HealthWatch.Facts(deployment: "d", minute: minute, budgetMilliseconds: 10, open: open)
    }

    @Test("failing requests raise an alert at once, and only half a minute within the bounds resolves it")
    func errors() throws {
        var watch = HealthWatch()
        let events = watch.judge(Self.facts(Self.minute(failed: 100)), at: 1_000)
        guard case .found(let finding)? = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(events.count == 1 && watch.health.service == .alert)
        #expect(
            finding
                == Finding(
                    kind: .errors, severity: .critical, title: "d: \(watch.health.reasons[0].text)", reasons: [watch.health.reasons[0]],
                    onset: 1_000))
        let calm = Self.facts(Self.minute(), open: [.errors])
        #expect(watch.judge(calm, at: 2_000).isEmpty)
        #expect(watch.judge(calm, at: 2_000 + HealthWatch.calmMilliseconds - 1).isEmpty)
        // A relapse takes the calm back.
        #expect(!watch.judge(Self.facts(Self.minute(failed: 100), open: [.errors]), at: 33_000).isEmpty)
        #expect(watch.judge(calm, at: 34_000).isEmpty)
        #expect(
            watch.judge(calm, at: 34_000 + HealthWatch.calmMilliseconds) == [.over(.errors, because: "error rate is back in its bounds")])
    }

    @Test("slow answers raise their own alert")
    func latency() throws {
        var watch = HealthWatch()
        let events = watch.judge(Self.facts(Self.minute(milliseconds: 30)), at: 1_000)
        let reason = try #require(watch.health.reasons.first { $0.signal == ServiceSignal.p99 })
        #expect(
            events == [
                .found(Finding(kind: .latency, severity: .critical, title: "d: \(reason.text)", reasons: [reason], onset: 1_000))
            ])
    }

    @Test("a reason keeps the time since when it holds for as long as its light stays, and begins anew when it comes back")
    func since() {
        var watch = HealthWatch()
        func since(_ minute: ArmTotals, at time: Int64) -> Int64? {
            _ = watch.judge(Self.facts(minute), at: time)
            return watch.health.reasons.first { $0.signal == ServiceSignal.errorRate }?.since
        }
        #expect(since(Self.minute(failed: 100), at: 1_000) == 1_000)
        #expect(since(Self.minute(failed: 100), at: 2_000) == 1_000)
        #expect(since(Self.minute(), at: 3_000) == 3_000)
        #expect(since(Self.minute(failed: 100), at: 4_000) == 4_000)
    }

    @Test("a champion that does not load is red whatever the traffic says, and its age makes it stale")
    func brokenAndStale() {
        var watch = HealthWatch()
        var facts = Self.facts(Self.minute())
        facts = HealthWatch.Facts(
            deployment: "d", minute: Self.minute(), budgetMilliseconds: 10, isBroken: true, age: (every: 1_000, trained: 0), open: [])
        _ = watch.judge(facts, at: 1_200)
        #expect(watch.health.service == .alert && watch.health.freshness == .ok)
        _ = watch.judge(facts, at: 1_900)
        #expect(watch.health.freshness == .warn)
        _ = watch.judge(facts, at: 2_001)
        #expect(watch.health.freshness == .alert)
    }

    @Test(
        "the banner names what is worst: the journal before the stores, and nothing when all is well",
        arguments: [
            (StoreHealth(), nil),
            (StoreHealth(telemetry: "t"), "traffic is not logged: t"),
            (StoreHealth(labels: "l", telemetry: "t"), "label store refuses writes: l"),
            (StoreHealth(control: "c", labels: "l"), "control store refuses writes: c"),
            (StoreHealth(unwritten: 2, control: "c"), "2 changes hold and are not journalled yet: c"),
        ] as [(StoreHealth, String?)])
    func banner(_ health: StoreHealth, _ words: String?) { #expect(health.banner == words) }
}
