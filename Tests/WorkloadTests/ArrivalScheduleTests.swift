import Testing
import Workload

@Suite("Arrival schedule") struct ArrivalScheduleTests {
    @Test("a constant rate starts request k at k / rate, without drift") func constant() {
        var schedule = ArrivalSchedule(rate: 300)
        var last: Int64 = 0
        for k in 0..<30_001 {
            last = schedule.next()
            if k % 3 == 0 { #expect(last == Int64(k / 3) * 10_000_000) }
        }
        #expect(last == 100_000_000_000)
    }

    @Test("a wave brings its mean rate over each whole period") func wave() {
        var schedule = ArrivalSchedule(.wave(mean: 50, swing: 0.4, periodSeconds: 10, phase: 0.3))
        var perPeriod: [Int64: Int] = [:]
        for _ in 0..<2_600 { perPeriod[schedule.next() / 10_000_000_000, default: 0] += 1 }
        // The harmonic steps 1 / rate(t) follow the wave to within a request or two.
        for period in 0..<Int64(5) { #expect(abs((perPeriod[period] ?? 0) - 500) <= 5) }
    }

    @Test("a wave's rate swings around its mean") func waveRate() {
        let schedule = ArrivalSchedule(.wave(mean: 50, swing: 0.4, periodSeconds: 10, phase: 0))
        #expect(abs((schedule.rate(at: 2.5) ?? 0) - 70) < 1e-9)
        #expect(abs((schedule.rate(at: 7.5) ?? 0) - 30) < 1e-9)
    }

    @Test("no rate, and no sensible rate, is a closed loop", arguments: [nil, 0, -1, Double.nan, Double.infinity])
    func closedLoop(_ rate: Double?) { #expect(ArrivalSchedule(rate: rate).isClosedLoop) }

    @Test("a rate beyond measure does not overflow") func tiny() {
        var schedule = ArrivalSchedule(rate: 1e-300)
        #expect(schedule.next() == 0)
        #expect(schedule.next() == 31_536_000_000_000_000)
    }
}
