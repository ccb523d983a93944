import Engine
import Foundation
import Testing

@Suite("The guards of a live learner")
struct LiveGuardTests {
    /// The same noise on every machine.
    private struct Noise {
        var state: UInt64
        mutating func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        mutating func label(_ p: Double) -> Double { unit() < p ? 1 : 0 }
    }

    @Test("while the learner is as good as the champion, 200 streams of 5,000 labels are stopped far seldomer than the limit says")
    func falseAlarms() {
        var stopped = 0
        for stream in 0..<200 {
            var noise = Noise(state: UInt64(stream) &* 7_919 &+ 1)
            var guards = LiveGuards()
            for _ in 0..<5_000 {
                let p = noise.unit()
                let label = noise.label(p)
                // Both see the truth through noise of their own.
                let own = min(0.99, max(0.01, p + 0.2 * (noise.unit() - 0.5)))
                let other = min(0.99, max(0.01, p + 0.2 * (noise.unit() - 0.5)))
                guards.note(
                    own: GuardLoss.probability(own, label), champion: GuardLoss.probability(other, label),
                    constant: GuardLoss.probability(0.5, label), champion: "v1")
                if guards.stopped != nil { break }
            }
            if guards.stopped != nil { stopped += 1 }
        }
        // A million labels, once in 20,000: 50 at most on average; the margin makes it far fewer.
        #expect(stopped <= 5, "\(stopped)")
    }

    @Test("a learner that becomes worse than the champion is stopped within 500 labels, however good it was before; the words say by whom")
    func worse() {
        var noise = Noise(state: 5)
        var guards = LiveGuards()
        func note(_ own: Double, _ champion: Double, _ label: Double) {
            guards.note(
                own: GuardLoss.probability(own, label), champion: GuardLoss.probability(champion, label),
                constant: GuardLoss.probability(0.5, label), champion: "v7")
        }
        for _ in 0..<10_000 {
            let label = noise.label(0.5)
            note(label > 0.5 ? 0.9 : 0.1, 0.5, label)
        }
        #expect(guards.stopped == nil)
        var needed = 0
        while guards.stopped == nil, needed < 1_000 {
            let label = noise.label(0.5)
            needed += 1
            note(noise.unit() < 0.3 ? 0.1 : 0.6, label > 0.5 ? 0.8 : 0.2, label)
        }
        #expect(needed <= 500, "\(needed)")
        #expect(guards.stopped?.hasPrefix("worse than v7, odds 2") == true, "\(guards.stopped ?? "")")
    }

    @Test("random labels stop a learner that was certain; it does not come back while they last, and does when they are right")
    func poison() {
        var noise = Noise(state: 9)
        var guards = LiveGuards()
        func note(own: Double, champion: Double, _ label: Double) {
            guards.note(
                own: GuardLoss.probability(own, label), champion: GuardLoss.probability(champion, label),
                constant: GuardLoss.probability(0.5, label), champion: "v1")
        }
        for _ in 0..<500 {
            // Both believe something; the labels know nothing of it.
            let belief = noise.unit() < 0.5 ? 0.85 : 0.15
            note(own: belief, champion: belief, noise.label(0.5))
        }
        #expect(guards.stopped?.hasPrefix("worse than a constant") == true)
        for _ in 0..<3_000 {
            let belief = noise.unit() < 0.5 ? 0.85 : 0.15
            note(own: 0.5 + 0.1 * (noise.unit() - 0.5), champion: belief, noise.label(0.5))
        }
        #expect(guards.stopped != nil)
        for _ in 0..<1_000 {
            let label = noise.label(0.5)
            note(own: label > 0.5 ? 0.8 : 0.2, champion: noise.unit() < 0.7 ? (label > 0.5 ? 0.7 : 0.3) : 0.5, label)
        }
        #expect(guards.stopped == nil)
    }

    @Test("a stopped learner that agrees with labels which contradict the champion does not come back by itself")
    func turned() {
        var noise = Noise(state: 3)
        var guards = LiveGuards(stopped: "worse than a constant")
        for _ in 0..<5_000 {
            let label = noise.label(0.5)
            guards.note(
                own: GuardLoss.probability(label > 0.5 ? 0.9 : 0.1, label),
                champion: GuardLoss.probability(label > 0.5 ? 0.2 : 0.8, label), constant: GuardLoss.probability(0.5, label),
                champion: "v1")
        }
        #expect(guards.stopped != nil)
    }

    @Test("numbers are compared in standard deviations, what is no number is the worst, and the running constant is the mean of what came")
    func losses() {
        #expect(GuardLoss.number(3, 1, deviation: 2) == 0.5)
        #expect(GuardLoss.number(.nan, 1, deviation: 2) == 10)
        #expect(GuardLoss.number(1e300, 1, deviation: 0) == 10)
        #expect(abs(GuardLoss.probability(.nan, 1) - -log(0.01)) < 1e-12)
        #expect(abs(GuardLoss.probability(1, 0) - -log(0.01)) < 1e-12)
        #expect(abs(GuardLoss.probability(0.25, 1) - log(4)) < 1e-12)
        var constant = RunningConstant()
        #expect(constant.answer(isProbability: true) == 0.5)
        for label in [1.0, 1, 0, 1] { constant.note(label) }
        #expect(abs(constant.answer(isProbability: false) - 0.75) < 1e-12)
        #expect(abs(constant.answer(isProbability: true) - 4.0 / 6) < 1e-12)
        #expect(abs(constant.deviation - 0.1875.squareRoot()) < 1e-12)
    }
}
