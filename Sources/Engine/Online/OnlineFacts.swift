import Learning
import Tabular

/// What is known of a deployment's online learning, as plain values: where it goes on from, what holds it, what is due.
package struct OnlineFacts {
    /// After an attempt that came to nothing a policy waits this long, milliseconds.
    static let retryMilliseconds: Int64 = 10_000

    /// The policy's section.
    package var policy: OnlinePolicy
    /// Where it goes on from; nil where the champion's algorithm does not learn online, or the policy does not want it.
    package var memory: OnlineMemory?
    /// What the learner said last, and what is under way.
    package var watch: OnlineWatch
    /// Who froze learning here, if somebody did.
    package var frozenBy: String?
    /// A feature that nothing may be learnt from now.
    package var faultyFeature: String?
    /// Why it is not known when values were missing, if it is not.
    package var hiddenFaults: String?
    /// Who answers: what the policy says, else the workspace.
    package var answer = OnlineAnswer.versions

    /// - Parameter frozenBy: who froze learning here.
    init(_ facts: DeploymentFacts, frozenBy: String?, hiddenFaults: String? = nil, standard: OnlineAnswer = .versions) {
        answer = facts.policy.online.answer ?? standard
        policy = facts.policy.online
        watch = facts.online
        self.frozenBy = frozenBy
        faultyFeature = facts.drift.untrustworthy
        self.hiddenFaults = hiddenFaults
        memory = Self.start(facts)
    }

    package init(policy: OnlinePolicy, memory: OnlineMemory?, watch: OnlineWatch, frozenBy: String? = nil, faultyFeature: String? = nil) {
        self.policy = policy
        self.memory = memory
        self.watch = watch
        self.frozenBy = frozenBy
        self.faultyFeature = faultyFeature
    }

    private static func start(_ facts: DeploymentFacts) -> OnlineMemory? {
        guard facts.policy.online.learns, facts.policy.automation != .manual, let champion = facts.championSummary,
            AlgorithmRegistry.learnsOnline(champion.algorithm)
        else { return nil }
        if let memory = facts.memory.online, facts.versions.line(memory.base) != nil { return memory }
        return OnlineMemory(base: champion.number)
    }

    /// Whether the learner itself is to answer, whether or not its guards let it.
    package var isLive: Bool { memory != nil && answer == .live }

    /// Why nothing may be learnt now; nil when it may.
    package var hold: String? {
        if let frozenBy { return "learning is frozen by \(frozenBy)" }
        if let hiddenFaults { return hiddenFaults }
        return faultyFeature.map { "upstream fault in \(SafeText.escape($0)): it would be learnt" }
    }

    /// Whether a learner is to look at the labels now: some have come, some wait for their rows, or it has never looked.
    package func isLookDue(hasNewLabels: Bool) -> Bool {
        guard memory != nil, hold == nil else { return false }
        guard let report = watch.report else { return true }
        return report.isWaiting || hasNewLabels
    }

    /// Whether a policy makes a version now: enough labels or enough time have gone by, and a copy has been judged.
    package func isPublicationDue(at now: Int64) -> Bool {
        guard let memory, let report = watch.report, hold == nil, report.halted == nil, !watch.isPublishing,
            now - watch.attempted >= Self.retryMilliseconds, now >= memory.quietUntil ?? 0, report.judged >= Training.minimumRows
        else { return false }
        return report.fresh >= policy.labels || now - (memory.published ?? 0) >= policy.interval
    }

    /// What is shown of it; nil where nothing is learnt online.
    package var status: OnlineStatus? {
        guard let memory else { return nil }
        var status = OnlineStatus(base: memory.base, publishLabels: policy.labels, publishInterval: policy.interval)
        status.published = memory.published
        status.quietUntil = memory.quietUntil
        status.held = hold ?? watch.report?.halted
        status.answer = answer
        status.stopped = memory.stopped?.reason
        guard let report = watch.report else { return status }
        status.learnt = report.learnt
        status.fresh = report.fresh
        status.rows = report.rows
        status.skipped = report.skipped
        status.primary = report.primary
        status.sides = report.sides
        return status
    }
}
