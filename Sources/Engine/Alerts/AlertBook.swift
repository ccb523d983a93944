package import Monitoring
import Tabular

/// Something found wrong.
package struct Finding: Equatable {
    var kind: AlertKind
    var severity: Severity
    var title: String
    var reasons: [HealthReason]
    var onset: Int64

    package init(kind: AlertKind, severity: Severity, title: String, reasons: [HealthReason] = [], onset: Int64) {
        self.kind = kind
        self.severity = severity
        self.title = title
        self.reasons = reasons
        self.onset = onset
    }
}

/// What somebody who watches a deployment has to say about its alerts.
package enum AlertEvent: Equatable {
    /// This is wrong.
    case found(Finding)
    /// What was wrong is over: why.
    case over(AlertKind, because: String)
}

/// What becomes of one alert, and what is done about it.
package struct AlertStep: Equatable {
    /// The alert as it is from now on; a negative number until the store has given it one.
    package var alert: Alert
    /// What the journal says; nil where only what is shown changes.
    package var change: Change?
    /// What the webhook is told.
    package var message: WebhookEvent?
}

/// Open alerts and the latest resolved ones: what an event means for them.
///
/// It decides and remembers; whoever calls it writes, tells and publishes.
package struct AlertBook {
    /// Resolved alerts that are kept in memory.
    static let resolvedKept = 50
    /// Steps that wait for the store at most: the oldest give way.
    static let unstoredLimit = 500

    package init() {}

    package private(set) var open: [Alert] = []
    package private(set) var resolved: [Alert] = []
    /// Steps that the store refused, oldest first: they hold, and are written when it takes writes again.
    package private(set) var unstored: [AlertStep] = []
    private var provisional: Int64 = -1

    /// Open ones first, newest first.
    package var all: [Alert] { open.reversed() + resolved }

    /// Takes up what the store remembers; `latest` may hold open ones too.
    package mutating func restore(open records: [Alert], latest: [Alert]) {
        open = records.sorted { $0.id < $1.id }
        resolved = latest.filter { $0.state == .resolved }.sorted { $0.id > $1.id }
    }

    /// The open alert of that deployment and kind.
    package func open(_ deployment: String, kind: AlertKind) -> Alert? { open.first { $0.deployment == deployment && $0.kind == kind } }

    /// The kinds of a deployment's open alerts.
    package func openKinds(_ deployment: String) -> Set<AlertKind> { Set(open.lazy.filter { $0.deployment == deployment }.map(\.kind)) }

    // MARK: Decisions

    /// What an event makes of a deployment's alerts; nil where it changes nothing.
    package func step(_ event: AlertEvent, of deployment: String, at now: Int64) -> AlertStep? {
        switch event {
        case .found(let finding): found(finding, deployment, at: now)
        case .over(let kind, let reason): over(kind, deployment, because: reason, at: now)
        }
    }

    /// A new alert, or the open one of the same kind brought up to date: it gets worse, never milder, before it is over.
    private func found(_ finding: Finding, _ deployment: String, at now: Int64) -> AlertStep? {
        if var standing = open(deployment, kind: finding.kind) {
            guard standing.title != finding.title || standing.reasons != finding.reasons else { return nil }
            standing.title = finding.title
            standing.reasons = finding.reasons
            standing.severity = max(standing.severity, finding.severity)
            return AlertStep(alert: standing)
        }
        let alert = Alert(
            id: provisional, deployment: deployment, kind: finding.kind, severity: finding.severity, state: .firing, title: finding.title,
            reasons: finding.reasons, raisedAt: now, onset: finding.onset, runbook: finding.kind.runbook)
        let change = Change(
            verb: .alert, deployment: deployment, summary: finding.title, reason: nil,
            details: ["kind": finding.kind.rawValue, "severity": finding.severity.rawValue])
        return AlertStep(alert: alert, change: change, message: .firing)
    }

    private func over(_ kind: AlertKind, _ deployment: String, because reason: String, at now: Int64) -> AlertStep? {
        guard var alert = open(deployment, kind: kind) else { return nil }
        alert.state = .resolved
        alert.resolvedAt = now
        var details = ["alert": "\(alert.id)"]
        details["cause"] = alert.cause
        let change = Change(
            verb: .alertResolved, deployment: deployment, summary: "\(kind.rawValue) of \(deployment) resolved: \(reason)", reason: nil,
            details: details)
        return AlertStep(alert: alert, change: change, message: .resolved)
    }

    /// Somebody is on it.
    package func acknowledged(
        _ id: Int64, until: Int64?, note: String?, reason: String?, by who: String, at now: Int64
    ) throws(ActionFailure) -> AlertStep {
        guard var alert = all.first(where: { $0.id == id }) else { throw .notFound(kind: "alert", name: "\(id)", nearest: nil) }
        guard alert.state != .resolved else { throw .refused(what: "alert \(id) is resolved", advice: "nothing to do") }
        if let until, until <= now { throw .invalid(what: "acknowledged until a time that has passed", advice: "give a later one") }
        if let note, note.utf8.count > 1_000 { throw .invalid(what: "note longer than 1,000 bytes", advice: "shorten it") }
        alert.state = .acknowledged
        alert.acknowledgedBy = who
        alert.acknowledgedUntil = until
        alert.note = note
        let change = Change(
            verb: .acknowledge, deployment: alert.deployment,
            summary: "acknowledged \(alert.kind.rawValue) of \(alert.deployment)"
                + (until.map { " until \(TimeText.rfc3339($0))" } ?? "") + (note.map { ": \($0)" } ?? ""),
            reason: reason, details: ["alert": "\(id)"])
        return AlertStep(alert: alert, change: change, message: .acknowledged)
    }

    /// What is probably behind an open alert; nil where that changes nothing.
    package func explained(_ kind: AlertKind, of deployment: String, cause: String) -> AlertStep? {
        guard var alert = open(deployment, kind: kind), alert.cause != cause else { return nil }
        alert.cause = cause
        return AlertStep(alert: alert)
    }

    /// Acknowledged alerts whose time is over: they fire again.
    package func expired(at now: Int64) -> [AlertStep] {
        open.filter { alert in alert.state == .acknowledged && alert.acknowledgedUntil.map { $0 <= now } == true }.map { alert in
            var alert = alert
            alert.state = .firing
            alert.acknowledgedBy = nil
            alert.acknowledgedUntil = nil
            return AlertStep(alert: alert, message: .firing)
        }
    }

    // MARK: Memory

    /// Takes a step: from now on it holds.
    package mutating func take(_ step: AlertStep) {
        let alert = step.alert
        if alert.id <= provisional { provisional = alert.id - 1 }
        if alert.state == .resolved {
            open.removeAll { $0.id == alert.id }
            resolved.insert(alert, at: 0)
            if resolved.count > Self.resolvedKept { resolved.removeLast() }
        } else if let index = open.firstIndex(where: { $0.id == alert.id }) {
            open[index] = alert
        } else {
            open.append(alert)
        }
    }

    /// Keeps a step that the store refused.
    package mutating func keepUnstored(_ step: AlertStep) {
        unstored.append(step)
        if unstored.count > Self.unstoredLimit { unstored.removeFirst(unstored.count - Self.unstoredLimit) }
    }

    /// What was kept is stored: `numbers` are the ones that new alerts were given, by what they were called until then.
    package mutating func stored(_ count: Int, numbers: [Int64: Int64]) {
        unstored.removeFirst(count)
        for index in open.indices { open[index].id = numbers[open[index].id] ?? open[index].id }
        for index in resolved.indices { resolved[index].id = numbers[resolved[index].id] ?? resolved[index].id }
        open.sort { $0.id < $1.id }
    }
}
