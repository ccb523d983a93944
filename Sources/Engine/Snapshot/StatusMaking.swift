import Foundation
import Monitoring
import Store
import Tabular

extension DeploymentStatus {
    /// What is published of a deployment: a function of what is true of it, and of the time.
    ///
    /// What comes from elsewhere (its open job, its online learning, the fill of its window) is filled in by whoever publishes.
    init(_ facts: DeploymentFacts, at now: Int64) {
        self.init(name: facts.name)
        state = facts.state
        failure = facts.failure
        pausedAnswer = facts.state == .paused ? facts.memory.pausedAnswer : nil
        schema = facts.record.schema
        champion = facts.record.champion
        algorithm = (facts.championSummary ?? facts.versions.newest)?.algorithm
        lastKnownGood = facts.record.lastKnownGood
        advised = facts.advised
        versions = facts.versions.shown(roles: [champion, lastKnownGood, advised])
        // Until all are read: as many as there may be.
        versionCount = facts.versions.isWhole ? facts.versions.count : Int(facts.nextNumber) - 1
        referenceMeanScore = facts.champion?.reference.meanScore
        drift = facts.drift.report
        quality = facts.quality.status
        qualityEstimate = facts.quality.estimate.status
        tuning = facts.memory.tuning
        health = facts.health
        labels = facts.labels
        policy.automation = facts.policy.automation.rawValue
        policy.triggers = facts.policy.triggers
        policy.blocked = facts.blocked
        loop = facts.memory.loop
        predictions = facts.memory.predictions
        unlogged = facts.memory.unlogged
        markers = facts.markers.all
        categories = facts.categoryFill
        measure(facts, at: now)
    }

    /// What the last minute of traffic says.
    private mutating func measure(_ facts: DeploymentFacts, at now: Int64) {
        let minute = facts.traffic.minute
        requestsPerSecond = facts.traffic.requestsPerSecond(at: now)
        requestSpark = facts.traffic.spark(at: now)
        let own = minute.answering(champion: facts.record.champion)
        let requests = own.answered + own.failed
        errorRate = requests > 0 ? Double(own.failed) / Double(requests) : 0
        latencyP50Milliseconds = own.latency.milliseconds(0.5)
        latencyP99Milliseconds = own.latency.milliseconds(0.99)
        meanScore = own.rows > 0 ? own.scoreSum / Double(own.rows) : nil
        let live = facts.state == .live ? 1.0 : 0
        let loaded = facts.challengers.filter { facts.loaded[$0.version] != nil }
        if let champion = facts.record.champion {
            arms.append(ArmStatus(role: .champion, version: champion, share: live * (1 - (loaded.answering?.plan.share ?? 0)), of: minute))
        }
        for challenger in facts.challengers {
            let share = loaded.contains(challenger) ? live * challenger.plan.share : 0
            arms.append(ArmStatus(challenger, share: share, of: minute))
        }
        if !facts.challengers.isEmpty {
            challengers = facts.challengers.map {
                var status = ChallengerStatus($0, isLoaded: facts.loaded[$0.version] != nil, facts.arms, facts.truths)
                status.drift = facts.armDrifts.last(of: $0.version)
                return status
            }
        }
        if let answer = pausedAnswer {
            let version = answer.version ?? PausedAnswer.noVersion
            let isThere = answer.version.map { facts.loaded[$0] != nil } ?? true
            arms.append(ArmStatus(role: .fallback, version: version, share: isThere ? 1 : 0, of: minute))
        }
        if let good = facts.record.lastKnownGood, facts.challengers.of(good) == nil, pausedAnswer?.version != good {
            arms.append(ArmStatus(role: .lastGood, version: good, share: 0, of: minute))
        }
        // Others answer requests that name them.
        let others = Set(minute.arms.keys.map(\.version)).subtracting(arms.map(\.version) + [PausedAnswer.noVersion])
        for version in others.sorted() {
            arms.append(ArmStatus(role: .loaded, version: version, share: 0, of: minute))
        }
    }
}

extension ArmStatus {
    /// A version's part of a minute of traffic.
    init(role: ArmRole, version: UInt32, share: Double, of minute: LaneTotals) {
        self.init(role: role, version: version, share: share, did: minute.version(version), of: minute)
    }

    /// A challenger's part of a minute; of a shadow what it scored beside the answers.
    init(_ challenger: Challenger, share: Double, of minute: LaneTotals) {
        let arm = challenger.plan.kind.arm
        let did = arm == .shadow ? minute.arms[ArmKey(version: challenger.version, arm: arm)] : nil
        self.init(
            role: challenger.plan.kind.role, version: challenger.version, share: share, did: did ?? minute.version(challenger.version),
            of: minute)
    }

    private init(role: ArmRole, version: UInt32, share: Double, did own: ArmTotals, of minute: LaneTotals) {
        self.init(
            role: role, version: version, share: share, observedShare: Double(own.rows) / Double(max(1, minute.rows)),
            latencyP50Milliseconds: own.latency.milliseconds(0.5), latencyP99Milliseconds: own.latency.milliseconds(0.99),
            errors: Int(clamping: own.failed))
    }
}

extension ArmPlan.Kind {
    /// What a version with such a part is there for.
    var role: ArmRole {
        switch self {
        case .canary: .canary
        case .ab: .ab
        case .shadow: .shadow
        }
    }
}

extension LatencyHistogram {
    /// A quantile in milliseconds; nil without answers.
    func milliseconds(_ quantile: Double) -> Double? { count == 0 ? nil : Double(self.quantile(quantile)) / 1e6 }
}

/// What each store refuses, and why.
package struct StoreHealth {
    /// Changes that hold and are not journalled yet.
    var unwritten = 0
    /// Why the control store refuses writes, if it does.
    var control: String?
    /// Why the label store does.
    var labels: String?
    /// Why traffic is not logged.
    var telemetry: String?
    /// By how much the machine's clock is away from the engine's, milliseconds, when it has jumped; else 0.
    var clockAway: Int64 = 0

    package init(unwritten: Int = 0, control: String? = nil, labels: String? = nil, telemetry: String? = nil, clockAway: Int64 = 0) {
        self.clockAway = clockAway
        self.unwritten = unwritten
        self.control = control
        self.labels = labels
        self.telemetry = telemetry
    }

    /// What is said of a clock that has jumped.
    package static func clockWords(_ away: Int64) -> String {
        let hours = Double(away) / 3_600_000
        let size = abs(hours) < 48 ? String(format: "%.1f hours", abs(hours)) : String(format: "%.0f days", abs(hours) / 24)
        return
            "the machine's clock has jumped by \(size) \(away < 0 ? "back" : "ahead"): flyball goes on by its own time: set the clock right, "
            + "or start flyball again under the new date"
    }

    /// What the red banner says; nil when every store takes writes and the journal is whole.
    package var banner: String? {
        if unwritten > 0 {
            return "\(unwritten) changes hold and are not journalled yet: \(control ?? "the control store refuses writes")"
        }
        if let control { return "control store refuses writes: \(control)" }
        if let labels { return "label store refuses writes: \(labels)" }
        if let telemetry { return "traffic is not logged: \(telemetry)" }
        return clockAway == 0 ? nil : Self.clockWords(clockAway)
    }
}
