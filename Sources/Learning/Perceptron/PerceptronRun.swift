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
        let identity = hooks.checkpoints == nil ? 0 : Fingerprint.training(data.rows, settings.texts, seed: seed)
        var state = resumed(identity) ?? NetworkCheckpoint()
        try learn(own, choosing, watched, patience: patience, identity: identity, state: &state)
        guard let best = state.best, let choosing else { return (trainer.parameters, []) }
        return (best.parameters, ["epoch \(best.epoch): the loss on the last \(choosing.count) training rows was least there"])
    }

    /// The epochs that are left; `state` holds those that an earlier process made.
    private func learn(
        _ own: NetworkRows, _ choosing: NetworkRows?, _ watched: NetworkRows?, patience: Int, identity: UInt64,
        state: inout NetworkCheckpoint
    ) throws(LearningFailure) {
        let epochs = settings.integer("epochs")
        let before = state.epochs
        var saved = ContinuousClock.now
        var random = SplitMix64(state: seed ^ 0x5EED)
        var order = (0..<own.count).map { Int32($0) }
        for epoch in 1...epochs {
            // Each order is made of the one before, also those that an earlier process has learnt in.
            order.shuffle(using: &random)
            guard epoch > before else {
                report(epoch, of: epochs, state.losses)
                continue
            }
            let loss = try trainer.epoch(own, order: order, decay: settings.real("decay"), hooks: hooks) { share in
                rate((Double(epoch - 1) + share) / Double(epochs))
            }
            guard loss < Self.mostLoss else { throw .diverged(iteration: epoch) }
            state.losses.train.append(loss)
            if let watched { state.losses.watched.append(try trainer.loss(watched, hooks: hooks)) }
            if let choosing {
                let settling = try trainer.loss(choosing, hooks: hooks)
                if settling < state.best?.loss ?? .infinity {
                    state.best = NetworkCheckpoint.Best(loss: settling, epoch: epoch, parameters: trainer.parameters)
                }
            }
            report(epoch, of: epochs, state.losses)
            if choosing != nil, epoch - (state.best?.epoch ?? 0) >= patience { break }
            if let checkpoints = hooks.checkpoints, epoch < epochs, ContinuousClock.now - saved >= .seconds(checkpoints.seconds) {
                state.memory = trainer.memory
                state.steps = trainer.steps
                checkpoints.save(state.encode(identity: identity))
                saved = .now
            }
        }
    }

    /// What an earlier process had learnt of the very same training, put into the trainer.
    private func resumed(_ identity: UInt64) -> NetworkCheckpoint? {
        guard let bytes = hooks.checkpoints?.load() else { return nil }
        guard let found = NetworkCheckpoint(bytes, identity: identity, parameters: trainer.shape.parameters),
            found.epochs < settings.integer("epochs")
        else { return nil }
        trainer.resume(found.memory, steps: found.steps)
        return found
    }

    private func rate(_ done: Double) -> Double {
        let rate = settings.real("learning-rate")
        return settings.text("schedule") == "cosine" ? rate * (1 + cos(Double.pi * done)) / 2 : rate
    }

    private func report(_ epoch: Int, of epochs: Int, _ losses: (train: [Double], watched: [Double])) {
        hooks.report(
            TrainingProgress(
                stage: "fitting", iteration: epoch, iterations: epochs, trainLoss: losses.train[epoch - 1],
                validationLoss: losses.watched.isEmpty ? nil : losses.watched[epoch - 1],
                fraction: 0.2 + 0.65 * Double(epoch) / Double(epochs), secondsLeft: nil))
    }

    private static func spread(_ rows: LabelledRows) -> LabelledRows {
        guard rows.count > mostWatched else { return rows }
        return rows.selecting((0..<mostWatched).map { $0 * rows.count / mostWatched })
    }
}
