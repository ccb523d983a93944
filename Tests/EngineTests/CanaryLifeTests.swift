import Engine
import Foundation
import Learning
import Store
import Testing

/// A canary from its first request to its promotion, in simulated time.
@Suite("Two hours of a canary") struct CanaryLifeTests {
    /// Requests a second.
    private static let rate = 8

    @Test(
        "each step's split is the one that was asked for, within its interval, and behind 100 % it is promoted without a failure",
        .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] != nil))
    func twoHours() async throws {
        var options = EngineHarness.Options()
        options.runsPolicies = true
        try await EngineHarness.run(options) { harness in
            try await harness.deploy()
            try await harness.train(TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: "logistic", seed: 7)))
            let steps = [0.05, 0.25, 0.5, 1]
            let plan = ArmPlan(.canary, share: steps[0], steps: Array(steps.dropFirst()), bake: 30 * 60_000)
            try await harness.perform(.challenge(deployment: "flights", version: 2, plan: plan))
            let rows = try harness.rows(from: EngineHarness.may)
            var answered = 0
            var seconds = 0
            for share in steps {
                // A minute before the next step, in which the last look at this one is taken.
                var own = 0
                var all = 0
                while try harness.status().challengers?.first?.challenger.plan.share == share {
                    let served = try await harness.send(rows, count: Self.rate, rate: Self.rate)
                    own += served.count { $0.answer.version == 2 }
                    all += served.count
                    seconds += 1
                    try #require(seconds < 3 * 3_600, "no step after \(seconds) s")
                    guard seconds.isMultiple(of: 60), let present = try harness.status().challengers?.first,
                        present.challenger.plan.share == share, present.answered > 50, share < 1
                    else { continue }
                    let seen = try #require(present.observed)
                    let slack = seen.upper - seen.lower
                    #expect(seen.lower - slack < share && share < seen.upper + slack, "\(share): \(seen)")
                    #expect(try #require(present.splitOdds) < ChallengerStatus.alarmingOdds)
                }
                answered += all
                let deviation = (share * (1 - share) / Double(all)).squareRoot()
                #expect(abs(Double(own) / Double(all) - share) <= 5 * deviation + 1e-2, "\(share): \(own) of \(all)")
            }
            #expect(answered == seconds * Self.rate)
            #expect(abs(seconds - 7_200) < 120)
            #expect(try harness.status().champion == 2 && harness.status().challengers == nil)
            #expect(try harness.status().errorRate == 0)
            let verbs = try await harness.journal(limit: 1_000).compactMap(\.entry.known).filter { $0 != .alert && $0 != .alertResolved }
            #expect(verbs.suffix(5) == [.canary, .share, .share, .share, .promote])
        }
    }
}
