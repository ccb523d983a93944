/// Numbers in order: each distinct one, and how often it is there.
package struct ValueRuns: Sendable, Equatable {
    /// Distinct numbers, ascending.
    package private(set) var values: [Double] = []
    /// Of each, how many there are.
    package private(set) var counts: [Int] = []
    /// All of them.
    package private(set) var total = 0

    /// Numbers that are in order, each of them so many times.
    package init(sorted: [Double], weight: Int = 1) {
        total = sorted.count * weight
        values.reserveCapacity(sorted.count)
        counts.reserveCapacity(sorted.count)
        var start = 0
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
            append(sorted[start], (end - start) * weight)
            start = end
        }
    }

    private init() {}

    private mutating func append(_ value: Double, _ count: Int) {
        values.append(value)
        counts.append(count)
    }

    /// Both together.
    ///
    /// Complexity: O(distinct numbers).
    func merged(with other: ValueRuns) -> ValueRuns {
        if other.values.isEmpty { return self }
        var result = ValueRuns()
        result.total = total + other.total
        var (left, right) = (0, 0)
        while left < values.count || right < other.values.count {
            let takesLeft = right == other.values.count || (left < values.count && values[left] <= other.values[right])
            let takesRight = left == values.count || (right < other.values.count && other.values[right] <= values[left])
            let value = takesLeft ? values[left] : other.values[right]
            result.append(value, (takesLeft ? counts[left] : 0) + (takesRight ? other.counts[right] : 0))
            if takesLeft { left += 1 }
            if takesRight { right += 1 }
        }
        return result
    }

    /// The least number with at least so many at or below it; nil without numbers.
    package func value(atRank rank: Int) -> Double? {
        var seen = 0
        for index in values.indices {
            seen += counts[index]
            if seen >= rank { return values[index] }
        }
        return values.last
    }

    /// How many of the commonest number there are.
    var greatestCount: Int { counts.max() ?? 0 }
}
