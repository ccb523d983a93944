import Engine
import Testing

/// What a policy decides, from facts alone.
@Suite("Policy decision")
struct PolicyDecisionTests {
    private static func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
        var policy = Policy()
        policy.minimumLabels = 100
        policy.cooldown = 1_000
        change(&policy)
        return policy
    }

    private static let drifting = PolicyFacts(now: 10_000, isDrifting: true, labels: 500)

    @Test("a drift that nobody has answered is answered, once")
    func drift() {
        #expect(Self.policy().decide(Self.drifting) == .train(trigger: .onDrift))
        var answered = Self.drifting
        answered.answeredDrift = true
        #expect(Self.policy().decide(answered) == .idle)
        #expect(Self.policy { $0.automation = .manual }.decide(Self.drifting) == .idle)
        #expect(Self.policy { $0.onDrift = false }.decide(Self.drifting) == .idle)
    }

    @Test("a person's return holds a policy back for its cool-down, and does not move what is due every so often")
    func quiet() {
        let daily = Self.policy {
            $0.every = 100_000
            $0.onDrift = false
        }
        var facts = PolicyFacts(now: 101_000, labels: 400, lastTraining: 1_000, championTrained: 1_000)
        facts.quietSince = 100_500
        #expect(daily.decide(facts) == .blocked("cooling down for 1 s more"))
        facts.now = 101_600
        #expect(daily.decide(facts) == .train(trigger: .every))
    }

    @Test("what holds a training back is said: a freeze, an upstream fault, the cool-down, too few labels")
    func blocked() {
        func decide(_ change: (inout PolicyFacts) -> Void) -> PolicyDecision {
            var facts = Self.drifting
            change(&facts)
            return Self.policy().decide(facts)
        }
        #expect(decide { $0.frozenBy = "ops" } == .blocked("learning is frozen by ops"))
        #expect(decide { $0.brokenFeature = "wind" } == .blocked("upstream fault in wind: a retrain would learn the fault"))
        #expect(decide { $0.lastTraining = 9_500 } == .blocked("cooling down for 1 s more"))
        #expect(decide { $0.quietSince = 9_500 } == .blocked("cooling down for 1 s more"))
        #expect(decide { $0.labelsAtLastTraining = 401 } == .blocked("99 new labels, needs 100"))
        #expect(decide { $0.hasOpenJob = true } == .idle)
    }

    @Test("a drop of quality trains where the policy asks for it, and not where it does not")
    func quality() throws {
        let low = {
            var facts = PolicyFacts(now: 10_000, labels: 500)
            facts.isQualityLow = true
            return facts
        }()
        #expect(Self.policy { $0.onQualityDrop = 0.02 }.decide(low) == .train(trigger: .onQualityDrop))
        #expect(Self.policy().decide(low) == .idle)
        #expect(Self.policy { $0.onQualityDrop = 0.02 }.decide(PolicyFacts(now: 10_000, labels: 500)) == .idle)
        let text = Self.policy { $0.onQualityDrop = 0.05 }.text
        #expect(try Policy.parse(text, deployment: "d").onQualityDrop == 0.05)
        #expect(throws: WorkspaceFailure.self) { try Policy.parse("[retrain]\non_quality_drop = 7\n", deployment: "d") }
    }

    @Test("a drift that was learnt from not long ago waits, and one that looks like a fault is left to a person")
    func waits() {
        var facts = Self.drifting
        facts.driftWait = 3
        #expect(Self.policy().decide(facts) == .blocked("a drift was learnt from not long ago: 3 windows more"))
        var fault = PolicyFacts(now: 10_000, labels: 500)
        fault.suspect = "carrier"
        #expect(
            Self.policy().decide(fault)
                == .blocked("carrier looks like a fault at its source, and not like another population: a person decides"))
        #expect(Self.policy { $0.onDrift = false }.decide(fault) == .idle)
    }

    @Test("labels and age order a training by themselves")
    func others() {
        let labels = Self.policy { $0.afterLabels = 400 }
        #expect(labels.decide(PolicyFacts(now: 1, labels: 400)) == .train(trigger: .afterLabels))
        #expect(labels.decide(PolicyFacts(now: 1, labels: 399)) == .idle)
        let age = Self.policy { $0.every = 5_000 }
        #expect(age.decide(PolicyFacts(now: 6_000, labels: 400, championTrained: 1_000)) == .train(trigger: .every))
        #expect(age.decide(PolicyFacts(now: 5_999, labels: 400, championTrained: 1_000)) == .idle)
        #expect(age.decide(PolicyFacts(now: 6_000, labels: 400, lastTraining: 2_000, championTrained: 1_000)) == .idle)
    }

    @Test(
        "a trigger's words are what policies, jobs and the journal of every release have", arguments: ["on_drift", "after_labels", "every"])
    func words(_ words: String) {
        let trigger = PolicyTrigger(rawValue: words)
        #expect(trigger.rawValue == words)
        if case .other = trigger { Issue.record("\(words) is not known") }
    }
}
