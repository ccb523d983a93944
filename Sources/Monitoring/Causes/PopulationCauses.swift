import Foundation
import Tabular

/// Columns that say nothing wrong and yet are other than they were: the mix of the traffic, or the population.
extension ColumnCauses {
    /// A column of known texts whose shares have moved, with the columns that follow from that.
    func mix(_ change: ColumnChange, _ left: [ColumnChange]) -> Candidate {
        let others = left.filter { $0.index != change.index }
        let followers = others.compactMap { other in
            explained(other, by: change).flatMap { $0 >= 0.6 ? (change: other, share: $0) : nil }
        }
        let names = [change.name] + followers.map(\.change.name)
        var cause = Cause(
            .mix, columns: names, onset: time(change.row),
            verdict: "the mix of the traffic has changed: \(CauseWords.names([change.name])) comes in other parts\(moved(change))")
        cause.evidence = [
            "PSI \(Figures.short(change.verdict.shape.psi)), usual here up to \(Figures.short(change.verdict.usual)); all its texts were in training"
        ]
        cause.evidence += followers.map { other, share in
            "the mix alone explains \(CauseWords.percent(share)) of what \(CauseWords.names([other.name])) has moved"
        }
        cause.next = "look which client or slice grew (Predictions, /); " + CauseWords.train
        let excess = followers.reduce(change.excess) { $0 + $1.change.excess }
        let share = others.isEmpty ? 0.8 : Double(followers.count) / Double(others.count)
        return Candidate(cause, row: change.row, strength: strength(excess, names), explains: 0.55 + 0.3 * share)
    }

    /// `: web 41 % (was 78 %)`, the text that moved most.
    private func moved(_ change: ColumnChange) -> String {
        let feature = judge.features[change.index]
        let now = judge.counts(change.row..<judge.incident.rows.count, only: change.index)
        let bins = now.bins(change.index)
        let shares = feature.categories.indices.map { bin in
            (
                feature.categories[bin], now: bins[bin] / max(1, now.rows),
                was: Double(feature.counts[bin]) / Double(max(1, judge.incident.profile.profile.rows))
            )
        }
        guard let most = shares.max(by: { abs($0.now - $0.was) < abs($1.now - $1.was) }) else { return "" }
        return ": \(CauseWords.names([most.0])) \(CauseWords.percent(most.now)) (training had \(CauseWords.percent(most.was)))"
    }

    /// How much of a column's move the new parts of another one explain, 0…1: rows before, weighed so that they have these parts
    /// (post-stratification); nil with too few of them.
    ///
    /// Complexity: O(rows · log bins).
    private func explained(_ other: ColumnChange, by change: ColumnChange) -> Double? {
        let count = judge.incident.rows.count
        let before = 0..<change.row
        guard before.count >= 250, count - change.row >= StretchTable.shortest else { return nil }
        let since = change.row..<count
        func parts(_ rows: Range<Int>) -> [Double: Double] {
            rows.reduce(into: [:]) { $0[judge.value(change.index, $1), default: 0] += 1 / Double(rows.count) }
        }
        let (was, now) = (parts(before), parts(since))
        let plain = judge.counts(before, only: other.index).bins(other.index)
        let target = judge.counts(since, only: other.index).bins(other.index)
        var weighed = [Double](repeating: 0, count: plain.count)
        for (text, share) in was {
            let rows = before.filter { judge.value(change.index, $0) == text }
            let weight = (now[text] ?? 0) / share
            for (bin, value) in judge.counts(rows, only: other.index).bins(other.index).enumerated() { weighed[bin] += weight * value }
        }
        let whole = Stability.psi(target, plain)
        return whole > 0 ? max(0, 1 - Stability.psi(target, weighed) / whole) : nil
    }

    /// What is left: columns that moved, at once or slowly.
    func population(_ left: [ColumnChange]) -> Candidate {
        let names = left.map(\.name)
        let row = left.map(\.row).min() ?? 0
        let gradual = left.filter { isGradual($0) }
        let isSeason = gradual.count * 2 > left.count
        let words = CauseWords.names(names)
        let have = names.count == 1 ? "has" : "have"
        var cause = Cause(
            isSeason ? .season : .population, columns: names, onset: time(row),
            verdict: isSeason
                ? "\(words) \(have) moved slowly, as a season does, to where the training has not been"
                : "the population has moved: \(words) \(have) another distribution, and nothing looks broken")
        cause.evidence = left.prefix(4).map { change in
            "\(CauseWords.names([change.name])): PSI \(Figures.short(change.verdict.shape.psi)), usual here up to \(Figures.short(change.verdict.usual))"
        }
        cause.evidence.append("no known unit, swap or mix explains it")
        cause.next = CauseWords.train
        let excess = left.map(\.excess).max() ?? 0
        return Candidate(
            cause, row: row, strength: strength(excess, names), explains: 0.6, undo: isSeason ? nil : refill(left.map(\.index), row))
    }

    private func isGradual(_ change: ColumnChange) -> Bool {
        guard judge.features[change.index].kind != .categorical else { return false }
        let count = judge.incident.rows.count
        let means = stride(from: count % slice, to: count, by: slice).map { start in
            let values = (start..<(start + slice)).map { judge.value(change.index, $0) }.filter(\.isFinite)
            return values.reduce(0, +) / Double(max(1, values.count))
        }
        return StepSearch.isGradual(means)
    }
}
