import Engine
import Store
import Testing

@Suite("Claims that are over")
struct LeaseWatchTests {
    private let claim = ExpiredClaim(job: 7, fence: 1, leaseUntil: 30_000)

    @Test("a claim is lost when two looks in turn find it over, and not when its worker went on in between")
    func twice() {
        var watch = LeaseWatch()
        #expect(watch.lost(of: [claim]).isEmpty)
        #expect(watch.lost(of: [claim]) == [claim])
        // Prolonged by a worker that had stood still with the whole machine, then really lost.
        let later = ExpiredClaim(job: 7, fence: 1, leaseUntil: 45_000)
        #expect(watch.lost(of: [later]).isEmpty)
        #expect(watch.lost(of: []).isEmpty)
        #expect(watch.lost(of: [later]).isEmpty)
        #expect(watch.lost(of: [later]) == [later])
    }

    @Test("looks are ten seconds apart at least")
    func pace() {
        var watch = LeaseWatch()
        let due: [Int64] = [0, 250, 9_999, 10_000, 12_000, 60_000].filter { watch.isDue(at: $0) }
        #expect(due == [0, 10_000, 60_000])
    }
}
