import Monitoring
import Store
import Tabular

extension EngineCore {
    /// Counts refused labels, and raises or ends the alert about them.
    func noteRefusedLabels(at current: Int64) {
        for (name, batch) in intake.takeRefusals() {
            guard let entry = entries[name] else { continue }
            let verdict = entry.refusals.take(batch)
            entry.labels.refused = entry.refusals.byReason
            switch verdict {
            case nil: break
            case .fewAreRefused:
                resolveAlert(name, kind: AlertKind.labels, because: "most labels are taken again")
            case .mostAreRefused(let refused, let labels):
                let reasons = entry.labels.refused.sorted { $0.value > $1.value }
                    .map { "\($0.value) \(TargetRefusal(rawValue: $0.key)?.words ?? $0.key)" }.joined(separator: ", ")
                let target = entry.record.schema?.target
                let wanted = target.map { $0.task == .regression ? "a number" : "one of \($0.classList)" } ?? "a class"
                raiseAlert(
                    name,
                    Finding(
                        kind: AlertKind.labels, severity: .warning,
                        title:
                            "\(refused) of the last \(labels) labels of \(name) were refused (since the start: \(reasons)): \(wanted) is wanted",
                        reasons: [], onset: current))
            }
        }
    }
}
