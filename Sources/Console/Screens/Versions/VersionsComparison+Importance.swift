import Engine
import Learning

/// How much each column matters to two versions.
extension VersionComparison {
    /// Mean |SHAP| and what shuffling costs where both are known; else the shares of splits or weights, and why.
    static func importance(
        _ left: VersionSummary, _ right: VersionSummary, _ state: (left: ImportanceState, right: ImportanceState)
    ) -> [Section] {
        if let one = state.left.found, let other = state.right.found { return [sizes(one, other), losses(one, other)] }
        let rows = shares(left, right)
        guard !rows.isEmpty else { return [] }
        return [
            Section(
                title: "importance, share of splits or weights",
                rows: rows + [plain("mean |SHAP|", state.left.words, state.right.words, isSame: true)])
        ]
    }

    private static func sizes(_ left: GlobalImportance, _ right: GlobalImportance) -> Section {
        let (a, b) = (byFeature(left), byFeature(right))
        let rows = names(a.mapValues(\.meanAbsoluteContribution), b.mapValues(\.meanAbsoluteContribution)).map { name in
            let (old, new) = (a[name]?.meanAbsoluteContribution, b[name]?.meanAbsoluteContribution)
            let change = (new ?? 0) - (old ?? 0)
            let isSame = abs(change) < 0.000_05
            return Row(
                label: name, left: old.map(FigureText.quality), right: new.map(FigureText.quality),
                difference: isSame ? "" : FigureText.difference(change), verdict: isSame ? .same : .differs)
        }
        return Section(title: "importance, mean |SHAP|", rows: rows)
    }

    private static func losses(_ left: GlobalImportance, _ right: GlobalImportance) -> Section {
        let (a, b) = (byFeature(left), byFeature(right))
        func text(_ entry: GlobalImportance.Entry) -> String {
            // A minus is no dash.
            let dash = entry.permutationLower < 0 ? ".." : "-"
            let interval = FigureText.quality(entry.permutationLower) + dash + FigureText.quality(entry.permutationUpper)
            return "\(FigureText.quality(entry.permutation)) \(interval)"
        }
        let rows = names(a.mapValues(\.permutation), b.mapValues(\.permutation)).map { name in
            let (old, new) = (a[name], b[name])
            var row = Row(label: name, left: old.map(text), right: new.map(text), difference: "", verdict: .differs)
            guard let old, let new else { return row }
            let isApart = old.permutationUpper < new.permutationLower || new.permutationUpper < old.permutationLower
            // Within the intervals a difference may be chance.
            row.verdict = isApart ? .differs : .same
            row.difference = isApart ? FigureText.difference(new.permutation - old.permutation) : ""
            return row
        }
        let metric = left.metric == right.metric ? left.metric : "\(left.metric) and \(right.metric)"
        return Section(title: "importance, what shuffling costs in \(metric) (= within the intervals)", rows: rows)
    }

    private static func shares(_ left: VersionSummary, _ right: VersionSummary) -> [Row] {
        func shares(_ version: VersionSummary) -> [String: Double] {
            Dictionary(version.importance.map { ($0.feature, $0.value) }) { first, _ in first }
        }
        let (a, b) = (shares(left), shares(right))
        return names(a, b).map { name in
            let change = ((b[name] ?? 0) - (a[name] ?? 0)) * 100
            let isSame = abs(change) < 0.05
            return Row(
                label: name, left: a[name].map(FigureText.share), right: b[name].map(FigureText.share),
                difference: isSame ? "" : (change > 0 ? "+" : "-") + FigureText.figure(abs(change)) + " points",
                verdict: isSame ? .same : .differs)
        }
    }

    private static func byFeature(_ importance: GlobalImportance) -> [String: GlobalImportance.Entry] {
        Dictionary(importance.entries.map { ($0.feature, $0) }) { first, _ in first }
    }

    /// The columns that matter most to either side.
    private static func names(_ left: [String: Double], _ right: [String: Double]) -> [String] {
        let all = Set(left.keys).union(right.keys).sorted {
            let (one, other) = (max(left[$0] ?? 0, right[$0] ?? 0), max(left[$1] ?? 0, right[$1] ?? 0))
            return one != other ? one > other : $0 < $1
        }
        return Array(all.prefix(importanceRows))
    }
}
