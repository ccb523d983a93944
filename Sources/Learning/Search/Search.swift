public import Tabular

/// What a search found.
public struct SearchOutcome: Sendable {
    /// What to train with: the given settings and the winner's.
    public var settings: [String: String]
    /// Every trial, in the order of their numbers.
    public var trials: [SearchTrial]
    /// A remark for the version.
    public var note: String
}

/// Tries settings, and keeps the best ones.
///
/// The training rows are split by time once more: settings are tried on the first part and judged on the last. The hold-out, which judges the
/// version, is not looked at.
public enum Search {
    /// Share of the training rows that judges the trials.
    public static let judgingShare = 0.2
    /// Copies of the rows that are in memory during a trial, at most.
    static let copies = 3

    /// The settings of an algorithm that a search varies; none for a name that is not known.
    public static func settings(of algorithm: String) -> Set<String> {
        let type = AlgorithmRegistry.all.first { $0.name == algorithm }
        return Set(type?.parameters.filter { $0.search != nil }.map(\.name) ?? [])
    }

    /// Refuses an order that cannot be, before anything is read.
    static func check(_ order: SearchOrder, _ type: any Estimator.Type, given: [String: String]) throws(LearningFailure) {
        try order.check()
        _ = try SearchSpace(type, given: given, start: order.start)
    }

    /// Tries `request.search.trials` settings within its time, each one under the settings that the request gives.
    ///
    /// The same rows, request and build give the same winner, unless the time runs out first. The settings that it starts with stay in the
    /// race to its end, so that the winner is never worse than they are on the rows that judge.
    ///
    /// With `hooks.checkpoints` a search whose process died goes on after the trainings that it had done, with the time that they left. It
    /// comes to the same result as one that ran through unless the time cuts a round of either: that may be after another trial.
    ///
    /// - Parameter log: takes a line for each training, as a table.
    /// - Returns: nil when the request asks for no search.
    /// - Throws: `.cancelled` within two seconds of being asked; what `Training.run` throws before anything is learnt; when no trial came to
    ///   an end, the first one's failure.
    public static func run(
        _ rows: LabelledRows, request: TrainingRequest, hooks: TrainingHooks, log: (String) -> Void = { _ in }
    ) throws(LearningFailure) -> SearchOutcome? {
        let start = ContinuousClock.now
        return try run(rows, request: request, hooks: hooks, elapsed: { (ContinuousClock.now - start) / .seconds(1) }, log: log)
    }

    /// - Parameter elapsed: seconds of this attempt.
    package static func run(
        _ rows: LabelledRows, request: TrainingRequest, hooks: TrainingHooks, elapsed: @escaping @Sendable () -> Double,
        log: (String) -> Void
    ) throws(LearningFailure) -> SearchOutcome? {
        guard let order = request.search else { return nil }
        try Training.check(request)
        let type = try AlgorithmRegistry.named(request.algorithm)
        guard rows.count >= Training.minimumRows else { throw .tooFewRows(found: rows.count, needed: Training.minimumRows) }
        try rows.check(for: type)
        let rule = request.rule(for: rows)
        let learning = rows.selecting(try Training.divided(rows, by: rule).learning)
        let (fitting, judging) = learning.split(holdout: judgingShare, inside: rule)
        try fitting.check(for: type)
        try judging.check(for: type)
        let settings = try SearchSpace(type, given: request.settings, start: order.start).settings(count: order.trials, seed: request.seed)
        let plan = SearchPlan(trials: settings.count, rows: fitting.count) { round in
            (try? fitting.split(holdout: round.share).holdout.check(for: type)) != nil
        }
        let judgement = Judgement(judging, settings: try Training.parts(request).texts)
        let metric = judgement.primary(rows.schema.target.task)
        log(
            "search: \(settings.count) settings of \(request.algorithm) within \(SearchText.seconds(order.seconds)),"
                + " judged by \(metric) on \(judging.count) training rows")
        let keeper = SearchKeeper(hooks.checkpoints) { identity(rows, request) }
        let before = keeper.secondsBefore
        if keeper.runsBefore > 0 {
            log("goes on after \(keeper.runsBefore) trainings and \(SearchText.seconds(before)) of an earlier attempt")
        }
        let total: @Sendable () -> Double = { before + elapsed() }
        let trialling = Trialling(
            request: request, fitting: fitting, judging: judging, rowsInAll: rows.count, judgement: judgement, metric: metric, hooks: hooks,
            elapsed: total,
            keeper: keeper)
        var race = SearchRace(trialling: trialling, plan: plan, seconds: order.seconds, settings: settings)
        // The winner's training comes next: a process that dies in it need not search again; and one that is stopped goes on later.
        defer { keeper.close(elapsed: total()) }
        let winner = try race.run(log: log)
        return SearchOutcome(
            settings: request.settings.merging(winner.settings) { given, _ in given }, trials: race.trials,
            note: race.note(winner, seconds: total()))
    }

    /// What is searched for on what: the same for the same rows and request alone.
    ///
    /// Complexity: O(values).
    private static func identity(_ rows: LabelledRows, _ request: TrainingRequest) -> UInt64 {
        var print = Fingerprint()
        print.add(Fingerprint.training(rows, request.settings, seed: request.seed))
        print.add(request.algorithm)
        // They decide which rows judge.
        for time in rows.times { print.add(UInt64(bitPattern: time)) }
        let rule = request.rule(for: rows)
        print.add("\(rule.kind.rawValue) \(rule.tellsCopiesApart.map { "\($0)" } ?? "-")" + (rule.group.map { " \($0)" } ?? ""))
        print.add([Double(rule.heldRows ?? 0)])
        print.add([rule.share, Double(request.search?.trials ?? 0), request.search?.seconds ?? 0])
        print.add(SearchText.settings(request.search?.start ?? [:]))
        return print.value
    }
}
