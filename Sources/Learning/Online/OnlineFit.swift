import Foundation
import Tabular

/// Runs an online algorithm over rows that are all there.
struct OnlineFit {
    /// Rows between two looks at the clock of others.
    private static let blockRows = 16_384
    /// Rows of the validation part that are watched.
    private static let mostWatched = 2_000
    /// Points of the loss curve, about.
    private static let points = 20
    /// Mean losses beyond which training has diverged: answering always the same costs at most about 1.
    private static let mostLoss = 1e6

    let rows: LabelledRows
    let validation: LabelledRows?
    let passes: Int
    let isLogistic: Bool

    func run(from start: OnlineKnowledge, hooks: TrainingHooks) throws(LearningFailure) -> OnlineKnowledge {
        let core = start.core(rows.schema, rows.categories, isLogistic: isLogistic)
        let all = passes * rows.count
        let step = max(1, min(Self.blockRows, all / Self.points))
        var block = 0
        for pass in 0..<passes {
            for first in stride(from: 0, to: rows.count, by: step) {
                try hooks.checkpoint()
                let end = min(rows.count, first + step)
                learn(first..<end, core)
                guard core.meanLoss < Self.mostLoss else { throw .diverged(iteration: core.rows) }
                block += 1
                let done = pass * rows.count + end
                // Few points, whatever the number of blocks.
                guard done == all || block % max(1, all / step / Self.points) == 0 else { continue }
                hooks.report(
                    TrainingProgress(
                        stage: "fitting", iteration: done, iterations: all, trainLoss: core.meanLoss,
                        validationLoss: validation.map { watch($0, core) }, fraction: 0.2 + 0.65 * Double(done) / Double(all),
                        secondsLeft: nil))
            }
        }
        let knowledge = core.knowledge
        guard knowledge.isFinite else { throw .diverged(iteration: core.rows) }
        return knowledge.trained
    }

    private func learn(_ range: Range<Int>, _ core: any OnlineCore) {
        rows.features.withUnsafeBufferPointer { features in
            guard let base = features.baseAddress else { return }
            for row in range { core.learn(base + row * rows.schema.width, target: rows.targets[row], timing: nil) }
        }
    }

    /// The mean loss of rows that are not learnt.
    private func watch(_ watched: LabelledRows, _ core: any OnlineCore) -> Double {
        let count = min(watched.count, Self.mostWatched)
        guard count > 0 else { return 0 }
        return watched.features.withUnsafeBufferPointer { features in
            guard let base = features.baseAddress else { return 0 }
            return (0..<count).reduce(0) { sum, row in
                sum + core.loss(base + row * watched.schema.width, target: watched.targets[row]) / Double(count)
            }
        }
    }
}
