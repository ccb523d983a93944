import Engine
import Monitoring
import Testing

/// What the end of a training that made nothing means, without an engine.
@Suite("Job verdict")
struct JobVerdictTests {
    private static func verdict(_ end: TrainingEnd, trigger: PolicyTrigger? = nil, isStopping: Bool = false) -> JobVerdict {
        JobVerdict(end, of: JobFacts(id: 4, deployment: "d", attempts: 2, trigger: trigger, isStopping: isStopping), at: 50)
    }

    @Test("a job that the engine's stop interrupts waits again with what it has learnt, and nobody is told")
    func stopping() {
        let verdict = Self.verdict(.cancelled, trigger: .onDrift, isStopping: true)
        #expect(verdict.settlement == .requeued && verdict.keepsCheckpoint)
        #expect(verdict.change == nil && verdict.alert == nil && verdict.turnEnd == nil && !verdict.isDriftUnanswered)
    }

    @Test("a job that somebody cancels has ended, its checkpoint goes, and the drift stays answered")
    func cancelled() {
        let verdict = Self.verdict(.cancelled, trigger: .onDrift)
        #expect(verdict.settlement == .ended(.cancelled, error: nil) && !verdict.keepsCheckpoint)
        #expect(verdict.turnEnd == "cancelled" && !verdict.isDriftUnanswered && verdict.alert == nil)
    }

    @Test("a job that another attempt has is left alone, and the journal says so")
    func lost() {
        let verdict = Self.verdict(.lost)
        #expect(verdict.settlement == .discarded && verdict.keepsCheckpoint && verdict.turnEnd == nil)
        #expect(verdict.change?.summary == "discarded a late result of job 4: attempt 2 lost it")
    }

    @Test("what a freeze withholds is cancelled with the reason, and its drift is answered later")
    func withheld() {
        let verdict = Self.verdict(.withheld("learning is frozen by ops"), trigger: .onDrift)
        #expect(verdict.settlement == .ended(.cancelled, error: "learning is frozen by ops"))
        #expect(verdict.isDriftUnanswered && verdict.turnEnd == "learning is frozen by ops" && verdict.alert == nil)
    }

    @Test(
        "a failure is journalled and raises an alert, and only a drift's order is given again",
        arguments: [nil, .onDrift, .every] as [PolicyTrigger?])
    func failed(_ trigger: PolicyTrigger?) {
        let verdict = Self.verdict(.failed("no rows\u{1B}"), trigger: trigger)
        #expect(verdict.settlement == .ended(.failed, error: "no rows\u{1B}") && verdict.turnEnd == "failed: no rows\u{1B}")
        #expect(verdict.change?.summary.hasPrefix("job 4 failed: no rows") == true && verdict.change?.summary.contains("\u{1B}") == false)
        #expect(verdict.isDriftUnanswered == (trigger == .onDrift))
        guard case .found(let finding)? = verdict.alert else {
            Issue.record("no alert")
            return
        }
        #expect(finding == Finding(kind: .training, severity: .warning, title: "training of d failed: no rows\\u{1B}", onset: 50))
    }
}
