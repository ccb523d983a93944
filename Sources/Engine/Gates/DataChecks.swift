import Learning
import Monitoring
package import Tabular

/// Gate 4: what the rows themselves say against a version: a feature that gives the target away, one without values, one that never varies,
/// rows that occur more than once.
package struct DataChecks {
    /// A feature that ranks the target this well all by itself, on rows that it was not learnt from, is the target in disguise; less is a remark.
    static let leakArea = 0.99
    /// For regression: the share of the target's variance, by ranks, that one feature explains.
    static let leakExplained = 0.99
    /// For several classes: the share of their entropy that one feature takes away.
    static let leakEntropy = 0.95
    /// Findings that are said at most.
    private static let mostSaid = 50
    /// The champion relies on a feature from this share of its importance on.
    static let reliance = 0.05

    /// What the champion knows of its features.
    package struct Champion {
        var number: UInt32
        var profile: ReferenceProfile?
        var importance: [String: Double]
    }

    private let rows: LabelledRows
    private let holdout: LabelledRows?
    private let champion: Champion?
    private let allowed: Set<String>

    /// - Parameters:
    ///   - holdout: those of the rows that judge the version; nil when none of them was learnt from.
    ///   - allowed: features that a person allowed to tell the target by themselves.
    package init(rows: LabelledRows, holdout: LabelledRows? = nil, champion: Champion?, allowed: [String] = []) {
        self.allowed = Set(allowed)
        self.rows = rows
        self.holdout = holdout
        self.champion = champion
    }

    /// - Parameter pulse: called between the pieces of work: whoever asks shows that it is alive, and may end it.
    ///
    /// Complexity: O(features · rows), and what `Leakage` and `RepeatedRows` take.
    package func result<Stop: Error>(pulse: () throws(Stop) -> Void) throws(Stop) -> GateResult {
        var faults: [String] = []
        var remarks: [String] = []
        for (index, feature) in rows.schema.features.enumerated() where feature.kind != .time && feature.role != .weight {
            try pulse()
            let values = (0..<rows.count).lazy.map { rows.features[$0 * rows.schema.width + index] }.filter { !$0.isNaN }
            guard let first = values.first else {
                note(emptied(feature), otherwise: "\(feature.name) has no value in any row", &faults, &remarks)
                continue
            }
            if values.allSatisfy({ $0 == first }) { note(frozen(feature), otherwise: "\(feature.name) never varies", &faults, &remarks) }
        }
        for leak in Leakage.suspects(rows) {
            let limit = ["auc": Self.leakArea, "entropy": Self.leakEntropy][leak.metric] ?? Self.leakExplained
            if leak.strength < limit {
                remarks.append(leak.description)
            } else if allowed.contains(leak.name) {
                remarks.append("\(leak.description) (allowed by the order)")
            } else {
                faults.append(leak.description)
            }
        }
        let repeated = try RepeatedRows(rows, holdout: holdout, pulse: pulse)
        if repeated.isRemarkable {
            note(repeated.isFault ? repeated.description : nil, otherwise: repeated.description, &faults, &remarks)
        }
        let said = (faults.isEmpty ? remarks : faults).prefix(Self.mostSaid).map { SafeText.escape($0) }.joined(separator: "; ")
        let clean = "no feature of \(rows.schema.width) gives the target away, is empty or constant"
        return GateResult(
            name: "data checks", passed: faults.isEmpty, detail: said.isEmpty ? clean : said, warning: faults.isEmpty && !remarks.isEmpty)
    }

    private func note(_ fault: String?, otherwise remark: String, _ faults: inout [String], _ remarks: inout [String]) {
        if let fault { faults.append(fault) } else { remarks.append(remark) }
    }

    /// The same for few rows, which nobody waits for.
    package func result() -> GateResult { result {} }

    // MARK: Empty and constant

    /// Empty now, though the champion learnt from values: an upstream fault.
    private func emptied(_ feature: Feature) -> String? {
        guard let champion, let reference = champion.profile?.features.first(where: { $0.name == feature.name }),
            let total = champion.profile?.rows, total > 0, reference.missing * 2 < total
        else { return nil }
        return "\(feature.name) has no value in any row, but had for v\(champion.number): repair its source"
    }

    /// Constant now, though the champion relies on it.
    private func frozen(_ feature: Feature) -> String? {
        guard let champion, let share = champion.importance[feature.name], share >= Self.reliance else { return nil }
        return "\(feature.name) never varies, but v\(champion.number) relies on it (\(Figures.short(share * 100)) %): repair its source"
    }
}
