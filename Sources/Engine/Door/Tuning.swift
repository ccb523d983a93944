import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Says something of a column: kept with the deployment, with its journal row in one transaction; the next window is judged by it.
    func tune(
        _ entry: DeploymentEntry, _ column: String, _ change: TuningChange, _ request: ActionRequest, by who: Operator
    ) throws(ActionFailure) -> Receipt {
        let current = now()
        let tuning = change.applied(to: entry.memory.tuning ?? DriftTuning(), column: column, by: who.journalName, at: current)
        var memory = entry.memory
        memory.tuning = tuning.isEmpty ? nil : tuning
        var record = entry.record
        record.payload = try storable { () throws(StoreFailure) in try memory.stored() }
        let (row, nanoseconds) = try commit(Self.change(change, column, request, of: entry.name), by: who) { try $0.update(record) }
        entry.write { facts in
            facts.record = record
            facts.memory = memory
        }
        return receipt(Self.change(change, column, request, of: entry.name), row: row, nanoseconds: nanoseconds)
    }

    private static func change(_ change: TuningChange, _ column: String, _ request: ActionRequest, of deployment: String) -> Change {
        let name = SafeText.escape(column)
        var reason = request.reason
        let summary: String
        var details = ["column": column]
        switch change {
        case .mute(let until, let words):
            summary = "muted \(name) of \(deployment)" + (until.map { " until \(TimeText.rfc3339($0))" } ?? "")
            reason = words ?? reason
            details["until"] = until.map { TimeText.rfc3339($0) }
        case .unmute: summary = "unmuted \(name) of \(deployment)"
        case .floor(let effect):
            let from = effect.map { "a PSI of \(Figures.short($0))" } ?? "the standard"
            summary = "\(name) of \(deployment) drifts from \(from) beyond what is expected"
            details["effect"] = effect.map { "\($0)" }
        }
        return Change(verb: request.action.facts.verb, deployment: deployment, summary: summary, reason: reason, details: details)
    }
}

extension Schema {
    /// The columns that are watched for drift: all but times.
    var watched: [String] { features.filter { $0.kind != .time }.map(\.name) }
}
