import Foundation

/// Whether the truth comes as it did.
struct LabelCauses {
    let incident: Incident
    /// Labels that must be lacking.
    private static let least = 30.0
    private static let level = 1e-6

    private var rows: IncidentRows { incident.rows }

    /// The candidates.
    ///
    /// Complexity: O(rows log rows).
    func candidates() -> [Candidate] { [stopped() ?? lateClass()].compactMap(\.self) }

    /// No label has come for longer than ever before, where many should have.
    private func stopped() -> Candidate? {
        let times = rows.received.filter { $0 > 0 }.sorted()
        guard times.count >= 50, let first = times.first, let last = times.last, last > first else { return nil }
        // The newest quarter of an hour of silence must not be its own yardstick.
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        let silence = incident.asOf - last
        let rate = Double(times.count) / Double(last - first)
        let expected = rate * Double(silence)
        let answers = rows.times.count { $0 > last }
        guard silence > 3 * (gaps.max() ?? 0), expected >= Self.least, Double(answers) >= Self.least else { return nil }
        var cause = Cause(
            .labels, onset: last,
            verdict: "no label has come for \(silence / 1_000) s, while answers go on: the label pipeline stands still")
        cause.evidence = [
            "about \(Figures.grouped(Int(expected.rounded()))) labels should have come in that time; the longest pause before was \((gaps.max() ?? 0) / 1_000) s",
            "\(Figures.grouped(answers)) answers since then",
        ]
        cause.replayLack = "there is nothing to undo: answers do not depend on labels"
        cause.next = "tell the owner of the labels; answers are as they were, quality is judged on what came before"
        return Candidate(cause, row: rows.times.firstIndex { $0 > last }, strength: 1 - exp(-expected / 100), explains: 0.8)
    }

    /// Labels of one of two classes are far fewer than they were, and rows without a label are more by as many.
    private func lateClass() -> Candidate? {
        guard rows.isProbability else { return nil }
        let delays = zip(rows.received, rows.times).filter { $0.0 > 0 }.prefix(rows.count / 2).map { $0 - $1 }.sorted()
        guard delays.count >= 100 else { return nil }
        // Rows that have had the time that nearly all labels took before.
        let patience = delays[delays.count * 95 / 100]
        let mature = (0..<rows.count).filter { rows.times[$0] <= incident.asOf - patience }
        guard mature.count >= 300 else { return nil }
        func share(_ places: some Collection<Int>, _ test: (Double) -> Bool) -> Double {
            Double(places.count { test(rows.truths[$0]) }) / Double(max(1, places.count))
        }
        for value in [1.0, 0] {
            guard let step = StepSearch.find(mature.map { rows.truths[$0] == value ? 1 : 0 }, least: 100), step.pValue <= Self.level,
                step.since < 0.5 * step.before
            else { continue }
            let (before, since) = (mature[..<step.position], mature[step.position...])
            let other = (before: share(before) { $0 == 1 - value }, since: share(since) { $0 == 1 - value })
            let silent = (before: share(before) { $0.isNaN }, since: share(since) { $0.isNaN })
            guard other.before > 0, other.since >= 0.75 * other.before, silent.since - silent.before >= 0.5 * (step.before - step.since)
            else {
                continue
            }
            let row = mature[step.position]
            var cause = Cause(
                .lateClass, onset: rows.times[row],
                verdict:
                    "labels of one class (\(value == 1 ? "1, the positive one" : "0")) come late or not at all, the other's come as before")
            cause.evidence = [
                "of the rows that have had their time it is the label in \(CauseWords.percent(step.since)), \(CauseWords.percent(step.before)) before; the other \(CauseWords.percent(other.since)), \(CauseWords.percent(other.before)) before",
                "\(CauseWords.percent(silent.since)) of these rows have no label, \(CauseWords.percent(silent.before)) before: realized quality is biased by that",
            ]
            cause.replayLack = "labels that have not come cannot be asked"
            cause.next = "F freezes learning: it would learn from one class; tell the owner of the labels"
            return Candidate(cause, row: row, strength: 1 - step.since / max(1e-12, step.before), explains: 0.85)
        }
        return nil
    }
}
