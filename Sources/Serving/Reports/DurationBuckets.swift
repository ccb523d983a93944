import Monitoring

/// Durations since start in the fixed buckets of a Prometheus histogram.
///
/// Sixty-four bits a bucket: a day of a busy server has more requests than the window histograms that it is fed from can count.
struct DurationBuckets: Sendable {
    /// Upper bounds, microseconds.
    static let boundsMicroseconds: [UInt64] = [
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    ]

    /// Durations up to each bound; cumulative.
    private(set) var counts = [Int64](repeating: 0, count: boundsMicroseconds.count)
    /// All durations.
    private(set) var count: Int64 = 0
    /// Their sum, seconds.
    private(set) var seconds = 0.0

    /// Adds what a window gathered.
    mutating func add(_ histogram: LatencyHistogram) {
        for (i, bound) in Self.boundsMicroseconds.enumerated() { counts[i] += Int64(histogram.count(atMost: bound * 1_000)) }
        count += Int64(histogram.count)
        seconds += Double(histogram.nanoseconds) * 1e-9
    }
}
