package import Monitoring

/// The four lights of one deployment, how long each signal has been what it is, and what that means for its alerts.
package struct HealthWatch: Equatable {
    /// How long a service signal stays in its bounds before its alert resolves, milliseconds.
    package static let calmMilliseconds: Int64 = 30_000
    /// The service signals that raise alerts, by the name of their reason.
    private static let alarms: [(kind: AlertKind, signal: String)] = [
        (.errors, ServiceSignal.errorRate), (.latency, ServiceSignal.p99),
    ]

    /// What it judges.
    package struct Facts {
        /// The deployment, for the alerts' titles.
        var deployment: String
        /// The last minute's traffic, as the champion answered it.
        var minute: ArmTotals
        /// The latency budget, milliseconds.
        var budgetMilliseconds: Double
        /// Whether the champion does not load.
        var isBroken: Bool
        /// The verdict on the last closed drift window.
        var report: DriftReport?
        /// Features whose missing rate has jumped.
        var broken: [MissingChange]
        /// Which of the two drift alarms are raised.
        var raised: DataSignal.Raised
        /// The quality light and its reason; nil while nothing is known.
        var quality: HealthReason?
        /// Stuck columns, and rows that come again.
        var sensors: [HealthReason]
        /// What its answers promise without their truth, which lights nothing; nil while nothing is known.
        var estimated: HealthReason?
        /// How often the policy wants a new champion, milliseconds, and when this one was trained; nil where one of them is unknown.
        var age: (every: Int64, trained: Int64)?
        /// Kinds of the open alerts.
        var open: Set<AlertKind>

        package init(
            deployment: String, minute: ArmTotals, budgetMilliseconds: Double, isBroken: Bool = false, report: DriftReport? = nil,
            broken: [MissingChange] = [], raised: DataSignal.Raised = .init(), quality: HealthReason? = nil, estimated: HealthReason? = nil,
            sensors: [HealthReason] = [],
            age: (every: Int64, trained: Int64)? = nil,
            open: Set<AlertKind> = []
        ) {
            self.deployment = deployment
            self.minute = minute
            self.budgetMilliseconds = budgetMilliseconds
            self.isBroken = isBroken
            self.report = report
            self.broken = broken
            self.raised = raised
            self.quality = quality
            self.estimated = estimated
            self.sensors = sensors
            self.age = age
            self.open = open
        }
    }

    package init() {}

    /// The last verdict.
    package private(set) var health = Health(service: .unknown, data: .unknown, quality: .unknown, freshness: .unknown, reasons: [])
    /// When each light of a signal turned to what it is now.
    private var since: [String: Int64] = [:]
    /// Since when a service signal with an open alert is back in its bounds.
    private var calmSince: [AlertKind: Int64] = [:]

    /// Judges; says what that means for the alerts.
    package mutating func judge(_ facts: Facts, at now: Int64) -> [AlertEvent] {
        let service = Lights.service(facts.minute, budgetMilliseconds: facts.budgetMilliseconds)
        let data = Lights.data(report: facts.report, broken: facts.broken, raised: facts.raised)
        let reasons = (service.reasons + data.reasons + facts.sensors + [facts.quality, facts.estimated].compactMap(\.self)).map {
            keepSince($0, at: now)
        }
        // A reason that is gone and comes back later begins anew.
        let standing = Set(reasons.map(Self.key))
        since = since.filter { standing.contains($0.key) }
        health = Health(
            service: facts.isBroken ? .alert : service.light, data: max(data.light, facts.sensors.map(\.light).max() ?? .ok),
            quality: facts.quality?.light ?? .unknown,
            freshness: facts.age.map { Lights.freshness(age: now - $0.trained, every: $0.every) } ?? .unknown, reasons: reasons)
        return Self.alarms.compactMap { alarm($0.kind, $0.signal, facts, at: now) }
    }

    /// An alarm is raised at once, and resolved after half a minute without cause: a figure that hovers at its bound is one alert.
    private mutating func alarm(_ kind: AlertKind, _ signal: String, _ facts: Facts, at now: Int64) -> AlertEvent? {
        let bad = health.reasons.filter { $0.signal == signal && $0.light == .alert }
        if let worst = bad.first {
            calmSince[kind] = nil
            return .found(
                Finding(
                    kind: kind, severity: .critical, title: "\(facts.deployment): \(worst.text)", reasons: bad, onset: worst.since))
        }
        guard facts.open.contains(kind) else { return nil }
        let calm = calmSince[kind] ?? now
        calmSince[kind] = calm
        guard now - calm >= Self.calmMilliseconds else { return nil }
        calmSince[kind] = nil
        return .over(kind, because: "\(signal) is back in its bounds")
    }

    /// A reason keeps its `since` for as long as its light stays the same.
    private mutating func keepSince(_ reason: HealthReason, at now: Int64) -> HealthReason {
        var reason = reason
        let key = Self.key(reason)
        if let since = since[key] {
            reason.since = since
        } else {
            if reason.since == 0 { reason.since = now }
            since[key] = reason.since
        }
        return reason
    }

    private static func key(_ reason: HealthReason) -> String { "\(reason.signal) \(reason.subject ?? "") \(reason.light.rawValue)" }
}
