import Foundation
import Tabular

/// What has happened to the columns that are other than usual: each of them belongs to one cause, the most telling that holds when undone.
struct ColumnCauses {
    let judge: ColumnJudge
    let changes: [ColumnChange]
    /// Rows of a slice: how sharply a beginning is known.
    let slice: Int
    /// Rows that an undoing is tried on, at most.
    private static let tried = 2_000

    init(_ incident: Incident) {
        judge = ColumnJudge(incident)
        let search = ColumnChanges(judge)
        changes = search.find()
        slice = search.slice
    }

    private var incident: Incident { judge.incident }
    private var rows: IncidentRows { incident.rows }

    /// The candidates, in no order of importance.
    ///
    /// Complexity: O(changed columns · (units + columns) · rows · log bins), rows at most 2,000.
    func candidates() -> [Candidate] {
        var result: [Candidate] = []
        var left = changes
        func take(_ candidate: Candidate) {
            left.removeAll { candidate.cause.columns.contains($0.name) }
            result.append(candidate)
        }
        for stuck in stuckColumns() { take(stuck) }
        for change in left where change.statistic == .missing { take(missing(change)) }
        for change in left {
            guard left.contains(where: { $0.index == change.index }), let swap = swapped(change) else { continue }
            take(swap)
        }
        for change in left { if let unit = unit(change) { take(unit) } }
        for change in left where change.statistic == .new { take(new(change)) }
        for change in left where judge.features[change.index].kind == .categorical && left.contains(where: { $0.index == change.index }) {
            take(mix(change, left))
        }
        if !left.isEmpty { result.append(population(left)) }
        return result
    }

    // MARK: Weighing

    func time(_ row: Int) -> Int64? { row > 0 && rows.times.indices.contains(row) ? rows.times[row] : nil }

    func strength(_ excess: Double, _ columns: [String]) -> Double {
        // An average column weighs 1.
        let share = columns.reduce(0) { $0 + (incident.importance[$1] ?? 0) }
        let weight = incident.importance.isEmpty ? 1 : min(3, max(0.2, share * Double(incident.importance.count)))
        return 1 - exp(-2 * max(0, excess) * weight)
    }

    /// Rows from one on, the newest of them where there are many.
    private func sample(_ row: Int) -> Range<Int> { max(row, rows.count - Self.tried)..<rows.count }

    /// Rows just before one; empty where there are too few to say anything.
    private func before(_ row: Int) -> Range<Int> { row >= StretchTable.shortest ? max(0, row - Self.tried)..<row : 0..<0 }

    /// The values before take the place of those since, row by row.
    func refill(_ indices: [Int], _ row: Int) -> ((inout [Double], Int) -> Void)? {
        let before = before(row)
        guard !before.isEmpty else { return nil }
        let places = indices.map { incident.profile.profile.positions[$0] }
        return { values, row in
            let other = before.lowerBound + row % before.count
            for place in places { values[place] = self.rows.values[other * self.rows.width + place] }
        }
    }

    private func importance(_ name: String) -> String? {
        incident.importance[name].map { "\(CauseWords.names([name])) has \(CauseWords.percent($0)) of all importance" }
    }

    // MARK: Faults

    private func missing(_ change: ColumnChange) -> Candidate {
        let share = judge.missingShare(change.index, change.row..<rows.count)
        let usual = judge.trainingMissing(change.index)
        var cause = Cause(
            .missing, columns: [change.name], onset: time(change.row),
            verdict:
                "\(CauseWords.names([change.name])) is missing in \(CauseWords.percent(share)) of rows (training had \(CauseWords.percent(usual)))"
        )
        cause.evidence = [
            "PSI of its missing values \(Figures.short(change.verdict.missing.psi)), usual \(Figures.short(change.verdict.missing.expected))"
        ]
        cause.evidence += [importance(change.name)].compactMap(\.self)
        cause.next = CauseWords.freeze
        return Candidate(
            cause, row: change.row, strength: strength(change.excess, [change.name]), explains: 0.9,
            undo: refill([change.index], change.row))
    }

    private func stuckColumns() -> [Candidate] {
        guard var watch = SensorWatch(incident.profile.profile) else { return [] }
        var block = TrafficBlock(deployment: incident.deployment, width: rows.width, outputs: 0)
        block.times = rows.times
        block.features = rows.values
        block.versions = [UInt32](repeating: 0, count: rows.count)
        block.ids = [RowID](repeating: RowID(base: PredictionID(bits: 0), row: 0), count: rows.count)
        watch.see(block, version: 0)
        return watch.stuck(incident.categories).compactMap { stuck in
            guard let index = judge.features.firstIndex(where: { $0.name == stuck.feature }) else { return nil }
            let row = rows.times.firstIndex { $0 >= stuck.since } ?? 0
            var cause = Cause(
                .stuck, columns: [stuck.feature], onset: time(row),
                verdict:
                    "\(CauseWords.names([stuck.feature])) says \(SafeText.escape(stuck.value)) in \(Figures.grouped(stuck.rows)) rows in a row"
            )
            cause.evidence = ["the longest such stretch of the training has \(stuck.longestInTraining) rows, no wonder are \(stuck.usual)"]
            cause.evidence += [importance(stuck.feature)].compactMap(\.self)
            cause.next = CauseWords.freeze
            let length = Double(stuck.rows) / Double(max(1, stuck.usual))
            return Candidate(
                cause, row: row, strength: strength(length, [stuck.feature]), explains: 0.9, undo: refill([index], row))
        }
    }

    private func swapped(_ change: ColumnChange) -> Candidate? {
        guard judge.features[change.index].kind != .categorical else { return nil }
        let rows = sample(change.row)
        let own = change.verdict.shape.psi
        for other in judge.features.indices where other != change.index && judge.features[other].kind != .categorical {
            guard let otherNow = judge.verdict(other, rows), otherNow.shape.excess > 0.02,
                let undone = judge.verdict(change.index, rows, value: { judge.value(other, $0) }), undone.isUsual,
                undone.shape.psi < 0.25 * own,
                let otherUndone = judge.verdict(other, rows, value: { judge.value(change.index, $0) }), otherUndone.isUsual,
                otherUndone.shape.psi < 0.5 * otherNow.shape.psi
            else { continue }
            let names = [change.name, judge.features[other].name].sorted()
            var cause = Cause(
                .swapped, columns: names, onset: time(change.row),
                verdict: "\(names[0]) and \(names[1]) have changed places: each says what the other should".escapedText)
            cause.evidence = [
                "changed back, \(CauseWords.names([change.name])) is as usual (PSI \(Figures.short(undone.shape.psi)) instead of \(Figures.short(own)))",
                "and so is \(CauseWords.names([judge.features[other].name])) (\(Figures.short(otherUndone.shape.psi)) instead of \(Figures.short(otherNow.shape.psi)))",
            ]
            cause.next = CauseWords.freeze
            let places = [change.index, other].map { incident.profile.profile.positions[$0] }
            return Candidate(
                cause, row: change.row, strength: strength(change.excess + max(0, otherNow.shape.excess), names), explains: 0.95,
                undo: { values, _ in values.swapAt(places[0], places[1]) })
        }
        return nil
    }

    private func unit(_ change: ColumnChange) -> Candidate? {
        guard judge.features[change.index].kind != .categorical, change.statistic != .missing else { return nil }
        let since = sample(change.row)
        let length = min(before(change.row).count, since.count)
        func values(_ rows: Range<Int>) -> [Double] { rows.map { judge.value(change.index, $0) } }
        // Stretches of one length beside each other: two long ones would hold more of how the column moves by itself.
        let usual =
            length >= StretchTable.shortest
            ? Quartiles(values((change.row - length)..<change.row)) : Quartiles(judge.features[change.index])
        let nearest = change.row..<min(rows.count, change.row + max(length, StretchTable.shortest))
        guard let usual, let now = Quartiles(values(nearest)) else { return nil }
        var best: (conversion: Conversion, psi: Double)?
        for conversion in Conversion.known where conversion.fits(usual, now) {
            guard let undone = judge.verdict(change.index, since, value: { conversion.undone(judge.value(change.index, $0)) }),
                undone.isUsual, undone.shape.psi < min(best?.psi ?? .infinity, 0.5 * change.verdict.shape.psi)
            else { continue }
            best = (conversion, undone.shape.psi)
        }
        guard let (conversion, psi) = best ?? scaled(change, usual, now, since) else { return nil }
        var cause = Cause(
            .unit, columns: [change.name], onset: time(change.row),
            verdict: "\(CauseWords.names([change.name])) comes in another unit: \(conversion.name)")
        cause.evidence = [
            "its median was \(Figures.short(usual.middle)) and is \(Figures.short(now.middle)), its middle half spread over \(Figures.short(usual.range)) and spreads over \(Figures.short(now.range))",
            "turned back, it is as usual: PSI \(Figures.short(psi)) instead of \(Figures.short(change.verdict.shape.psi))",
        ]
        cause.evidence += [importance(change.name)].compactMap(\.self)
        cause.next = CauseWords.freeze
        let place = incident.profile.profile.positions[change.index]
        return Candidate(
            cause, row: change.row, strength: strength(change.excess, [change.name]), explains: 0.95,
            undo: { values, _ in values[place] = conversion.undone(values[place]) })
    }

    /// A factor that no known unit has, three times and more.
    private func scaled(_ change: ColumnChange, _ usual: Quartiles, _ now: Quartiles, _ since: Range<Int>) -> (Conversion, Double)? {
        guard usual.range > 0, now.range > 0 else { return nil }
        let factor = now.range / usual.range
        guard factor >= 3 || factor <= 1.0 / 3 else { return nil }
        let conversion = Conversion("about \(Figures.short(factor)) times what was", factor)
        guard conversion.fits(usual, now),
            let undone = judge.verdict(change.index, since, value: { conversion.undone(judge.value(change.index, $0)) }), undone.isUsual
        else { return nil }
        return (conversion, undone.shape.psi)
    }

    private func new(_ change: ColumnChange) -> Candidate {
        let isText = judge.features[change.index].kind == .categorical
        let since = change.row..<rows.count
        let share = change.verdict.newShare
        let name = CauseWords.names([change.name])
        var cause = Cause(
            isText ? .category : .range, columns: [change.name], onset: time(change.row),
            verdict: isText
                ? "\(name) has texts that training did not have, in \(CauseWords.percent(share)) of rows\(newTexts(change, since))"
                : "\(name) is far out of all that training had, in \(CauseWords.percent(share)) of rows")
        cause.evidence = [importance(change.name)].compactMap(\.self)
        cause.next =
            isText
            ? "F freezes learning; if the texts are real, t trains on labelled rows that have them; if not, tell the owner of the source"
            : CauseWords.freeze
        return Candidate(
            cause, row: change.row, strength: strength(change.excess, [change.name]), explains: isText ? 0.85 : 0.7,
            undo: refill([change.index], change.row))
    }

    /// `: kiosk, app2`, the commonest ones.
    private func newTexts(_ change: ColumnChange, _ since: Range<Int>) -> String {
        var counts: [Double: Int] = [:]
        for row in since {
            let value = judge.value(change.index, row)
            if incident.profile.bin(value, of: change.index).isNew { counts[value, default: 0] += 1 }
        }
        let names = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(3).compactMap { code, _ in
            Int32(exactly: code).flatMap { incident.categories[change.name].table.name(of: $0) }
        }
        return names.isEmpty ? "" : ": \(names.map { SafeText.escape($0) }.joined(separator: ", "))"
    }
}

extension String {
    fileprivate var escapedText: String { SafeText.escape(self) }
}
