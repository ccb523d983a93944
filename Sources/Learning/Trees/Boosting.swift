import Tabular

/// One run of boosting: trees added one after the other to the scores of binned rows.
package struct Boosting {
    /// The least watched loss, and the number of rounds there.
    private(set) var best = (loss: Double.infinity, rounds: 0)
    package var notes: [String] = []

    /// Rows of the training part that its loss is measured on: a loss of all of them costs as much as a tree.
    private static let lossRows = 32_768

    private let schema: Schema
    private let targets: Buffer<Double>
    private let watched: (targets: Buffer<Double>, rows: BinnedRows)?
    private let binning: Binning
    private let loss: TreeLoss
    private let base: [Double]
    private let grower: TreeGrower
    private let stage: GradientStage
    private let team: WorkerTeam
    private let seed: UInt64
    private let span: ClosedRange<Double>
    /// Output-major `[outputs, rows]`, before the logistic or softmax function.
    private let ownScores: Buffer<Double>
    private let seenScores: Buffer<Double>
    /// Of several classes: the probabilities before a round, output-major.
    private let probabilities: Buffer<Double>
    private let counts: (own: Int, seen: Int)
    private var trees: [GrownTree] = []

    /// The trainer's scores of the training rows, output-major, before the logistic or softmax function.
    package var scores: [Double] { ownScores.array }
    /// Of the watched rows.
    package var watchedScores: [Double] { seenScores.array }

    /// Bins the rows.
    ///
    /// `span` is the part of the whole training's progress that this run stands for.
    init(
        _ rows: LabelledRows, validation: LabelledRows?, settings: TreeSettings, seed: UInt64, span: ClosedRange<Double>,
        hooks: TrainingHooks
    ) throws(LearningFailure) {
        hooks.report(
            TrainingProgress(
                stage: "binning", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: span.lowerBound + 0.02,
                secondsLeft: nil))
        schema = rows.schema
        self.seed = seed
        self.span = span
        targets = Buffer(rows.targets, empty: 0)
        counts = (rows.count, validation?.count ?? 0)
        team = WorkerTeam(threads: hooks.threads)
        binning = try Binning(rows, limit: settings.bins, team: team, hooks: hooks)
        guard binning.features.contains(where: { $0 != nil }) else { throw .noFeatures }
        loss = TreeLoss(rows.schema.target, classWeights: settings.classWeights(rows))
        base = loss.start(rows.targets)
        guard base.allSatisfy(\.isFinite) else { throw .diverged(iteration: 0) }
        ownScores = Self.constant(base, rows.count)
        seenScores = Self.constant(base, validation?.count ?? 0)
        probabilities = Buffer(repeating: 0, count: loss.outputs > 1 ? rows.count * loss.outputs : 0)
        if let validation {
            watched = (
                Buffer(validation.targets, empty: 0), try BinnedRows(validation, binning, forHistograms: false, team: team, hooks: hooks)
            )
        } else {
            watched = nil
        }
        stage = GradientStage(rows: rows.count, isUnit: loss.isUnit, isWeighted: loss.isWeighted, team: team)
        let binned = try BinnedRows(rows, binning, forHistograms: true, team: team, hooks: hooks)
        grower = TreeGrower(binned, binning: binning, limits: try settings.limits(rows.schema), team: team)
    }

    private static func constant(_ base: [Double], _ rows: Int) -> Buffer<Double> {
        let scores = Buffer(repeating: 0.0, count: rows * base.count)
        for (output, value) in base.enumerated() { (scores.base + output * rows).update(repeating: value, count: rows) }
        return scores
    }

    /// Adds rounds of one tree an output: as many as wanted, or until nothing can be split, or until the watched loss has not fallen for
    /// `patience` rounds.
    ///
    /// - Throws: `.diverged` as soon as the loss is no number; `.cancelled`.
    mutating func run(rounds wanted: Int, patience: Int, hooks: TrainingHooks) throws(LearningFailure) {
        let clock = ContinuousClock.now
        for round in 1...wanted {
            try hooks.checkpoint()
            let hasSplit = try grow(round, hooks)
            let trainLoss = loss.mean(ownScores, targets, most: Self.lossRows, team: team)
            guard trainLoss.isFinite else { throw .diverged(iteration: round) }
            let watchedLoss = watched.map { loss.mean(seenScores, $0.targets, team: team) }
            if let watchedLoss, watchedLoss < best.loss { best = (watchedLoss, round) }
            let elapsed = ContinuousClock.now - clock
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            let share = 0.05 + 0.95 * Double(round) / Double(wanted)
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: round, iterations: wanted, trainLoss: trainLoss, validationLoss: watchedLoss,
                    fraction: span.lowerBound + (span.upperBound - span.lowerBound) * share,
                    secondsLeft: seconds / Double(round) * Double(wanted - round)))
            if patience > 0, watched != nil, round - best.rounds >= patience { break }
            if !hasSplit { break }
        }
    }

    /// One tree for each output; false when none of them could be split.
    private mutating func grow(_ round: Int, _ hooks: TrainingHooks) throws(LearningFailure) -> Bool {
        if loss.outputs > 1 { refreshProbabilities() }
        var hasSplit = false
        for output in 0..<loss.outputs {
            let salt = SplitMix64.mixed(seed ^ SplitMix64.mixed(UInt64(trees.count)))
            guard
                loss.pack(into: stage, output: output, scores: ownScores, probabilities: probabilities, targets: targets, salt: salt)
            else { throw .diverged(iteration: round) }
            let tree = try grower.grow(stage, hooks: hooks, scores: ownScores.base + output * counts.own)
            if let watched {
                tree.add(to: seenScores.base + output * counts.seen, watched.rows, binning, team: team)
            }
            guard tree.leaves.allSatisfy(\.isFinite) else { throw .diverged(iteration: round) }
            hasSplit = hasSplit || !tree.isStump
            trees.append(tree)
        }
        return hasSplit
    }

    private func refreshProbabilities() {
        let (scores, probabilities, outputs, rows) = (ownScores, probabilities, loss.outputs, counts.own)
        team.divide(0..<rows, least: 4_096) { _, part in
            for row in part {
                for output in 0..<outputs { probabilities.base[output * rows + row] = scores.base[output * rows + row] }
                Softmax.apply(probabilities.base + row, step: rows, count: outputs)
            }
        }
    }

    /// The trees, flattened for serving.
    package func fitted() -> any FittedAlgorithm {
        TreeEnsemble(binning: binning, base: base, task: schema.target.task, trees: trees, notes: notes)
    }
}
