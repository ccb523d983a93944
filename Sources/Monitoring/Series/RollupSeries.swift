/// A bucket of a series.
public struct SeriesPoint: Codable, Sendable, Equatable {
    /// Start of the bucket, UTC milliseconds.
    public var time: Int64
    /// Weighted mean.
    public var mean: Double
    /// Least value.
    public var low: Double
    /// Greatest value.
    public var high: Double
    /// Sum of weights; 0 where there is nothing.
    public var n: Double

    /// Makes a point.
    public init(time: Int64, mean: Double, low: Double, high: Double, n: Double) {
        self.time = time
        self.mean = mean
        self.low = low
        self.high = high
        self.n = n
    }
}

/// A value over time in three resolutions: seconds for 15 minutes, minutes for a day, hours for 30 days.
///
/// Bounded memory.
public struct RollupSeries: Sendable {
    private var tiers = [
        Tier(step: 1_000, capacity: 900), Tier(step: 60_000, capacity: 1_440), Tier(step: 3_600_000, capacity: 720),
    ]

    private struct Tier: Sendable {
        let step: Int64
        let capacity: Int
        var points: [SeriesPoint] = []
        /// Whether the oldest points have been given up.
        var isTrimmed = false

        /// Whether it holds all that there ever was from a time on.
        func reaches(_ from: Int64) -> Bool { !isTrimmed || (points.first?.time ?? .max) <= from }

        mutating func add(_ time: Int64, _ value: Double, _ weight: Double) {
            let start = time - ((time % step) + step) % step
            if let last = points.last, last.time >= start {
                // Late by some buckets: found from the end, which is where late ones are.
                guard let index = points.lastIndex(where: { $0.time == start }) else { return }
                merge(&points[index], value, weight)
                return
            }
            // Trimmed in strides, so that adding stays O(1) amortised.
            if points.count >= capacity + capacity / 4 {
                points.removeFirst(points.count - capacity)
                isTrimmed = true
            }
            points.append(SeriesPoint(time: start, mean: value, low: value, high: value, n: weight))
        }

        private func merge(_ point: inout SeriesPoint, _ value: Double, _ weight: Double) {
            let total = point.n + weight
            if total > 0 { point.mean += (value - point.mean) * weight / total }
            point.low = min(point.low, value)
            point.high = max(point.high, value)
            point.n = total
        }
    }

    /// An empty series.
    public init() {}

    /// Adds a value at a time, UTC milliseconds.
    ///
    /// Values that are not finite and weights that are not positive are passed over.
    public mutating func add(time: Int64, value: Double, weight: Double) {
        guard value.isFinite, weight.isFinite, weight > 0 else { return }
        for index in tiers.indices { tiers[index].add(time, value, weight) }
    }

    /// The stretch in `count` equal buckets, oldest first; buckets without a value are left out.
    ///
    /// Taken from the finest resolution that reaches back to `from`. Complexity: O(points of that resolution).
    public func points(from: Int64, until: Int64, count: Int) -> [SeriesPoint] {
        // A question may come from anywhere: far ends are cut so that no difference or product of times overflows.
        let (from, until, count) = (max(from, -Self.farthest), min(until, Self.farthest), min(count, Self.mostPoints))
        guard until > from, count > 0 else { return [] }
        guard let source = tiers.first(where: { $0.reaches(from) }) ?? tiers.last else { return [] }
        let span = until - from
        var result: [SeriesPoint] = []
        for point in source.points where point.time >= from && point.time < until {
            let bucket = Int64((Double(point.time - from) / Double(span) * Double(count)).rounded(.down))
            let time = from + bucket * span / Int64(count)
            if let last = result.indices.last, result[last].time == time {
                let total = result[last].n + point.n
                result[last].mean += (point.mean - result[last].mean) * point.n / total
                result[last].low = min(result[last].low, point.low)
                result[last].high = max(result[last].high, point.high)
                result[last].n = total
            } else {
                result.append(SeriesPoint(time: time, mean: point.mean, low: point.low, high: point.high, n: point.n))
            }
        }
        return result
    }

    /// The year 10,000, milliseconds.
    private static let farthest: Int64 = 253_402_300_800_000
    private static let mostPoints = 10_000

    /// Whether it never had a value.
    public var isEmpty: Bool { tiers[0].points.isEmpty }
}
