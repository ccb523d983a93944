import Tabular

/// What must be so for a difference of two files to be told.
package struct ComparisonRules: Sendable, Equatable {
    /// The false discovery rate over all columns and their statistics.
    package var alpha: Double
    /// The excess of the population stability index from which a significant difference is drift; a fifth of it is worth a look.
    package var effect: Double

    package init(alpha: Double = 0.05, effect: Double = Drift.driftExcess) {
        self.alpha = alpha
        self.effect = effect
    }
}

/// Two files, column by column.
package struct FileComparison: Sendable {
    /// Share of records that repeat an earlier one, in each file, and what is said of it.
    package struct Repeats: Sendable, Equatable {
        package var shares: ColumnComparison.Shares
        /// Whether every record was looked at; else a sample of them.
        package var isExact: Bool
        package var state = DriftState.ok
    }

    package var reference: String
    package var current: String
    package var rows: (reference: Int, current: Int)
    package var rules: ComparisonRules
    /// Every column that is in both, in the reference's order.
    package private(set) var columns: [ColumnComparison]
    package private(set) var repeats: Repeats
    package var mismatches: [SchemaMismatch]

    /// Compares two files and judges every column: shape, new values and missing ones, all under one false discovery rate.
    ///
    /// Rows are taken for independent. Complexity: O(what the summaries keep).
    package init(_ pair: FilePair, rules: ComparisonRules = ComparisonRules()) {
        reference = pair.reference.file
        current = pair.current.file
        rows = (pair.reference.rows, pair.current.rows)
        self.rules = rules
        mismatches = pair.mismatches
        let (first, second) = (pair.reference, pair.current)
        columns = Concurrently.map(Array(first.columns.indices)) { _, index in
            ColumnComparison(first.columns[index], of: first.rows, second.columns[index], of: second.rows)
        }
        let shares = ColumnComparison.Shares(
            reference: Double(first.repeats.repeats) / Double(max(1, first.repeats.records)),
            current: Double(second.repeats.repeats) / Double(max(1, second.repeats.records)))
        repeats = Repeats(shares: shares, isExact: first.repeats.isExact && second.repeats.isExact)
        judge(repeatsIn: second.repeats, first.repeats)
    }

    /// The columns, those that ask for most attention first.
    package var inOrder: [ColumnComparison] {
        columns.enumerated().sorted { a, b in
            let (left, right) = (a.element.rank, b.element.rank)
            return left == right ? a.offset < b.offset : left > right
        }.map(\.element)
    }

    /// The worst that is said of anything.
    package var state: DriftState {
        (columns.map(\.state) + [repeats.state] + (mismatches.contains { $0.what == .missing || $0.what == .kind } ? [.drift] : []))
            .max { $0.rank < $1.rank } ?? .ok
    }

    private mutating func judge(repeatsIn now: RecordRepeats, _ before: RecordRepeats) {
        let judged = columns.indices.filter { columns[$0].notJudged == nil }
        let noise = 1 / Double(max(1, now.records)) + 1 / Double(max(1, before.records))
        let repeated = Stability.psi(
            part: Double(now.repeats), of: Double(now.records), Double(before.repeats), of: Double(before.records))
        let values =
            judged.flatMap { [columns[$0].shape.pValue, columns[$0].newPValue, columns[$0].missingPValue] }
            + [ChiSquared.upperTail(repeated / noise, df: 1)]
        let significant = Drift.benjaminiHochberg(values, alpha: rules.alpha)
        let isEnough = min(rows.reference, rows.current) >= Drift.minimumRows
        for (place, index) in judged.enumerated() {
            columns[index].judge(Array(significant[(place * 3)..<(place * 3 + 3)]), rules, tests: values.count, isEnough: isEnough)
        }
        guard isEnough, now.repeats * max(1, before.records) > before.repeats * max(1, now.records) else { return }
        repeats.state = rules.state(isSignificant: significant.last ?? false, excess: repeated - noise)
    }
}

extension ComparisonRules {
    /// What a significant or insignificant excess is.
    func state(isSignificant: Bool, excess: Double) -> DriftState {
        guard isSignificant else { return .ok }
        return excess >= effect ? .drift : excess >= effect / 5 ? .warn : .ok
    }
}

extension ColumnComparison {
    fileprivate mutating func judge(_ significant: [Bool], _ rules: ComparisonRules, tests: Int, isEnough: Bool) {
        let noise = 1 / Double(max(1, shape.n)) + 1 / Double(max(1, shape.m))
        let chance = ChiSquared.upperQuantile(rules.alpha / Double(max(1, tests)), df: shape.degreesOfFreedom) * noise
        shape.threshold = max(chance, Double(shape.degreesOfFreedom) * noise + rules.effect)
        guard isEnough else {
            (shape.state, newState, missingState, state) = (.notEnoughData, .notEnoughData, .notEnoughData, .notEnoughData)
            return
        }
        shape.state = rules.state(isSignificant: significant[0], excess: shape.excess)
        newState = rules.state(isSignificant: significant[1], excess: newExcess)
        missingState = rules.state(isSignificant: significant[2], excess: missingExcess)
        shape.missingState = missingState
        state = [shape.state, newState, missingState, runs.isStuck ? .drift : .ok].max { $0.rank < $1.rank } ?? .ok
    }

    /// How much attention it asks for.
    fileprivate var rank: (Int, Double) { (notJudged == nil ? state.rank : -1, shape.excess) }

    /// The verdict and its reasons, for people.
    package var words: String {
        if let notJudged { return "not judged: \(notJudged)" }
        let reasons = [shapeWords, misfitWords, newWords, missingWords, stuckWords].compactMap(\.self)
        return state.rawValue + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", "))
    }

    private var shapeWords: String? { shape.state.rank > DriftState.ok.rank ? "PSI \(Figures.short(shape.psi))" : nil }

    private var misfitWords: String? {
        cells.misfits > 0 ? "\(percent(cells.misfits)) of the cells do not fit, first \(cells.firstMisfit ?? "")" : nil
    }

    private var newWords: String? {
        guard newState.rank > DriftState.ok.rank, cells.new > cells.misfits else { return nil }
        return "\(percent(cells.new - cells.misfits)) \(kind == .categorical ? "new texts" : "numbers far out of range")"
    }

    private var missingWords: String? {
        guard missingState.rank > DriftState.ok.rank else { return nil }
        return "\(percent(cells.missing.current)) missing, the reference has \(percent(cells.missing.reference))"
    }

    private var stuckWords: String? {
        guard runs.isStuck else { return nil }
        return
            "stuck: \(Figures.grouped(runs.current)) rows in a row say \(SafeText.escape(String(runs.value.prefix(24)))), at most \(Figures.grouped(runs.reference)) in the reference"
    }

    private func percent(_ share: Double) -> String { "\(Figures.short(share * 100)) %" }
}
