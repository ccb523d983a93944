import Foundation
import Monitoring
import Tabular

/// Rows that occur more than once, features and target alike, and how many of the held-out ones the training part has too.
///
/// A held-out row that was learnt from judges memory, not foresight. Rows are told apart by a hash of 64 bits: two different rows among a
/// million are taken for the same with a chance of 3 in 10⁸.
struct RepeatedRows {
    /// Share of the held-out rows that were learnt from, above which the judgement counts for nothing.
    static let refusedShare = 0.2
    /// The same, of the different rows among them: a few patterns that recur by nature (a machine at rest) spoil nothing.
    static let refusedPatterns = 0.1
    /// A column tells rows apart with so many values, or with so many for each different row.
    private static let fewestValues = 20
    private static let valueShare = 0.1

    /// Rows in all.
    let count: Int
    /// Rows that repeat an earlier one.
    let repeats: Int
    /// Held-out rows, and those of them that the training part has too.
    let heldOut: (rows: Int, known: Int)
    /// The same, each different row counted once.
    let patterns: (rows: Int, known: Int)
    /// Share of the rows that would judge what was learnt by heart, were rows divided one by one: those with a copy on the other side.
    let straddlingShare: Double
    /// Whether rows that differ nowhere are to be expected: few columns of few values.
    let isCoincidence: Bool
    /// Whether a numeric column or the target has so many values that two rows hardly agree in all by chance.
    let hasFineColumn: Bool

    /// Rows between two pulses.
    private static let piece = 65_536

    /// - Parameters:
    ///   - holdout: those of the rows that judge; nil when all do.
    ///   - pulse: called between the pieces of work.
    ///
    /// Complexity: O(rows · (width + log rows)); columns are looked at only where rows repeat.
    init<Stop: Error>(_ rows: LabelledRows, holdout: LabelledRows?, pulse: () throws(Stop) -> Void) throws(Stop) {
        count = rows.count
        let hashes = try Self.hashes(rows, pulse)
        let all = hashes.enumerated().map { (hash: $1, row: $0) }.sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }
        try pulse()
        var judging: [UInt64] = []
        if let holdout { judging = try Self.hashes(holdout, pulse).sorted() }
        var (heldOut, patterns) = ((rows: judging.count, known: 0), (rows: 0, known: 0))
        let judgingShare = Double(judging.count) / Double(max(1, rows.count))
        var straddling = 0.0
        var firsts: [Int] = []
        var (start, next) = (0, 0)
        while start < all.count {
            var end = start
            while end < all.count, all[end].hash == all[start].hash { end += 1 }
            firsts.append(all[start].row)
            straddling += Double(end - start) * (1 - pow(judgingShare, Double(end - start - 1)))
            if firsts.count.isMultiple(of: Self.piece) { try pulse() }
            while next < judging.count, judging[next] < all[start].hash { next += 1 }
            let first = next
            while next < judging.count, judging[next] == all[start].hash { next += 1 }
            if next > first {
                patterns.rows += 1
                // More of them than are held out: the training part has the others.
                if end - start > next - first {
                    heldOut.known += next - first
                    patterns.known += 1
                }
            }
            start = end
        }
        (self.heldOut, self.patterns) = (heldOut, patterns)
        straddlingShare = straddling / Double(max(1, rows.count))
        repeats = rows.count - firsts.count
        guard Double(repeats) >= RowAgreement.remarkShare * Double(rows.count), repeats > 0 else {
            (isCoincidence, hasFineColumn) = (false, false)
            return
        }
        var agreement = RowAgreement()
        for column in 0..<rows.schema.width {
            try pulse()
            agreement.take(rows, column: column, of: firsts)
        }
        agreement.take(firsts.map { rows.targets[$0] }, isNumeric: rows.schema.target.task == .regression)
        hasFineColumn = agreement.mostNumericValues >= max(Self.fewestValues, Int(Self.valueShare * Double(firsts.count)))
        isCoincidence = agreement.explains(repeats, rows: rows.count)
    }

    /// Whether repeats are worth a word.
    var isRemarkable: Bool { repeats > 0 && Double(repeats) >= RowAgreement.remarkShare * Double(count) && !isCoincidence }

    /// Whether the held-out rows judge what was learnt by heart.
    var isFault: Bool {
        isRemarkable && hasFineColumn && Double(heldOut.known) > Self.refusedShare * Double(heldOut.rows)
            && Double(patterns.known) > Self.refusedPatterns * Double(patterns.rows)
    }

    /// What: where: what to do.
    var description: String {
        let share = Figures.short(Double(repeats) / Double(max(1, count)) * 100)
        let said = "\(repeats) of \(count) rows (\(share) %) repeat another one exactly"
        if heldOut.known > 0 {
            return said + ", and \(heldOut.known) of the \(heldOut.rows) held-out ones were learnt from: drop the copies from the data"
        }
        return said
            + ": copies are judged or learnt together (divided one by one, \(Figures.short(straddlingShare * 100)) % of the held-out rows would"
            + " have been learnt from): drop the copies from the data, for intervals that hold"
    }

    // MARK: Hashes

    /// One for each row, of its features and its target; all missing values are alike, and so are both zeros.
    private static func hashes<Stop: Error>(_ rows: LabelledRows, _ pulse: () throws(Stop) -> Void) throws(Stop) -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: piece) {
            try pulse()
            add(&hashes, rows, from: start, to: min(start + piece, rows.count))
        }
        return hashes
    }

    private static func add(_ hashes: inout [UInt64], _ rows: LabelledRows, from start: Int, to end: Int) {
        let width = rows.schema.width
        rows.features.withUnsafeBufferPointer { features in
            for row in start..<end {
                var hash = SplitMix64.mixed(bits(rows.targets[row]))
                for column in (row * width)..<((row + 1) * width) {
                    hash = SplitMix64.mixed(hash &* 0x9E37_79B9_7F4A_7C15 ^ bits(features[column]))
                }
                hashes.append(hash)
            }
        }
    }

    private static func bits(_ value: Double) -> UInt64 { value.isNaN ? UInt64.max : (value + 0).bitPattern }
}
