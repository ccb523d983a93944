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
    /// The sum of the last minute, kept up to date: many read it.
    private(set) var minute = LaneTotals()

    /// Adds a harvest.
    mutating func add(_ harvest: LaneTotals, at now: Int64) {
        let start = now - now % Self.bucketMilliseconds
        if starts.last == start, let last = totals.indices.last {
            totals[last].add(harvest)
        } else {
            starts.append(start)
            totals.append(harvest)
        }
        minute.add(harvest)
        perSecond[now / 1_000, default: 0] += harvest.answered
        forget(before: now)
    }

    /// Drops what is older than a minute.
    ///
    /// Call it also when nothing comes in.
    mutating func forget(before now: Int64) {
        let oldest = now - now % Self.bucketMilliseconds - Int64(Self.buckets - 1) * Self.bucketMilliseconds
        let gone = starts.prefix { $0 < oldest }.count
        if gone > 0 {
            starts.removeFirst(gone)
            totals.removeFirst(gone)
            minute = totals.reduce(into: LaneTotals()) { $0.add($1) }
            if starts.isEmpty { perSecond = [:] }
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

    /// The 99th percentile of the last minute's latencies, all versions together, milliseconds; nil without answers.
    var p99Milliseconds: Double? {
        let all = minute.everyArm.latency
        return all.count == 0 ? nil : Double(all.quantile(0.99)) / 1e6
    }

    /// The 99th percentile of the last five to ten seconds, the worse of two buckets, milliseconds; nil without answers.
    ///
    /// What work makes way for: a minute would hold it back for long after the cause has gone.
    func recentP99Milliseconds(at now: Int64) -> Double? {
        let oldest = now - now % Self.bucketMilliseconds - Self.bucketMilliseconds
        return zip(starts, totals).suffix(2).compactMap { start, bucket in
            let all = bucket.everyArm.latency
            return start < oldest || all.count == 0 ? nil : Double(all.quantile(0.99)) / 1e6
        }.max()
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
