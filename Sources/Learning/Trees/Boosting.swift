import Tabular

/// One run of boosting: trees added one after the other to the scores of binned rows.
package struct Boosting {
    /// The least watched loss, and the number of rounds there.
    private(set) var best = (loss: Double.infinity, rounds: 0)
    package var notes: [String] = []

    /// Rows of the training part that its loss is measured on: a loss of all of them costs as much as a tree.
    private static let lossRows = 32_768

    private let order: Order
    private let truths: TreeTruths
    private let watched: (truths: TreeTruths, rows: BinnedRows)?
    private let binning: Binning
    private let loss: TreeLoss
    private let base: [Double]
    private let grower: TreeGrower
    private let stage: GradientStage
    private let team: WorkerTeam
    private let answers: Answers
    private let counts: (own: Int, seen: Int)
    /// What an earlier process had grown.
    private let earlier: BoostingCheckpoint?
    private var trees: [GrownTree] = []
    private var losses: (train: [Double], watched: [Double]) = ([], [])

    /// What it is told.
    private struct Order {
        let schema: Schema
        let seed: UInt64
        /// The part of the whole training's progress that this one stands for.
        let span: ClosedRange<Double>
        /// Whether each tree sees a part of the rows or columns only: one that finds no split says nothing of the next.
        let isSampled: Bool
    }

    /// What the trees say so far, output-major `[outputs, rows]`, before the logistic or softmax function.
    private struct Answers {
        /// Of the training rows.
        let own: Buffer<Double>
        /// Of the watched ones.
        let seen: Buffer<Double>
        /// Of several classes: the probabilities before a round.
        let probabilities: Buffer<Double>
    }

    /// The trainer's scores of the training rows, output-major, before the logistic or softmax function.
    package var scores: [Double] { answers.own.array }
    /// Of the watched rows.
    package var watchedScores: [Double] { answers.seen.array }

    /// Bins the rows.
    ///
    /// `span` is the part of the whole training's progress that this run stands for. Goes on from `saved` where that is of the same run.
    init(
        _ rows: LabelledRows, validation: LabelledRows?, settings: TreeSettings, seed: UInt64, span: ClosedRange<Double>,
        from saved: BoostingCheckpoint?, hooks: TrainingHooks
    ) throws(LearningFailure) {
        hooks.report(
            TrainingProgress(
                stage: "binning", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: span.lowerBound + 0.02,
                secondsLeft: nil))
        let limits = try settings.limits(rows.schema)
        let sampling = limits.sampling
        order = Order(schema: rows.schema, seed: seed, span: span, isSampled: sampling.rows < 1 || sampling.inputs < 1)
        let objective = settings.objective(rows.schema)
        if rows.schema.target.task == .regression { try objective.check(rows) }
        truths = TreeTruths(rows, objective)
        counts = (rows.count, validation?.count ?? 0)
        team = WorkerTeam(threads: hooks.threads)
        binning = try Binning(rows, limit: settings.bins, team: team, hooks: hooks)
        guard binning.features.contains(where: { $0 != nil }) else { throw .noFeatures }
        loss = TreeLoss(rows.schema.target, objective: objective, classWeights: try settings.classWeights(rows), truths: truths)
        base = loss.start(truths.targets.array)
        guard base.allSatisfy(\.isFinite) else { throw .diverged(iteration: 0) }
        let isSame =
            saved?.ensemble.binning == binning && saved?.ensemble.base == base && saved?.losses.watched.isEmpty == (validation == nil)
        let earlier = isSame ? saved : nil
        self.earlier = earlier
        let own = earlier?.scores(of: rows, team: team) ?? Self.constant(base, rows.count)
        let seen: Buffer<Double>
        if let validation {
            seen = earlier?.scores(of: validation, team: team) ?? Self.constant(base, validation.count)
        } else {
            seen = Self.constant(base, 0)
        }
        answers = Answers(
            own: own, seen: seen, probabilities: Buffer(repeating: 0, count: loss.outputs > 1 ? rows.count * loss.outputs : 0))
        if let validation {
            watched = (
                TreeTruths(validation, objective),
                try BinnedRows(validation, binning, forHistograms: false, team: team, hooks: hooks)
            )
        } else {
            watched = nil
        }
        stage = GradientStage(rows: rows.count, isUnit: loss.isUnit, isWeighted: loss.isWeighted, team: team)
        let binned = try BinnedRows(rows, binning, forHistograms: true, team: team, hooks: hooks)
        grower = TreeGrower(binned, binning: binning, limits: limits, team: team)
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
    mutating func run(
        rounds wanted: Int, patience: Int, keeper: inout CheckpointKeeper?, isSettled: Bool, hooks: TrainingHooks
    ) throws(LearningFailure) {
        let clock = ContinuousClock.now
        let before = earlier?.rounds ?? 0
        for round in 1...wanted {
            if let earlier, round <= before {
                // The curve of what was grown before belongs to this training as well.
                note(earlier.losses.train[round - 1], earlier.losses.watched.isEmpty ? nil : earlier.losses.watched[round - 1])
                report(round, of: wanted, secondsLeft: nil, hooks)
                continue
            }
            try hooks.checkpoint()
            let hasSplit = try grow(round, hooks)
            let trainLoss = loss.mean(answers.own, of: truths, most: Self.lossRows, team: team)
            guard trainLoss.isFinite else { throw .diverged(iteration: round) }
            note(trainLoss, watched.map { loss.mean(answers.seen, of: $0.truths, team: team) })
            let elapsed = (ContinuousClock.now - clock).components
            let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
            report(round, of: wanted, secondsLeft: seconds / Double(round - before) * Double(wanted - round), hooks)
            if patience > 0, watched != nil, round - best.rounds >= patience { break }
            // Where a tree saw a sample, another sample may be split.
            if !hasSplit && !order.isSampled || round == wanted { break }
            keeper?.save(isSettled: isSettled, wanted: wanted, losses: losses) { ensemble }
        }
    }

    private mutating func note(_ trainLoss: Double, _ watchedLoss: Double?) {
        losses.train.append(trainLoss)
        guard let watchedLoss else { return }
        losses.watched.append(watchedLoss)
        if watchedLoss < best.loss { best = (watchedLoss, losses.train.count) }
    }

    private func report(_ round: Int, of wanted: Int, secondsLeft: Double?, _ hooks: TrainingHooks) {
        let share = 0.05 + 0.95 * Double(round) / Double(wanted)
        hooks.report(
            TrainingProgress(
                stage: "fitting", iteration: round, iterations: wanted, trainLoss: losses.train.last, validationLoss: losses.watched.last,
                fraction: order.span.lowerBound + (order.span.upperBound - order.span.lowerBound) * share, secondsLeft: secondsLeft))
    }

    /// One tree for each output; false when none of them could be split.
    private mutating func grow(_ round: Int, _ hooks: TrainingHooks) throws(LearningFailure) -> Bool {
        if loss.outputs > 1 { refreshProbabilities() }
        var hasSplit = false
        for output in 0..<loss.outputs {
            let number = trees.count + (earlier?.ensemble.roots.count ?? 0)
            let salt = SplitMix64.mixed(order.seed ^ SplitMix64.mixed(UInt64(number)))
            let pass = TreeLoss.Pass(
                scores: answers.own, probabilities: answers.probabilities, targets: truths.targets, salt: salt, team: team)
            guard loss.pack(into: stage, output: output, pass) else { throw .diverged(iteration: round) }
            let tree = try grower.grow(
                stage, hooks: hooks, scores: answers.own.base + output * counts.own, renewal: loss.renewal(truths.targets),
                salt: salt)
            if let watched {
                tree.add(to: answers.seen.base + output * counts.seen, watched.rows, binning, team: team)
            }
            guard tree.leaves.allSatisfy(\.isFinite) else { throw .diverged(iteration: round) }
            hasSplit = hasSplit || !tree.isStump
            trees.append(tree)
        }
        return hasSplit
    }

    private func refreshProbabilities() {
        let (scores, probabilities, outputs, rows) = (answers.own, answers.probabilities, loss.outputs, counts.own)
        team.divide(0..<rows, least: 4_096) { _, part in
            for row in part {
                for output in 0..<outputs { probabilities.base[output * rows + row] = scores.base[output * rows + row] }
                Softmax.apply(probabilities.base + row, step: rows, count: outputs)
            }
        }
    }

    /// The trees, flattened for serving.
    package func fitted() -> any FittedAlgorithm { ensemble }

    private var ensemble: TreeEnsemble {
        TreeEnsemble(
            binning: binning, base: base, task: order.schema.target.task, isLogarithmic: loss.objective.variancePower != nil,
            after: earlier?.ensemble, trees: trees, notes: notes)
    }
}
