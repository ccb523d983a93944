import Monitoring

/// The traffic of the last minute in 5-second buckets, and the requests of each of its seconds.
///
/// Fixed memory for a deployment with traffic, next to none for one without. Complexity: O(1) a fold, O(buckets) a read.
struct TrafficWindow {
    /// Length of a bucket, milliseconds.
    static let bucketMilliseconds: Int64 = 5_000
    /// Buckets that make the window.
    static let buckets = 12
    /// Seconds of the request sparkline.
    static let seconds = 60

    private var starts: [Int64] = []
    private var totals: [LaneTotals] = []
    private var perSecond: [Int64: Int64] = [:]

    /// Adds a harvest.
    mutating func add(_ harvest: LaneTotals, at now: Int64) {
        let start = now - now % Self.bucketMilliseconds
        if starts.last == start, let last = totals.indices.last {
            totals[last].add(harvest)
        } else {
            starts.append(start)
            totals.append(harvest)
        }
        perSecond[now / 1_000, default: 0] += harvest.answered
        forget(before: now)
    }

    /// Drops what is older than a minute.
    ///
    /// Call it also when nothing comes in.
    mutating func forget(before now: Int64) {
        let oldest = now - now % Self.bucketMilliseconds - Int64(Self.buckets - 1) * Self.bucketMilliseconds
        while let first = starts.first, first < oldest {
            starts.removeFirst()
            totals.removeFirst()
        }
        if perSecond.count > Self.seconds {
            let limit = now / 1_000 - Int64(Self.seconds)
            perSecond = perSecond.filter { $0.key > limit }
        }
    }

    /// Whether nothing came in during the last minute.
    var isEmpty: Bool { starts.isEmpty }

    /// The newest bucket: the last seconds.
    var latest: LaneTotals? { totals.last }

    /// The sum of the last minute.
    var minute: LaneTotals {
        var sum = LaneTotals()
        for total in totals { sum.add(total) }
        return sum
    }

    /// Answered requests a second, mean of the last five whole seconds.
    func requestsPerSecond(at now: Int64) -> Double {
        let second = now / 1_000
        let sum = (1...5).reduce(Int64(0)) { $0 + (perSecond[second - Int64($1)] ?? 0) }
        return Double(sum) / 5
    }

    /// Requests answered in the second that ended last before `now`.
    func requests(inSecond second: Int64) -> Int64 { perSecond[second] ?? 0 }

    /// Requests of each of the last 60 whole seconds, oldest first.
    func spark(at now: Int64) -> [Float] {
        if perSecond.isEmpty { return [] }
        let second = now / 1_000
        return (1...Int64(Self.seconds)).reversed().map { Float(perSecond[second - $0] ?? 0) }
    }
}
