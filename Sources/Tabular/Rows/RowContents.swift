import Foundation

/// What tells rows apart: a hash of each one's features, and how often each occurs.
///
/// The truth is not part of it: a label may be corrected, and its row stays where it is. A category counts by its text and not by its code,
/// which another dictionary gives anew, so that a row has the same hash in every data set of its layout. Two different rows among a million
/// are taken for the same with a chance of 3 in 10⁸.
struct RowContents {
    /// One a row.
    let hashes: [UInt64]
    /// How many rows have the row's content, itself included.
    let copies: [Int]
    /// Which of them it is, in the order of the rows, from 0.
    let ordinals: [Int]
    /// The first row of each content.
    let firsts: [Int]

    /// Complexity: O(rows · (width + log rows)).
    init(_ rows: LabelledRows) {
        let hashes = Self.hashes(rows)
        let order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        var copies = [Int](repeating: 1, count: hashes.count)
        var ordinals = [Int](repeating: 0, count: hashes.count)
        var firsts: [Int] = []
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, hashes[order[end]] == hashes[order[start]] { end += 1 }
            firsts.append(order[start])
            for place in start..<end {
                copies[order[place]] = end - start
                ordinals[order[place]] = place - start
            }
            start = end
        }
        (self.hashes, self.copies, self.ordinals, self.firsts) = (hashes, copies, ordinals, firsts)
    }

    /// Whether rows that agree in all features are to be expected: few columns of few values.
    ///
    /// Complexity: O(rows · width · log rows), and nothing where few rows repeat.
    func isCoincidence(_ rows: LabelledRows) -> Bool {
        let repeats = hashes.count - firsts.count
        guard repeats > 0, Double(repeats) >= RowAgreement.remarkShare * Double(hashes.count) else { return false }
        var agreement = RowAgreement()
        for column in 0..<rows.schema.width { agreement.take(rows, column: column, of: firsts) }
        return agreement.explains(repeats, rows: hashes.count)
    }

    /// One for each row; all missing values are alike, and so are both zeros.
    static func hashes(_ rows: LabelledRows) -> [UInt64] {
        let schema = rows.schema
        let texts = schema.features.map { feature -> [UInt64]? in
            guard feature.kind == .categorical else { return nil }
            return rows.categories[feature.name].table.names.map { $0.map(hash) ?? other }
        }
        var hashes: [UInt64] = []
        hashes.reserveCapacity(rows.count)
        rows.features.withUnsafeBufferPointer { features in
            for row in 0..<rows.count {
                var hash: UInt64 = 0
                for (column, names) in texts.enumerated() {
                    let value = features[row * schema.width + column]
                    hash = SplitMix64.mixed(hash &* 0x9E37_79B9_7F4A_7C15 ^ (names.map { word(value, $0) } ?? bits(value)))
                }
                hashes.append(hash)
            }
        }
        return hashes
    }

    private static let other: UInt64 = 0x6F74_6865_7221

    private static func word(_ value: Double, _ names: [UInt64]) -> UInt64 {
        if value.isNaN { return bits(value) }
        guard let code = Int(exactly: value), names.indices.contains(code) else { return other }
        return names[code]
    }

    static func bits(_ value: Double) -> UInt64 { value.isNaN ? UInt64.max : (value + 0).bitPattern }

    /// FNV-1a of 64 bits (Fowler, Noll and Vo), mixed.
    static func hash(_ text: String) -> UInt64 {
        SplitMix64.mixed(text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
    }
}

/// The chance that two different rows agree in all of some columns, were the columns independent of each other.
package struct RowAgreement {
    /// Share of repeated rows from which they are looked at.
    package static let remarkShare = 0.01
    /// Repeats are explained by coincidence up to so many times the expected number: columns that go together make more of them.
    private static let patience = 3.0

    private var chance = 1.0
    /// Of the numeric column with the most of them.
    package private(set) var mostNumericValues = 0

    package init() {}

    /// Takes a column of some rows, no two of which are alike.
    package mutating func take(_ rows: LabelledRows, column: Int, of places: [Int]) {
        let kind = rows.schema.features[column].kind
        take(places.map { rows.features[$0 * rows.schema.width + column] }, isNumeric: kind == .numeric || kind == .time)
    }

    /// Takes the values of such rows in one column.
    package mutating func take(_ values: [Double], isNumeric: Bool) {
        let sorted = values.map { RowContents.bits($0) }.sorted()
        var (distinct, pairs, start) = (0, 0.0, 0)
        while start < sorted.count {
            var end = start
            while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
            distinct += 1
            // Pairs of two different rows: a column in which no two agree counts as such.
            pairs += Double(end - start) * Double(end - start - 1)
            start = end
        }
        chance *= pairs / max(1, Double(sorted.count) * Double(sorted.count - 1))
        if isNumeric { mostNumericValues = max(mostNumericValues, distinct) }
    }

    /// Whether so many repeats among so many rows are to be expected: each of the others is a row's equal with that chance (Poisson).
    package func explains(_ repeats: Int, rows: Int) -> Bool {
        Double(repeats) <= Self.patience * Double(rows) * -expm1(-Double(rows) * chance)
    }
}
