import Tabular

/// One run of boosting: trees added one after the other to the scores of binned rows.
package struct Boosting {
    /// The trainer's scores of the training rows, before the logistic function.
    package private(set) var scores: [Double]
    /// Of the watched rows.
    package private(set) var watchedScores: [Double]
    /// The least watched loss, and the number of trees there.
    private(set) var best = (loss: Double.infinity, trees: 0)
    package var notes: [String] = []

    private let rows: LabelledRows
    private let watched: (targets: [Double], columns: [[UInt8]])?
    private let binning: Binning
    private let loss: TreeLoss
    private let base: Double
    private let grower: TreeGrower
    private let span: ClosedRange<Double>
    private var trees: [GrownTree] = []

    /// Bins the rows.
    ///
    /// `span` is the part of the whole training's progress that this run stands for.
    init(
        _ rows: LabelledRows, validation: LabelledRows?, settings: Settings, span: ClosedRange<Double>, hooks: TrainingHooks
    ) throws(LearningFailure) {
        hooks.report(
            TrainingProgress(
                stage: "binning", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: span.lowerBound + 0.02,
                secondsLeft: nil))
        self.rows = rows
        self.span = span
        binning = try Binning(rows, limit: settings.integer("bins"), hooks: hooks)
        guard binning.features.contains(where: { $0 != nil }) else { throw .noFeatures }
        loss = TreeLoss(task: rows.schema.target.task)
        base = loss.start(rows.targets)
        guard base.isFinite else { throw .diverged(iteration: 0) }
        scores = [Double](repeating: base, count: rows.count)
        watchedScores = [Double](repeating: base, count: validation?.count ?? 0)
        if let validation {
            watched = (validation.targets, try binning.columns(validation, hooks: hooks))
        } else {
            watched = nil
        }
        grower = TreeGrower(
            columns: try binning.columns(rows, hooks: hooks), binning: binning, leaves: settings.integer("leaves"),
            minLeaf: settings.integer("min-leaf"), lambda: settings.real("l2"), rate: settings.real("learning-rate"))
    }

    /// Adds trees: as many as wanted, or until nothing can be split, or until the watched loss has not fallen for `patience` trees.
    ///
    /// - Throws: `.diverged` as soon as the loss is no number; `.cancelled`.
    mutating func run(trees wanted: Int, patience: Int, hooks: TrainingHooks) throws(LearningFailure) {
        let clock = ContinuousClock.now
        for iteration in 1...wanted {
            try hooks.checkpoint()
            let (gradients, hessians) = loss.derivatives(scores, rows.targets)
            let tree = try grower.grow(gradients: gradients, hessians: hessians, hooks: hooks, scores: &scores)
            trees.append(tree)
            let trainLoss = loss.mean(scores, rows.targets)
            guard trainLoss.isFinite else { throw .diverged(iteration: iteration) }
            var watchedLoss: Double?
            if let watched {
                tree.add(to: &watchedScores, columns: watched.columns, binning: binning)
                let value = loss.mean(watchedScores, watched.targets)
                watchedLoss = value
                if value < best.loss { best = (value, iteration) }
            }
            let elapsed = ContinuousClock.now - clock
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            let share = 0.05 + 0.95 * Double(iteration) / Double(wanted)
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: iteration, iterations: wanted, trainLoss: trainLoss, validationLoss: watchedLoss,
                    fraction: span.lowerBound + (span.upperBound - span.lowerBound) * share,
                    secondsLeft: seconds / Double(iteration) * Double(wanted - iteration)))
            if patience > 0, watched != nil, iteration - best.trees >= patience { break }
            if tree.isStump { break }
        }
    }

    /// The trees, flattened for serving.
    package func fitted() -> any FittedAlgorithm {
        TreeEnsemble(binning: binning, base: base, task: rows.schema.target.task, trees: trees, notes: notes)
    }
}
