import Tabular

/// Which rows and inputs one tree may learn from, drawn anew for each: the same for the same seed, on any number of threads.
///
/// Rows: stochastic gradient boosting (Friedman 2002). Inputs: a share of them for each tree.
struct TreeSampling: Sendable {
    /// Shares, 1 where all are taken.
    var rows: Double
    var inputs: Double

    private static let rowSalt: UInt64 = 0x0B5E_55ED_0FA1_1CE5
    private static let inputSalt: UInt64 = 0xC01D_5EED_0FF1_CE00

    /// Writes the rows that a tree learns from, ascending, then those that it does not; gives the number of the first.
    ///
    /// Complexity: O(rows).
    func order(_ order: Buffer<Int32>, salt: UInt64) -> Int {
        let count = order.count
        let limit = UInt64(min(rows, 1) * 0x1p53)
        var taken = 0
        var others: [Int32] = []
        others.reserveCapacity(Int(Double(count) * (1 - rows)) + 1)
        for row in 0..<count {
            let isTaken = SplitMix64.mixed((salt ^ Self.rowSalt) &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15) >> 11 < limit
            if isTaken {
                order.base[taken] = Int32(truncatingIfNeeded: row)
                taken += 1
            } else {
                others.append(Int32(truncatingIfNeeded: row))
            }
        }
        for (index, row) in others.enumerated() { order.base[taken + index] = row }
        // Of very few rows a share may be none: then all are taken.
        return taken > 0 ? taken : count
    }

    /// Which of the inputs a tree may ask for; at least one.
    func inputs(of count: Int, salt: UInt64) -> [Bool] {
        guard inputs < 1 else { return [Bool](repeating: true, count: count) }
        var random = SplitMix64(state: salt ^ Self.inputSalt)
        let wanted = max(1, Int((Double(count) * inputs).rounded()))
        var isTaken = [Bool](repeating: false, count: count)
        for index in Array(0..<count).shuffled(using: &random).prefix(wanted) { isTaken[index] = true }
        return isTaken
    }
}
