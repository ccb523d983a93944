/// Durations in log-linear buckets: exact below 64 ns, then 32 buckets for each doubling, up to an hour.
///
/// Relative error at most 1.6 %.
///
/// Fixed memory: it grows to the largest bucket that was ever used, at most 1,216 counters.
public struct LatencyHistogram: Sendable, Codable, Equatable {
    private static let longest: UInt64 = 3_600_000_000_000
    private var counts: [UInt32] = []
    /// Durations recorded.
    public private(set) var count = 0
    /// Their sum, nanoseconds.
    public private(set) var nanoseconds: UInt64 = 0

    /// An empty histogram.
    public init() {}

    /// Adds a duration, nanoseconds.
    ///
    /// Complexity: O(1), no allocation once the bucket was used.
    public mutating func record(_ nanoseconds: UInt64) {
        let duration = min(nanoseconds, Self.longest)
        let index = Self.index(duration)
        if index >= counts.count { counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count)) }
        counts[index] &+= 1
        count += 1
        self.nanoseconds &+= duration
    }

    /// Adds another histogram.
    public mutating func merge(_ other: LatencyHistogram) {
        if other.counts.count > counts.count { counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count)) }
        for (index, value) in other.counts.enumerated() { counts[index] &+= value }
        count += other.count
        nanoseconds &+= other.nanoseconds
    }

    /// Empties it.
    public mutating func reset() {
        counts.removeAll(keepingCapacity: true)
        count = 0
        nanoseconds = 0
    }

    /// How many durations lie in the buckets up to that of `bound`, nanoseconds.
    ///
    /// Complexity: O(buckets).
    public func count(atMost bound: UInt64) -> Int {
        counts.prefix(Self.index(min(bound, Self.longest)) + 1).reduce(0) { $0 + Int($1) }
    }

    /// The duration below which a share of all lie: the middle of its bucket, nanoseconds; 0 when empty.
    public func quantile(_ q: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let share = q.isNaN ? 1 : min(max(q, 0), 1)
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (index, value) in counts.enumerated() {
            seen += Int(value)
            if seen >= rank { return Self.middle(index) }
        }
        return Self.middle(counts.count - 1)
    }

    private static func index(_ value: UInt64) -> Int {
        guard value >= 64 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 5
        return 64 + (shift - 1) * 32 + Int(value >> UInt64(shift)) - 32
    }

    private static func middle(_ index: Int) -> UInt64 {
        guard index >= 64 else { return UInt64(max(0, index)) }
        let shift = UInt64((index - 64) / 32 + 1)
        let low = UInt64((index - 64) % 32 + 32) << shift
        return low + (1 << shift) / 2
    }
}
