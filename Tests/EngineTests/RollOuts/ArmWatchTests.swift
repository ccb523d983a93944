import Engine
import Foundation
import Monitoring
import Tabular
import Testing

/// The figures behind a challenger's guard and its split, and who falls to whom.
@Suite("Challengers: splits and guards") struct ArmWatchTests {
    @Test("of 100,000 keys none moves back while the share grows from 10 over 50 to 100 %, and each share is what was asked for")
    func sticky() {
        let keys = (0..<100_000).map { SplitHash.bytes("customer-\($0)".utf8) }
        var former: Set<Int> = []
        for share in [0, 0.001, 0.1, 0.5, 1] {
            let split = Split(deployment: "d", version: 2, share: share, key: .id)
            let taken = Set(keys.indices.filter { split.takes(keys[$0]) })
            #expect(former.isSubset(of: taken), "\(share)")
            let (lower, upper) = ArmWatch.wilson(Int64(taken.count), of: 100_000)
            #expect(lower - 0.002 <= share && share <= upper + 0.002, "\(share): \(taken.count)")
            former = taken
        }
        #expect(former.count == keys.count)
    }

    @Test("a share of 0 takes nobody and one of 1 everybody, whatever the key; halves of two versions are not the same halves")
    func ends() {
        let none = Split(deployment: "d", version: 2, share: 0, key: .request)
        let all = Split(deployment: "d", version: 2, share: 1, key: .request)
        for key in [0, 1, .max, UInt64(1) << 63] {
            #expect(!none.takes(key))
            #expect(all.takes(key))
        }
        let halves = (2...3).map { Split(deployment: "d", version: $0, share: 0.5, key: .id) }
        let both = (0..<20_000).count { key in halves.allSatisfy { $0.takes(SplitHash.bytes("k\(key)".utf8)) } }
        // A quarter, within five standard deviations.
        #expect(abs(both - 5_000) < 310)
    }

    @Test("the numbers of requests draw evenly: of 20,000 in a row every share gets its part")
    func draws() {
        for share in [0.01, 0.05, 0.25, 0.5] {
            let split = Split(deployment: "flights", version: 9, share: share, key: .request)
            let taken = (0..<20_000).count { split.takes(UInt64(7) << 32 ^ UInt64($0)) }
            #expect(ArmWatch.odds(Int64(taken), of: 20_000, against: share) < 20, "\(share): \(taken)")
        }
    }

    @Test(
        "keys of an A/B count once on one loop, however often they come; a challenger that loses a tenth of its keys is seen, a right split is not"
    )
    func keys() {
        var random = SplitMix64(state: 8)
        // A few keys come very often.
        let requests = (0..<200_000).map { _ in Int(pow(Double.random(in: 0..<1, using: &random), 4) * 60_000) }
        let split = Split(deployment: "d", version: 2, share: 0.3, key: .id)
        for isLosing in [false, true] {
            var loops = (0..<3).map { _ in KeySample() }
            var counts = KeyCounts()
            var distinct: Set<UInt64> = []
            for (index, request) in requests.enumerated() {
                let key = SplitHash.bytes("customer-\(request)".utf8)
                distinct.insert(key)
                let isOwn = split.takes(key) && !(isLosing && request.isMultiple(of: 10))
                for loop in loops.indices { loops[loop].note(key, of: split, isChallengers: isOwn, loop: loop) }
                if index.isMultiple(of: 1_000) { for loop in loops.indices { counts.add(loops[loop].take()) } }
            }
            for loop in loops.indices { counts.add(loops[loop].take()) }
            // Three eighths of them, within five standard deviations, or as many as are remembered.
            let expected = min(Double(3 * KeySample.most), Double(distinct.count) * 3 / 8)
            #expect(abs(Double(counts.keys) - expected) < 5 * (Double(distinct.count) * 15 / 64).squareRoot())
            #expect((ArmWatch.odds(counts.drawn, of: counts.keys, against: 0.3) > ArmWatch.splitAlarm) == isLosing, "\(counts)")
            // A share that grows is another split, and begins anew.
            let grown = Split(deployment: "d", version: 2, share: 0.5, key: .id)
            loops[0].note(SplitHash.bytes("customer-1".utf8), of: grown, isChallengers: true, loop: 0)
            #expect(loops[0].take().keys <= 1)
        }
    }

    // SciPy 1.17.1: binom.sf(k - 1, n, p).
    @Test(
        "binomial tails are SciPy's",
        arguments: [
            (3, 10, 0.01, 1.138_491_179_057_796e-4), (1, 1, 0.5, 0.5), (12, 40, 0.02, 1.359_204_901_193_883e-11),
            (60, 100, 0.5, 0.028_443_966_820_490_44),
        ] as [(Int64, Int64, Double, Double)])
    func tails(k: Int64, n: Int64, rate: Double, expected: Double) {
        let found = ArmWatch.tail(k, of: n, rate: rate)
        #expect(abs(found - expected) < 1e-5 * expected, "\(found)")
    }

    @Test(
        "odds against a split stay small while it is right, over 400 roll-outs that are watched after every request, and grow when it is not"
    )
    func odds() {
        var numbers = SeededNumbers(state: 5)
        var alarms = 0
        for _ in 0..<400 {
            var k: Int64 = 0
            for n in 1...2_000 as ClosedRange<Int64> {
                if numbers.below(1_000) < 50 { k += 1 }
                if n % 10 == 0, ArmWatch.odds(k, of: n, against: 0.05) > ArmWatch.splitAlarm {
                    alarms += 1
                    break
                }
            }
        }
        #expect(alarms <= 2)
        #expect(ArmWatch.odds(160, of: 2_000, against: 0.05) > ArmWatch.splitAlarm)
        #expect(ArmWatch.odds(1, of: 10, against: 0) == .infinity)
        #expect(ArmWatch.odds(9, of: 10, against: 1) == .infinity)
        #expect(ArmWatch.odds(0, of: 0, against: 0.5) == 1)
    }

    // MARK: The guard

    private static func tally(
        _ plan: ArmPlan = ArmPlan(.canary, share: 0.1), own: (answered: Int, failed: Int, microseconds: UInt64),
        champion: (answered: Int, failed: Int, microseconds: UInt64)
    ) -> ArmWatch.Tally? {
        func totals(_ part: (answered: Int, failed: Int, microseconds: UInt64)) -> ArmTotals {
            var totals = ArmTotals()
            totals.answered = Int64(part.answered)
            totals.failed = Int64(part.failed)
            for i in 0..<part.answered { totals.latency.record((part.microseconds + UInt64(i % 7)) * 1_000) }
            return totals
        }
        var watch = ArmWatch()
        watch.follow([Challenger(version: 2, plan: plan, since: 0, by: "ana")], champion: 1, generation: 3)
        var lane = LaneTotals()
        lane.arms = [
            ArmKey(version: 2, arm: plan.kind.arm): totals(own), ArmKey(version: 1, arm: .champion): totals(champion),
        ]
        watch.add(lane, since: 3)
        return watch.tally(of: 2)
    }

    @Test("a challenger that fails where the champion does not is cut; one that fails as often as the champion is not")
    func failures() throws {
        let bad = try #require(Self.tally(own: (20, 4, 50), champion: (300, 0, 50)))
        #expect(ArmWatch.cut(bad, budgetMilliseconds: 20) == "4 of its 24 requests failed, 0 of the champion's 300")
        let alike = try #require(Self.tally(own: (40, 4, 50), champion: (400, 40, 50)))
        #expect(ArmWatch.cut(alike, budgetMilliseconds: 20) == nil)
        let few = try #require(Self.tally(own: (0, 2, 50), champion: (300, 0, 50)))
        #expect(ArmWatch.cut(few, budgetMilliseconds: 20) == nil)
    }

    @Test("a challenger five times as slow is cut, one half as slow again is not, and of a shadow nobody waits for nothing is cut")
    func slow() throws {
        let slow = try #require(Self.tally(own: (40, 0, 500), champion: (400, 0, 100)))
        #expect(ArmWatch.cut(slow, budgetMilliseconds: 20)?.hasPrefix("its median latency is 0.5") == true)
        let fair = try #require(Self.tally(own: (40, 0, 150), champion: (400, 0, 100)))
        #expect(ArmWatch.cut(fair, budgetMilliseconds: 20) == nil)
        // Of microseconds nobody is the wiser.
        let tiny = try #require(Self.tally(own: (40, 0, 50), champion: (400, 0, 10)))
        #expect(ArmWatch.cut(tiny, budgetMilliseconds: 20) == nil)
        let shadow = try #require(Self.tally(ArmPlan(.shadow, share: 1), own: (40, 40, 900), champion: (400, 0, 10)))
        #expect(ArmWatch.cut(shadow, budgetMilliseconds: 20) == nil)
        let alone = try #require(Self.tally(ArmPlan(.canary, share: 1), own: (400, 0, 30_000), champion: (0, 0, 0)))
        #expect(ArmWatch.cut(alone, budgetMilliseconds: 20)?.contains("the budget is 20 ms") == true)
    }

    @Test("what a loop answered before it knew of the share is not counted for it")
    func generations() {
        var watch = ArmWatch()
        watch.follow([Challenger(version: 2, plan: ArmPlan(.canary, share: 0.5), since: 0, by: "ana")], champion: 1, generation: 8)
        var lane = LaneTotals()
        var totals = ArmTotals()
        totals.answered = 100
        lane.arms = [ArmKey(version: 1, arm: .champion): totals]
        watch.add(lane, since: 7)
        #expect(watch.tally(of: 2)?.requests == 0)
        watch.add(lane, since: 8)
        #expect(watch.tally(of: 2)?.requests == 100)
        // Another share begins anew.
        watch.follow([Challenger(version: 2, plan: ArmPlan(.canary, share: 0.9), since: 5, by: "ana")], champion: 1, generation: 9)
        #expect(watch.tally(of: 2)?.requests == 0)
    }
}
