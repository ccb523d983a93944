import Logging
import Monitoring
import Store

extension EngineCore {
    /// Raises an alert, or brings the open one of the same kind up to date.
    func raiseAlert(_ deployment: String, _ finding: Finding) { tell([.found(finding)], of: deployment) }

    /// Resolves the open alert of that kind, if there is one.
    func resolveAlert(_ deployment: String, kind: AlertKind, because reason: String) {
        tell([.over(kind, because: reason)], of: deployment)
    }

    /// Takes what a watch has to say about a deployment's alerts.
    func tell(_ events: [AlertEvent], of deployment: String) {
        for event in events {
            if let step = alerts.step(event, of: deployment, at: now()) { take(step) }
        }
    }

    /// Lets acknowledged alerts fire again when their time is over.
    func expireAcknowledgements(at current: Int64) { for step in alerts.expired(at: current) { take(step) } }

    func acknowledge(
        _ id: Int64, until: Int64?, note: String?, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) -> Receipt {
        if let unreadable = damage.alerts.first(where: { $0.id == id }) {
            throw .refused(what: unreadable.title, advice: "see `flyball doctor`")
        }
        let step = try alerts.acknowledged(
            id, until: until, note: note, reason: request.reason, by: who.journalName, at: now())
        guard let change = step.change else { throw .refused(what: "alert \(id)", advice: "nothing to do") }
        let (row, nanoseconds) = try commit(change, by: who) { if step.alert.id > 0 { try $0.put(try step.alert.record()) } }
        hold(step)
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    /// Writes a step, then lets it hold.
    ///
    /// An alert must show even when it cannot be stored: it is written when the store takes writes again.
    private func take(_ step: AlertStep) {
        guard let change = step.change else { return hold(step) }
        guard alerts.unstored.isEmpty else {
            alerts.keepUnstored(step)
            return hold(step)
        }
        var stored = step
        do {
            _ = try commit(change, by: .engine) { transaction in
                if stored.alert.id < 0 { stored.alert.id = try transaction.nextAlertNumber() }
                try transaction.put(try stored.alert.record())
            }
            hold(stored)
        } catch {
            alerts.keepUnstored(step)
            hold(step)
            if step.message == .firing { entries[step.alert.deployment]?.mark(.alert, step.alert.title, at: step.alert.raisedAt) }
        }
    }

    private func hold(_ step: AlertStep) {
        alerts.take(step)
        if let message = step.message { webhook?.send(step.alert, event: message, workspace: workspace.name) }
        isDirty = true
        if step.message == .firing, step.alert.cause == nil, step.alert.kind.isExplained { explain(step.alert) }
    }

    /// Looks for what is behind an alert, aside: it is shown with it, stored with its next step, and told in the journal when it is over.
    private func explain(_ alert: Alert) {
        services.errands.begin()
        Task {
            let content = await causes(alert.deployment, on: maintenance, asksImportance: false)
            if case .causes(let report) = content, report.isTelling,
                let step = alerts.explained(alert.kind, of: alert.deployment, cause: report.headline)
            {
                hold(step)
                publish()
            }
            services.errands.end()
        }
    }

    /// Writes the alerts that hold in memory only, in the order in which things happened.
    ///
    /// Called each second; does nothing while the store refuses.
    func storeAlerts() {
        let steps = alerts.unstored
        guard !steps.isEmpty, journal.unwritten.isEmpty, journal.failure == nil else { return }
        let time = now()
        let latest = Dictionary(alerts.all.map { ($0.id, $0) }) { first, _ in first }
        do {
            let (numbers, rows) = try stores.control.write { transaction in
                var numbers: [Int64: Int64] = [:]
                var rows: [JournalRow] = []
                for step in steps {
                    if step.alert.id < 0, numbers[step.alert.id] == nil { numbers[step.alert.id] = try transaction.nextAlertNumber() }
                    // Somebody may have acknowledged it since: what is stored is what holds now.
                    var latest = latest[step.alert.id] ?? step.alert
                    latest.id = numbers[latest.id] ?? latest.id
                    try transaction.put(try latest.record())
                    if let change = step.change { rows.append(try transaction.append(change.entry(by: .engine, at: time))) }
                }
                return (numbers, rows)
            }
            alerts.stored(steps.count, numbers: numbers)
            for row in rows { journal.remember(row) }
            logger.notice("\(steps.count) changes of alerts that held in memory only are stored now")
        } catch { noteControlFailure(error) }
    }
}
