import Foundation

/// Says what is probably behind an incident: candidates from what columns, answers, labels and the service do, ranked.
///
/// Deterministic: the same incident gives the same report. Complexity: O(rows · columns · log bins) and what its parts say; 6,000 rows of 7 columns take 10 ms.
/// Never in the hot path.
package enum CauseFinder {
    /// Scores of raw rows by the champion; nil for a row that it cannot take.
    package typealias Scorer = @Sendable (_ row: [Double]) -> Double?

    /// Causes that are told.
    private static let most = 8
    /// Rows that an undoing is scored on.
    private static let replayed = 400

    /// What is probably behind it.
    ///
    /// - Parameter scorer: gives the champion's scores of rows with a cause undone; nil: nothing is scored anew, and it says so.
    package static func find(_ incident: Incident, scorer: Scorer? = nil) -> CauseReport {
        let columns = ColumnCauses(incident)
        var candidates =
            columns.candidates() + AnswerCauses(incident: incident).candidates() + LabelCauses(incident: incident).candidates()
            + ServiceCauses(incident: incident).candidates()
        merge(&candidates)
        for index in candidates.indices { replay(&candidates[index], incident, scorer) }
        ruleOut(&candidates, slice: columns.slice)
        var causes = candidates.map { candidate in
            var cause = candidate.cause
            cause.score = cause.isRuledOut ? 0 : candidate.score
            return cause
        }
        causes.sort { ($0.score, $1.kind.rank, $1.columns.first ?? "") > ($1.score, $0.kind.rank, $0.columns.first ?? "") }
        causes += innocent(incident, causes, columns)
        return CauseReport(
            deployment: incident.deployment, asOf: incident.asOf, from: incident.rows.times.first, rows: incident.rows.count,
            labels: incident.rows.truths.count { $0.isFinite }, causes: Array(causes.prefix(most)), lacks: lacks(incident, columns))
    }

    /// A version that is worse and slower is one cause.
    private static func merge(_ candidates: inout [Candidate]) {
        let deploys = candidates.indices.filter { candidates[$0].cause.kind == .deploy }
        guard deploys.count == 2, let (first, second) = deploys.first.map({ ($0, deploys[1]) }) else { return }
        candidates[first].cause.evidence.append(candidates[second].cause.verdict)
        candidates[first].strength = max(candidates[first].strength, candidates[second].strength)
        candidates.remove(at: second)
    }

    // MARK: What follows from another cause

    /// What a broken column or a lack of labels explains is no cause of its own, if that was there first.
    private static func ruleOut(_ candidates: inout [Candidate], slice: Int) {
        let faults = candidates.filter(\.isInputFault)
        let late = candidates.first { $0.cause.kind == .lateClass }
        for index in candidates.indices where candidates[index].cause.kind == .concept {
            let row = candidates[index].row ?? 0
            if let fault = faults.first(where: { ($0.row ?? 0) <= row + slice }) {
                candidates[index].cause.isRuledOut = true
                candidates[index].cause.evidence.insert(
                    "it began with or after a fault of \(CauseWords.names(fault.cause.columns)), which explains it", at: 0)
            } else if late != nil {
                candidates[index].cause.isRuledOut = true
                candidates[index].cause.evidence.insert("the labels that lack explain it: those that come are no fair sample", at: 0)
            }
            if candidates[index].cause.isRuledOut { candidates[index].cause.next = nil }
        }
    }

    /// Deploys that look like it and are not: they came after it had begun, or nothing of what they do is seen.
    private static func innocent(_ incident: Incident, _ causes: [Cause], _ columns: ColumnCauses) -> [Cause] {
        guard let first = causes.first, !first.isRuledOut, first.kind != .deploy else { return [] }
        return incident.events.filter { $0.kind == .deploy }.suffix(3).map { event in
            let onset = first.onset ?? .min
            let isAfter = event.time > onset
            var cause = Cause(
                .deploy, onset: event.time,
                verdict: "'\(event.text)' is not the cause" + (isAfter ? ": it came after the onset" : ""))
            cause.isRuledOut = true
            if !isAfter {
                cause.evidence = [
                    first.columns.isEmpty
                        ? "answers of the versions beside each other do not show it"
                        : "no version changes what \(CauseWords.names(first.columns)) \(first.columns.count == 1 ? "holds" : "hold")"
                ]
            }
            return cause
        }
    }

    // MARK: Undoing

    private static func replay(_ candidate: inout Candidate, _ incident: Incident, _ scorer: Scorer?) {
        guard candidate.cause.replay == nil, candidate.cause.replayLack == nil else { return }
        guard let undo = candidate.undo, let row = candidate.row else {
            candidate.cause.replayLack = "not tried: there is nothing to put in the place of what changed"
            return
        }
        guard let scorer else {
            candidate.cause.replayLack = "not tried: the champion is not in memory to be asked"
            return
        }
        let rows = incident.rows
        func places(_ range: Range<Int>) -> [Int] {
            Array(stride(from: range.lowerBound, to: range.upperBound, by: max(1, range.count / replayed)))
        }
        let before = places(0..<row).map { rows.scores[$0] }.filter(\.isFinite)
        let since = places(row..<rows.count)
        var (now, undone): ([Double], [Double]) = ([], [])
        for place in since {
            var values = rows.row(place)
            guard let own = scorer(values), own.isFinite else { continue }
            undo(&values, place)
            guard let other = scorer(values), other.isFinite else { continue }
            now.append(own)
            undone.append(other)
        }
        guard !now.isEmpty else {
            candidate.cause.replayLack = "not tried: the champion cannot take these rows"
            return
        }
        guard !before.isEmpty, let usual = DependentMean(before), let current = DependentMean(now) else {
            candidate.cause.replayLack = "not tried: it began before all rows that were looked at"
            return
        }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        var replay = CauseReplay(before: usual.mean, since: current.mean, undone: mean(undone), rows: now.count)
        let move = abs(replay.since - replay.before)
        let error = (usual.standardError * usual.standardError + current.standardError * current.standardError).squareRoot()
        if move > 4 * error {
            let share = min(1, max(0, 1 - abs(replay.undone - replay.before) / move))
            replay.share = share
            candidate.explains = (candidate.explains + max(share, 0.5)) / 2
        }
        candidate.cause.replay = replay
    }

    private static func lacks(_ incident: Incident, _ columns: ColumnCauses) -> [String] {
        var lacks: [String] = []
        let rows = incident.rows
        if rows.count < columns.slice {
            lacks.append("only \(rows.count) answers are in the log: \(columns.slice) are needed to judge columns")
        }
        if rows.truths.count(where: \.isFinite) < 200 {
            lacks.append("too few answers have their truth: whether they are right otherwise than before is not known")
        }
        if incident.signals.isEmpty { lacks.append("latency and errors were not measured") }
        if incident.importance.isEmpty { lacks.append("how much each column matters is not known yet: all count alike") }
        let moving = columns.judge.moving.sorted().map { columns.judge.features[$0].name }
        if !moving.isEmpty {
            lacks.append("the training's rows came in no order, and \(CauseWords.names(moving)) moves by itself: its shape is not judged")
        }
        return lacks
    }
}

extension CauseKind {
    /// The more specific ones come first where scores are the same.
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
