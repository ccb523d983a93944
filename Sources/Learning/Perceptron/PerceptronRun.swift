import Foundation
import Tabular

/// The epochs of a perceptron: shuffles, rates, early stopping.
struct PerceptronRun {
    /// Share of the training rows that chooses the epoch, when patience asks for it.
    private static let choosingShare = 0.15
    /// Training rows below which none are kept back to choose.
    private static let fewestRows = 200
    /// Rows that are watched, spread over those that could be.
    private static let mostWatched = 20_000
    /// Mean loss beyond which training has diverged: a constant answer costs about 1 at most, in standard deviations or nats.
    private static let mostLoss = 10.0

    let settings: Settings
    let trainer: NetworkTrainer
    let seed: UInt64
    let hooks: TrainingHooks

    /// The parameters kept, and remarks.
    func train(_ data: PerceptronData, validation: LabelledRows?) throws(LearningFailure) -> (parameters: [Float], remarks: [String]) {
        let patience = settings.integer("patience")
        let isChoosing = patience > 0 && data.rows.count >= Self.fewestRows
        let parts = isChoosing ? data.rows.split(holdout: Self.choosingShare) : (train: data.rows, holdout: data.rows.selecting([]))
        let own = try data.network(parts.train, weighted: true, hooks: hooks)
        let choosing = isChoosing ? try data.network(parts.holdout, weighted: false, hooks: hooks) : nil
        let watched = try validation.map { rows throws(LearningFailure) in
            try data.network(Self.spread(rows), weighted: false, hooks: hooks)
        }
        let epochs = settings.integer("epochs")
        var random = SplitMix64(state: seed ^ 0x5EED)
        var order = (0..<own.count).map { Int32($0) }
        var best: (loss: Double, epoch: Int, parameters: [Float])?
        for epoch in 1...epochs {
            order.shuffle(using: &random)
            let loss = try trainer.epoch(own, order: order, decay: settings.real("decay"), hooks: hooks) { share in
                rate((Double(epoch - 1) + share) / Double(epochs))
            }
            guard loss < Self.mostLoss else { throw .diverged(iteration: epoch) }
            let settling = try choosing.map { rows throws(LearningFailure) in try trainer.loss(rows, hooks: hooks) }
            let watchedLoss = try watched.map { rows throws(LearningFailure) in try trainer.loss(rows, hooks: hooks) }
            report(epoch, of: epochs, loss, watchedLoss)
            guard let settling else { continue }
            if settling < best?.loss ?? .infinity { best = (settling, epoch, trainer.parameters) }
            if epoch - (best?.epoch ?? 0) >= patience { break }
        }
        guard let best, let choosing else { return (trainer.parameters, []) }
        return (best.parameters, ["epoch \(best.epoch): the loss on the last \(choosing.count) training rows was least there"])
    }

    private func rate(_ done: Double) -> Double {
        let rate = settings.real("learning-rate")
        return settings.text("schedule") == "cosine" ? rate * (1 + cos(Double.pi * done)) / 2 : rate
    }

    private func report(_ epoch: Int, of epochs: Int, _ loss: Double, _ watched: Double?) {
        hooks.report(
            TrainingProgress(
                stage: "fitting", iteration: epoch, iterations: epochs, trainLoss: loss, validationLoss: watched,
                fraction: 0.2 + 0.65 * Double(epoch) / Double(epochs), secondsLeft: nil))
    }

    private static func spread(_ rows: LabelledRows) -> LabelledRows {
        guard rows.count > mostWatched else { return rows }
        return rows.selecting((0..<mostWatched).map { $0 * rows.count / mostWatched })
    }
}
