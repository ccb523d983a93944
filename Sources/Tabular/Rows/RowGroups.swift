/// Rows that go together: copies of one row, or all rows of one customer.
///
/// What is found of some rows is as sure as its groups are many, not its rows: rows of one group say the same again.
public struct RowGroups: Sendable, Equatable {
    /// The group of each row, within 0..<count.
    public let members: [Int]
    /// Groups.
    public let count: Int
    /// Whether they are units, such as customers, and not copies of one row.
    public let areUnits: Bool

    /// Rows with the same key are of one group; nil where each row is its own.
    ///
    /// Complexity: O(rows).
    public init?(keys: some Collection<UInt64>, areUnits: Bool = false) {
        self.areUnits = areUnits
        var numbers: [UInt64: Int] = [:]
        var members: [Int] = []
        members.reserveCapacity(keys.count)
        for key in keys {
            let next = numbers.count
            members.append(numbers[key, default: next])
            if members.last == next { numbers[key] = next }
        }
        guard numbers.count < members.count else { return nil }
        self.members = members
        count = numbers.count
    }

    /// The groups of some of the rows, in their order; nil where each of these is its own.
    public func selecting(_ rows: [Int]) -> RowGroups? { RowGroups(keys: rows.map { UInt64(members[$0]) }, areUnits: areUnits) }

    /// The sum of each group's values.
    public func sums(_ values: [Double]) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        for (group, value) in zip(members, values) { sums[group] += value }
        return sums
    }

    /// How many rows of their own the rows that are taken are worth: (Σ s)² / Σ s² over the groups' sizes (Kish 1965).
    ///
    /// Exact for a mean where the rows of a group are all alike, as copies are.
    public func effective(where isTaken: (Int) -> Bool = { _ in true }) -> Double {
        let sizes = sums(members.indices.map { isTaken($0) ? 1 : 0 })
        let (total, squares) = sizes.reduce(into: (0.0, 0.0)) { sum, size in
            sum.0 += size
            sum.1 += size * size
        }
        return squares > 0 ? total * total / squares : 0
    }

    /// Groups that have a row that is taken.
    public func count(where isTaken: (Int) -> Bool) -> Int {
        var isFound = [Bool](repeating: false, count: count)
        for (row, group) in members.enumerated() where isTaken(row) { isFound[group] = true }
        return isFound.count { $0 }
    }
}
