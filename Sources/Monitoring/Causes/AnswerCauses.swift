import Foundation

/// Whether answers are right otherwise than before: another relation between inputs and truth, or another version.
struct AnswerCauses {
    let incident: Incident
    /// Labelled rows below which nothing is said of either side.
    private static let least = 150
    /// The chance of a step that counts: many places are looked at.
    private static let level = 1e-7
    /// Versions are compared at one place only.
    private static let pairedLevel = 1e-4

    private var rows: IncidentRows { incident.rows }

    /// The candidates: a concept shift, a version that is worse.
    ///
    /// Complexity: O(labelled rows · lags).
    func candidates() -> [Candidate] { [deploy(), concept()].compactMap(\.self) }

    // MARK: Residuals at equal scores

    /// A figure of each labelled row that is zero on average wherever answers are calibrated, whatever the inputs are.
    private struct Contrast {
        var name: String
        var values: [Double]
        /// The least step that matters.
        var effect: Double
    }

    /// The scores that a change of versions does not touch: of the former version throughout, where it was asked.
    private var steadyScores: [Double] {
        guard let place = rows.switchRow, rows.former.count == rows.count else { return rows.scores }
        return rows.scores.indices.map { $0 >= place ? rows.former[$0] : rows.scores[$0] }
    }

    private func labelled(_ scores: [Double], from start: Int) -> [Int] {
        (start..<rows.count).filter { rows.truths[$0].isFinite && scores[$0].isFinite }
    }

    private func contrasts(_ scores: [Double], _ places: [Int]) -> [Contrast] {
        let residues = places.map { rows.truths[$0] - scores[$0] }
        let middle = places.map { scores[$0] }.sorted()[places.count / 2]
        let signs = places.map { scores[$0] >= middle ? 1.0 : -1 }
        if rows.isProbability {
            return [
                Contrast(name: "the truth less the score", values: residues, effect: 0.05),
                Contrast(
                    name: "the truth less the score, high scores against low ones", values: zip(residues, signs).map { $0 * $1 },
                    effect: 0.05),
                Contrast(
                    name: "squared error less what the scores promise",
                    values: zip(residues, places).map { $0 * $0 - scores[$1] * (1 - scores[$1]) }, effect: 0.05),
            ]
        }
        let first = residues.prefix(max(Self.least, residues.count / 3))
        let scale = max(1e-12, (first.reduce(0) { $0 + $1 * $1 } / Double(first.count)).squareRoot())
        let normed = residues.map { $0 / scale }
        return [
            Contrast(name: "the truth less the answer, in usual errors", values: normed, effect: 0.3),
            Contrast(
                name: "the truth less the answer, high answers against low ones", values: zip(normed, signs).map { $0 * $1 }, effect: 0.3),
            Contrast(name: "squared error, against the usual one", values: normed.map { $0 * $0 }, effect: 0.75),
        ]
    }

    private func concept() -> Candidate? {
        let scores = steadyScores
        // Without the former version's word on the same rows a change of versions is told by `deploy`.
        let start = scores == rows.scores ? rows.switchRow ?? 0 : 0
        let places = labelled(scores, from: start)
        guard places.count >= 2 * Self.least else { return nil }
        var best: (step: Step, contrast: Contrast)?
        for contrast in contrasts(scores, places) {
            guard let step = StepSearch.find(contrast.values, least: Self.least), step.pValue <= Self.level,
                abs(step.difference) >= contrast.effect
            else { continue }
            if best.map({ abs(step.difference) / contrast.effect > abs($0.step.difference) / $0.contrast.effect }) ?? true {
                best = (step, contrast)
            }
        }
        guard let (step, contrast) = best else { return nil }
        let row = places[step.position]
        var cause = Cause(
            .concept, onset: rows.times[row],
            verdict: "the same scores have another truth than before: the relation between inputs and truth has changed")
        cause.evidence = [
            "\(contrast.name): \(Figures.short(step.before)) before, \(Figures.short(step.since)) since, on \(Figures.grouped(places.count)) labels",
            "compared at equal scores: a shift of the inputs alone would not do this",
        ]
        cause.replayLack = "a changed world cannot be undone on logged rows"
        cause.next =
            "look at a few labels on Predictions: a source whose labels changed their meaning looks like this; if they are right, "
            + "t trains on labelled traffic"
        return Candidate(cause, row: row, strength: 1 - exp(-abs(step.difference) / contrast.effect), explains: 0.75)
    }

    // MARK: Versions

    private func loss(_ score: Double, _ truth: Double) -> Double { (score - truth) * (score - truth) }

    /// Whether the version that came last does worse than the one before it would have.
    private func deploy() -> Candidate? {
        guard let place = rows.switchRow, let version = rows.versions.last else { return nil }
        let former = rows.versions[place - 1]
        var cause = Cause(.deploy, onset: rows.times[place], verdict: "")
        cause.next = CauseWords.rollback
        if rows.former.count == rows.count { return paired(cause, place, version, former) ?? moved(cause, place, version, former) }
        cause.replayLack = "v\(former) is not in memory to be asked"
        let places = labelled(rows.scores, from: 0)
        guard let split = places.firstIndex(where: { $0 >= place }), split >= Self.least, places.count - split >= Self.least else {
            return nil
        }
        let bad = contrasts(rows.scores, places).compactMap { contrast in
            StepSearch.at(split, contrast.values).map { (contrast, $0) }
        }.filter { $1.pValue <= Self.pairedLevel / 10 && abs($1.difference) >= $0.effect }
        guard let (contrast, step) = bad.max(by: { abs($0.1.difference) / $0.0.effect < abs($1.1.difference) / $1.0.effect }) else {
            return nil
        }
        cause.verdict = "v\(version) answers instead of v\(former), and worse"
        cause.evidence = ["\(contrast.name): \(Figures.short(step.before)) before, \(Figures.short(step.since)) since it answers"]
        return Candidate(cause, row: place, strength: 1 - exp(-abs(step.difference) / contrast.effect), explains: 0.7)
    }

    /// Both versions on the same labelled rows.
    private func paired(_ cause: Cause, _ place: Int, _ version: UInt32, _ former: UInt32) -> Candidate? {
        let places = (place..<rows.count).filter {
            rows.truths[$0].isFinite && rows.former[$0].isFinite && rows.scores[$0].isFinite
        }
        guard places.count >= 50 else { return nil }
        let own = places.map { loss(rows.scores[$0], rows.truths[$0]) }
        let other = places.map { loss(rows.former[$0], rows.truths[$0]) }
        guard let gap = DependentMean(zip(own, other).map { $0 - $1 }), gap.mean > 0 else { return nil }
        let base = other.reduce(0, +) / Double(other.count)
        let ratio = gap.standardError > 0 ? gap.mean / gap.standardError : .infinity
        guard gap.mean >= 0.1 * base, FDistribution.upperTail(ratio * ratio, 1, gap.degrees) <= Self.pairedLevel else { return nil }
        var cause = cause
        cause.verdict = "v\(version) answers instead of v\(former), and worse: v\(former) would be right more often on the same rows"
        cause.evidence = [
            "mean squared error \(Figures.short(base + gap.mean)), v\(former) would have \(Figures.short(base)), on the same \(Figures.grouped(places.count)) labelled rows"
        ]
        func mean(_ scores: [Double], _ rows: [Int]) -> Double { rows.reduce(0) { $0 + scores[$1] } / Double(max(1, rows.count)) }
        cause.replay = CauseReplay(
            before: mean(rows.scores, Array(0..<place)), since: mean(rows.scores, places), undone: mean(rows.former, places),
            rows: places.count)
        return Candidate(cause, row: place, strength: 1 - exp(-4 * gap.mean / max(1e-12, base)), explains: 0.95)
    }

    /// Both versions on the same rows, of which too few have their truth: how far apart they are.
    private func moved(_ cause: Cause, _ place: Int, _ version: UInt32, _ former: UInt32) -> Candidate? {
        let places = (place..<rows.count).filter { rows.former[$0].isFinite && rows.scores[$0].isFinite }
        guard places.count >= 100, places.allSatisfy({ !rows.truths[$0].isFinite }) else { return nil }
        let old = places.map { rows.former[$0] }
        let (center, variance) = Moments.of(old)
        guard let gap = DependentMean(places.map { rows.scores[$0] - rows.former[$0] }), variance > 0 else { return nil }
        let effect = abs(gap.mean) / variance.squareRoot()
        guard effect >= 0.5, abs(gap.mean) > 5 * gap.standardError else { return nil }
        var cause = cause
        cause.verdict = "v\(version) answers otherwise than v\(former) would on the same rows; none of them has its truth yet"
        cause.evidence = ["mean score \(Figures.short(center + gap.mean)), v\(former) would give \(Figures.short(center))"]
        cause.replay = CauseReplay(before: center, since: center + gap.mean, undone: center, rows: places.count)
        cause.next = "label some of them, or R rolls back to the last good version"
        return Candidate(cause, row: place, strength: 1 - exp(-effect), explains: 0.7)
    }
}
