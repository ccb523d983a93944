import Monitoring
import Testing

@Suite("latency histogram")
struct LatencyHistogramTests {
    @Test(
        "quantiles are within 1.6 % of the sorted durations' own, from nanoseconds to an hour",
        arguments: [1.0, 100, 10_000, 1e6, 1e9, 3e12])
    func quantiles(scale: Double) {
        var random = Random(9)
        var histogram = LatencyHistogram()
        var all: [UInt64] = []
        for _ in 0..<5_000 {
            let duration = UInt64(min(3.6e12, scale * (1 + 9 * random.uniform() * random.uniform())))
            all.append(duration)
            histogram.record(duration)
        }
        all.sort()
        for q in [0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = Double(all[max(0, Int((q * 5_000).rounded(.up)) - 1)])
            #expect(abs(Double(histogram.quantile(q)) - exact) <= 0.016 * exact, "\(q)")
        }
        #expect(histogram.count == 5_000)
        #expect(histogram.nanoseconds == all.reduce(0, +))
    }

    @Test("short durations are exact, and longer ones than an hour count as an hour")
    func ends() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == 0)
        for duration in 0..<64 as Range<UInt64> {
            var one = LatencyHistogram()
            one.record(duration)
            #expect(one.quantile(0.5) == duration)
        }
        histogram.record(.max)
        #expect(abs(Double(histogram.quantile(1)) - 3.6e12) < 0.016 * 3.6e12)
        #expect(histogram.quantile(.nan) > 0)
    }

    @Test("merging is the same as recording everything in one, in any order")
    func merging() {
        var random = Random(10)
        var parts = [LatencyHistogram](repeating: LatencyHistogram(), count: 3)
        var whole = LatencyHistogram()
        for index in 0..<3_000 {
            let duration = UInt64(random.uniform() * 1e7)
            parts[index % 3].record(duration)
            whole.record(duration)
        }
        var forward = parts[0]
        forward.merge(parts[1])
        forward.merge(parts[2])
        var backward = parts[2]
        backward.merge(parts[1])
        backward.merge(parts[0])
        for q in [0.1, 0.5, 0.99] {
            #expect(forward.quantile(q) == whole.quantile(q))
            #expect(backward.quantile(q) == whole.quantile(q))
        }
        #expect(forward.nanoseconds == whole.nanoseconds && backward.count == whole.count)
        forward.reset()
        #expect(forward.count == 0 && forward.quantile(0.5) == 0 && forward.nanoseconds == 0)
    }

    @Test("the count up to a bound grows with it and ends at everything")
    func cumulative() {
        var histogram = LatencyHistogram()
        for duration in stride(from: UInt64(1_000), through: 1_000_000, by: 1_000) { histogram.record(duration) }
        #expect(histogram.count(atMost: 0) == 0)
        #expect(histogram.count(atMost: 3_600_000_000_000) == 1_000)
        for bound in stride(from: UInt64(10_000), through: 900_000, by: 10_000) {
            let exact = Double(bound / 1_000)
            #expect(abs(Double(histogram.count(atMost: bound)) - exact) <= 0.032 * exact + 1)
        }
    }
}

@Suite("rollups")
struct RollupSeriesTests {
    @Test("a stretch is cut into equal buckets with weighted mean, least, greatest and weight")
    func points() {
        var series = RollupSeries()
        #expect(series.isEmpty)
        for second in 0..<60 as Range<Int64> { series.add(time: second * 1_000, value: Double(second), weight: second < 30 ? 1 : 3) }
        let two = series.points(from: 0, until: 60_000, count: 2)
        #expect(two.map(\.time) == [0, 30_000])
        #expect(two.map(\.mean) == [14.5, 44.5])
        #expect(two.map(\.low) == [0, 30] && two.map(\.high) == [29, 59] && two.map(\.n) == [30, 90])
        let one = series.points(from: 0, until: 60_000, count: 1)
        #expect(close(one[0].mean, (14.5 * 30 + 44.5 * 90) / 120))
        #expect(series.points(from: 0, until: 60_000, count: 60).count == 60)
        #expect(!series.isEmpty)
    }

    @Test("values of one second merge, late ones join their own second, and what is no number is passed over")
    func merging() {
        var series = RollupSeries()
        series.add(time: 5_000, value: 1, weight: 1)
        series.add(time: 6_000, value: 5, weight: 1)
        series.add(time: 5_900, value: 3, weight: 1)
        series.add(time: 5_000, value: .nan, weight: 1)
        series.add(time: 5_000, value: 9, weight: 0)
        series.add(time: 5_000, value: 9, weight: -1)
        let points = series.points(from: 5_000, until: 7_000, count: 2)
        #expect(points.map(\.mean) == [2, 5])
        #expect(points.map(\.n) == [2, 1])
    }

    @Test("a month of minutes stays bounded: seconds reach back 15 minutes, minutes a day, hours 30 days")
    func tiers() {
        var series = RollupSeries()
        let minutes: Int64 = 40 * 1_440
        for minute in 0..<minutes { series.add(time: minute * 60_000, value: Double(minute), weight: 1) }
        let end = minutes * 60_000
        #expect(series.points(from: end - 3_600_000, until: end, count: 60).count == 60)
        #expect(series.points(from: end - 86_400_000, until: end, count: 24).count == 24)
        let month = series.points(from: end - 29 * 86_400_000, until: end, count: 29)
        #expect(month.count == 29)
        #expect(month.allSatisfy { $0.n == 1_440 })
        #expect(series.points(from: 0, until: end, count: 40).count < 40)
    }

    @Test("what began a minute ago is seen, however far back the question reaches", arguments: [2, 10, 15, 29, 60, 1_440, 40_000])
    func young(minutes: Int64) {
        var series = RollupSeries()
        // A little after a full hour: the hour's own bucket begins before the stretch that is asked for.
        let start: Int64 = 1_366_293_600_000 + 25 * 60_000
        for second in 0..<60 { series.add(time: start + Int64(second) * 1_000, value: 5, weight: 1) }
        let until = start + 60_000
        let points = series.points(from: until - minutes * 60_000, until: until, count: 60)
        #expect(points.map(\.n).reduce(0, +) == 60)
    }

    @Test("questions from anywhere are answered without a trap", arguments: [0, 1, 1_000, Int.max])
    func farQuestions(count: Int) {
        var series = RollupSeries()
        series.add(time: 1_000, value: 1, weight: 1)
        series.add(time: -86_400_000, value: 1, weight: 1)
        for (from, until) in [(Int64.min, Int64.max), (0, Int64.max), (Int64.min, 0), (Int64.max, Int64.min), (5, 5)] {
            #expect(series.points(from: from, until: until, count: count).count <= 2)
        }
    }
}
