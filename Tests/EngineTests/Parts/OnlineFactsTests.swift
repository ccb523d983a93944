import Engine
import Learning
import Testing

/// What is due of online learning, from facts alone.
@Suite("Online facts")
struct OnlineFactsTests {
    private static func report(
        fresh: Int = 1_000, judged: Int = Training.minimumRows, halted: String? = nil, isWaiting: Bool = false
    ) -> OnlineReport {
        var report = OnlineReport(after: 90, halted: halted)
        report.fresh = fresh
        report.judged = judged
        report.isWaiting = isWaiting
        return report
    }

    /// A learner that has learnt enough labels for a version, and judged a copy.
    private static func facts(_ change: (inout OnlineFacts) -> Void = { _ in }) -> OnlineFacts {
        var policy = OnlinePolicy()
        policy.labels = 1_000
        policy.interval = 300_000
        var watch = OnlineWatch(epoch: 3)
        watch.report = report()
        var facts = OnlineFacts(policy: policy, memory: OnlineMemory(base: 4, after: 10, published: 1_000_000), watch: watch)
        change(&facts)
        return facts
    }

    @Test("enough labels or enough time make a version, once a copy is judged")
    func due() {
        #expect(Self.facts().isPublicationDue(at: 1_000_001))
        #expect(!Self.facts { $0.watch.report = Self.report(fresh: 999) }.isPublicationDue(at: 1_000_001))
        #expect(Self.facts { $0.watch.report = Self.report(fresh: 1) }.isPublicationDue(at: 1_300_000))
        #expect(!Self.facts { $0.watch.report = Self.report(fresh: 1) }.isPublicationDue(at: 1_299_999))
        #expect(!Self.facts { $0.watch.report = Self.report(judged: Training.minimumRows - 1) }.isPublicationDue(at: 2_000_000))
    }

    @Test("a freeze, a fault, a halt, a version under way, a fresh attempt and a person's roll back hold it back")
    func held() {
        func isDue(_ change: (inout OnlineFacts) -> Void) -> Bool { Self.facts(change).isPublicationDue(at: 2_000_000) }
        #expect(isDue { _ in })
        #expect(!isDue { $0.frozenBy = "ops" })
        #expect(!isDue { $0.faultyFeature = "wind" })
        #expect(!isDue { $0.watch.report = Self.report(halted: "diverged") })
        #expect(!isDue { $0.watch.isPublishing = true })
        #expect(!isDue { $0.watch.attempted = 1_990_001 })
        #expect(isDue { $0.watch.attempted = 1_990_000 })
        #expect(!isDue { $0.memory = OnlineMemory(base: 4, published: 1_000_000, quietUntil: 2_000_001) })
        #expect(!isDue { $0.memory = nil })
        #expect(!isDue { $0.watch.report = nil })
    }

    @Test("a learner looks at the labels when some have come, when some wait for their rows, and first of all")
    func look() {
        #expect(Self.facts().isLookDue(hasNewLabels: true))
        #expect(!Self.facts().isLookDue(hasNewLabels: false))
        #expect(Self.facts { $0.watch.report = Self.report(isWaiting: true) }.isLookDue(hasNewLabels: false))
        #expect(Self.facts { $0.watch.report = nil }.isLookDue(hasNewLabels: false))
        #expect(!Self.facts { $0.frozenBy = "ops" }.isLookDue(hasNewLabels: true))
        #expect(!Self.facts { $0.memory = nil }.isLookDue(hasNewLabels: true))
    }

    @Test("what is shown says what holds it: a freeze before a fault before a halt")
    func status() {
        #expect(Self.facts { $0.memory = nil }.status == nil)
        #expect(Self.facts().status?.held == nil)
        #expect(Self.facts { $0.watch.report = Self.report(halted: "diverged") }.status?.held == "diverged")
        let faulty = Self.facts {
            $0.watch.report = Self.report(halted: "diverged")
            $0.faultyFeature = "wind"
        }
        #expect(faulty.status?.held == "upstream fault in wind: it would be learnt")
        #expect(Self.facts { ($0.frozenBy, $0.faultyFeature) = ("ops", "wind") }.status?.held == "learning is frozen by ops")
        #expect(Self.facts().status.map { [$0.fresh, Int($0.base)] } == [1_000, 4])
    }
}
