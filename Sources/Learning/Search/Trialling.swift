import Tabular

/// Trains with some settings on a part of the rows, and judges the result.
struct Trialling {
    let request: TrainingRequest
    /// What trials learn from.
    let fitting: LabelledRows
    /// What judges them.
    let judging: LabelledRows
    /// Of the whole training.
    let rowsInAll: Int
    /// By what.
    let judgement: Judgement
    /// The figure of it: `auc`, `rmse`, ….
    let metric: String
    let hooks: TrainingHooks
    /// Seconds that the search has taken.
    let elapsed: @Sendable () -> Double
    let keeper: SearchKeeper

    /// What learns in a round: the latest rows; without times a fair sample of them.
    func part(_ round: SearchPlan.Round) -> LabelledRows { round.divisor == 1 ? fitting : fitting.split(holdout: round.share).holdout }

    /// The figure of one training.
    ///
    /// - Throws: `.cancelled` also when the time is over.
    func figure(
        _ settings: [String: String], on part: LabelledRows, until limit: Double, report: @escaping @Sendable (Double) -> Void
    ) throws(LearningFailure) -> Metric {
        var inner = hooks
        // A trial begins anew after its process died; those that came to an end are kept.
        inner.checkpoints = nil
        inner.report = { report($0.fraction) }
        let (outer, elapsed, keeper) = (hooks, elapsed, keeper)
        inner.isCancelled = {
            let seconds = elapsed()
            keeper.note(elapsed: seconds)
            return outer.isCancelled() || seconds >= limit
        }
        var own = request
        own.settings = request.settings.merging(settings) { given, _ in given }
        let parts = try Training.parts(own)
        try Training.checkMemory(
            rows: rowsInAll, schema: judging.schema, parts, copies: Search.copies, budget: request.memoryBudget)
        let learnt = try Training.learn(
            parts, from: part, judging: judging, isWatched: false, seed: request.seed,
            rule: request.rule(for: judging), hooks: inner)
        let target = judging.schema.target
        let all = Evaluation.metrics(
            scores: learnt.scores, targets: judging.targets, task: target.task, classes: target.classes, judgement: judgement)
        guard let found = all.first(where: { $0.name == metric }), found.value.isFinite else { throw .diverged(iteration: 0) }
        return found
    }
}
