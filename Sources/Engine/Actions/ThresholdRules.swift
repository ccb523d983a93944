public import Learning
import Monitoring
import Tabular

/// Why a version's threshold cannot be another one now.
enum ThresholdRules {
    static func refusal(
        _ wanted: DecisionThreshold, former: DecisionThreshold?, _ version: VersionFacts, of deployment: RollOutFacts, _ freezes: [Freeze],
        _ asker: Asker
    ) -> ActionFailure? {
        let name = "\(deployment.name) v\(version.number)"
        if let target = deployment.target, target.task != .binary {
            return .refused(
                what:
                    "\(deployment.name) has no threshold: it predicts \(target.task == .regression ? "a number" : "one of several classes")",
                advice: "a threshold divides two classes")
        }
        guard DecisionThreshold.range.contains(wanted.value) else {
            return .invalid(what: "threshold of \(name)", advice: "say a probability from 0 to 1")
        }
        if let problem = wanted.basis.problem { return .invalid(what: "threshold of \(name)", advice: problem) }
        if version.state == .archived {
            return .refused(what: "\(name) is archived", advice: "its model is gone: train another version")
        }
        if let freeze = asker.freeze(freezes, of: deployment.name) {
            return .refused(what: "\(freeze.scope.words) is frozen by \(freeze.by)", advice: "unfreeze it first")
        }
        let present = former ?? DecisionThreshold(DecisionThreshold.standard, .standard)
        return present == wanted ? .refused(what: "\(name) calls from \(wanted.words) already", advice: "nothing to do") : nil
    }
}

extension DecisionThreshold {
    /// `0.31 on (best f1)`.
    public var words: String { "\(Figures.short(value)) on (\(basis.words))" }
}

extension Preview {
    /// What another threshold changes: who is called positive, and what that makes of the held-out rows.
    func threshold(_ number: UInt32, _ wanted: DecisionThreshold, _ report: VersionReport?) -> ActionPreview {
        let version = status?.version(number)
        let former = version?.decidesFrom ?? DecisionThreshold.standard
        var lines = [
            Line("changes", "v\(number) calls a row positive from \(wanted.words); until now from \(Figures.short(former)) on"),
            Line(
                "affects",
                status?.champion == number
                    ? affected("get the label by it from the next one on; scores stay as they are")
                    : "no answer yet: v\(number) is not the champion"),
        ]
        if let table = report?.decisions?.table {
            let (before, after) = (table.confusion(at: former), table.confusion(at: wanted.value))
            lines.append(Line("now", before.words))
            lines.append(Line("then", after.words, isConcern: after.called == 0 || after.called == after.rows))
        } else {
            lines.append(Line("held-out", "what it makes of the held-out rows is not known here: `flyball threshold` tells"))
        }
        lines.append(Line("undo", "u gives back the former threshold"))
        return ActionPreview(
            title: "Threshold of v\(number) of \(name)", button: "set", lines: lines, expected: expectation(champion: false))
    }
}

extension DecisionCounts {
    /// `41 hits, 8 false alarms, 12 misses, 339 passed: precision 0.837, recall 0.774`, of the held-out rows.
    public var words: String {
        func part(_ name: String, _ value: Double?) -> String { value.map { "\(name) \(Figures.short($0))" } ?? "no \(name)" }
        return "\(truePositives) hits, \(falsePositives) false alarms, \(falseNegatives) misses, \(trueNegatives) passed: "
            + "\(part("precision", precision)), \(part("recall", recall))"
    }
}
