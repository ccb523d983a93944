import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Raises an alert, or brings the open one of the same kind up to date.
    func raiseAlert(_ deployment: String, _ finding: Finding) {
        if var standing = alerts.open(deployment, kind: finding.kind) {
            guard standing.title != finding.title || standing.reasons != finding.reasons else { return }
            standing.title = finding.title
            standing.reasons = finding.reasons
            standing.severity = max(standing.severity, finding.severity)
            alerts.put(standing)
            isDirty = true
            return
        }
        let current = now()
        var alert = Alert(
            id: 0, deployment: deployment, kind: finding.kind, severity: finding.severity, state: .firing, title: finding.title,
            reasons: finding.reasons, raisedAt: current, onset: finding.onset, runbook: Runbook.text(for: finding.kind))
        let change = Change(
            verb: "alert", deployment: deployment, summary: finding.title, reason: nil,
            details: ["kind": finding.kind, "severity": finding.severity.rawValue])
        var number: Int64 = 0
        do {
            _ = try commit(change, by: .engine) { transaction in
                number = try transaction.nextAlertNumber()
                alert.id = number
                try transaction.put(alert.record)
            }
        } catch {
            // An alert must show even when it cannot be stored: negative numbers are never stored ones.
            number = -Int64(alerts.open.count) - 1
        }
        alert.id = number
        alerts.put(alert)
        entries[deployment]?.mark("A", finding.kind, at: current)
        webhook?.send(alert, event: "firing", workspace: workspace.name)
        isDirty = true
    }

    /// Resolves the open alert of that kind, if there is one.
    func resolveAlert(_ deployment: String, kind: String, because reason: String) {
        guard var alert = alerts.open(deployment, kind: kind) else { return }
        alert.state = .resolved
        alert.resolvedAt = now()
        let change = Change(
            verb: "alert resolved", deployment: deployment, summary: "\(kind) of \(deployment) resolved: \(reason)", reason: nil,
            details: ["alert": "\(alert.id)"])
        let stored = alert
        _ = try? commit(change, by: .engine) { if stored.id > 0 { try $0.put(stored.record) } }
        alerts.close(alert)
        webhook?.send(alert, event: "resolved", workspace: workspace.name)
        isDirty = true
    }

    func acknowledge(
        _ id: Int64, until: Int64?, note: String?, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) -> Receipt {
        guard var alert = alerts.all.first(where: { $0.id == id }) else { throw .notFound(kind: "alert", name: "\(id)", nearest: nil) }
        guard alert.state != .resolved else { throw .refused(what: "alert \(id) is resolved", advice: "nothing to do") }
        if let until, until <= now() { throw .invalid(what: "acknowledged until a time that has passed", advice: "give a later one") }
        if let note, note.utf8.count > 1_000 { throw .invalid(what: "note longer than 1,000 bytes", advice: "shorten it") }
        alert.state = .acknowledged
        alert.acknowledgedBy = who.journalName
        alert.acknowledgedUntil = until
        alert.note = note
        let stored = alert
        let change = Change(
            verb: request.action.verb, deployment: alert.deployment,
            summary: "acknowledged \(alert.kind) of \(alert.deployment)" + (until.map { " until \(TimeText.rfc3339($0))" } ?? "")
                + (note.map { ": \($0)" } ?? ""),
            reason: request.reason, details: ["alert": "\(id)"])
        let (row, nanoseconds) = try commit(change, by: who) { if stored.id > 0 { try $0.put(stored.record) } }
        alerts.put(alert)
        webhook?.send(alert, event: "acknowledged", workspace: workspace.name)
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    /// Lets acknowledged alerts fire again when their time is over.
    func expireAcknowledgements(at current: Int64) {
        for var alert in alerts.open where alert.state == .acknowledged {
            guard let until = alert.acknowledgedUntil, until <= current else { continue }
            alert.state = .firing
            alert.acknowledgedBy = nil
            alert.acknowledgedUntil = nil
            alerts.put(alert)
            webhook?.send(alert, event: "firing", workspace: workspace.name)
            isDirty = true
        }
    }
}
