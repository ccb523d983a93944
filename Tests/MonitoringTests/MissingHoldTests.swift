import Monitoring
import Testing

@Suite("Holding back changes of missing rates")
struct MissingHoldTests {
    private func change(_ feature: String, raised: Bool) -> MissingChange {
        MissingChange(feature: feature, isRaised: raised, rate: 0.9, referenceRate: 0.01, threshold: 0.025, n: 120, since: 0)
    }

    @Test("A fault that lasts is told once, after three seconds")
    func raise() {
        var hold = MissingHold()
        hold.take([change("gust", raised: true)], at: 1_000)
        #expect(hold.settle(at: 3_999).isEmpty)
        #expect(hold.settle(at: 4_000).map(\.feature) == ["gust"])
        #expect(hold.settle(at: 9_000).isEmpty)
    }

    @Test("Until it is told, or over, a fault is suspected")
    func suspects() {
        var hold = MissingHold()
        hold.take([change("wind", raised: true), change("gust", raised: true)], at: 1_000)
        #expect(hold.suspects == ["gust", "wind"])
        hold.take([change("wind", raised: false)], at: 2_000)
        #expect(hold.suspects == ["gust"])
        _ = hold.settle(at: 4_000)
        #expect(hold.suspects.isEmpty)
        hold.take([change("gust", raised: false)], at: 5_000)
        #expect(hold.suspects.isEmpty, "the end of a fault is no fault")
    }

    @Test("A run of gaps that is over in time is never told")
    func shortRun() {
        var hold = MissingHold()
        for start in stride(from: Int64(0), to: 60_000, by: 2_500) {
            hold.take([change("gust", raised: true)], at: start)
            hold.take([change("gust", raised: false)], at: start + 400)
            #expect(hold.settle(at: start + 2_400).isEmpty)
        }
    }

    @Test("The end of a fault is told after half a minute without a relapse")
    func clear() {
        var hold = MissingHold()
        hold.take([change("gust", raised: true)], at: 0)
        #expect(hold.settle(at: 3_000).count == 1)
        hold.take([change("gust", raised: false)], at: 10_000)
        hold.take([change("gust", raised: true)], at: 30_000)
        #expect(hold.settle(at: 50_000).isEmpty, "the relapse took the end back")
        hold.take([change("gust", raised: false)], at: 60_000)
        #expect(hold.settle(at: 89_999).isEmpty)
        #expect(hold.settle(at: 90_000).map(\.isRaised) == [false])
    }

    @Test("Features are held apart and told in the order of their names")
    func apart() {
        var hold = MissingHold()
        hold.take([change("wind", raised: true), change("gust", raised: true), change("temp", raised: true)], at: 0)
        hold.take([change("temp", raised: false)], at: 1_000)
        #expect(hold.settle(at: 3_000).map(\.feature) == ["gust", "wind"])
    }
}
