/// The longest stretch of rows in which a column says the same: how a stuck sensor looks.
///
/// Rows without a value neither end a stretch nor count.
package struct ConstantRun: Sendable, Equatable {
    /// Rows of the longest stretch so far.
    package private(set) var longest = 0
    /// The value in it: a number, or the code of a text.
    package private(set) var value = Double.nan
    private var current = 0
    private var last = Double.nan

    package init() {}

    /// Adds the value of the next row.
    @inline(__always)
    package mutating func add(_ next: Double) {
        if next == last {
            current += 1
        } else if next == next {
            last = next
            current = 1
        }
        if current > longest {
            longest = current
            value = last
        }
    }

    /// The shortest stretch that is worth a word.
    package static let least = 25

    /// The longest stretch that is no wonder in `rows` rows, where another file of `referenceRows` had one of `referenceLongest` and its commonest
    /// value in `share` of its rows.
    ///
    /// `patience` times what was there, at least `least`, and what more rows add by themselves: of independent rows the longest run grows by ln(n/m)/−ln p (Erdős
    /// and Rényi 1970). No bound where the column always said the same.
    package static func usual(
        rows: Int, referenceRows: Int, referenceLongest: Int, share: Double, patience: Double = 1.5, least: Int = ConstantRun.least
    ) -> Int {
        guard share < 1 else { return .max }
        let more = share > 0 && rows > referenceRows ? Logarithm.of(Double(rows) / Double(max(1, referenceRows))) / -Logarithm.of(share) : 0
        return max(least, Int((patience * Double(referenceLongest) + more).rounded(.up)))
    }
}
