import COpenBLAS
import Synchronization
public import Tabular

/// The whole way from rows to a judged model.
public enum Training {
    /// Rows below which nothing can be learnt and judged.
    public static let minimumRows = 50
    /// Settings that are not an algorithm's own: every training takes them.
    public static let parameters = [Calibration.parameter, PredictionInterval.parameter] + RowCoding.parameters

    /// Refuses an algorithm or a setting that is not known or out of range, before anything is read.
    public static func check(_ request: TrainingRequest) throws(LearningFailure) {
        let type = try parts(request).type
        if let fault = request.split?.fault {
            throw .indivisible(why: fault, advice: "see --split, --group, --folds and --holdout-share of `flyball train --help`")
        }
        guard let search = request.search else { return }
        guard request.split?.folds == nil else {
            throw .indivisible(
                why: "a search looks at rows that a cross-validation judges on",
                advice: "search with --split hash, stratified, group or time, then train with the settings that it found")
        }
        try Search.check(search, type, given: request.settings)
    }

    /// The estimator, the training's own settings, and every setting as text.
    typealias Parts = (type: any Estimator.Type, estimator: any Estimator, own: Settings, texts: [String: String])

    /// What a request asks for.
    static func parts(_ request: TrainingRequest) throws(LearningFailure) -> Parts {
        let type = try AlgorithmRegistry.named(request.algorithm)
        let names = Set(parameters.map(\.name))
        let own = try Settings(request.settings.filter { names.contains($0.key) }, for: parameters)
        let others = request.settings.filter { !names.contains($0.key) }
        let texts = try Settings(others, for: type.parameters).texts.merging(own.texts) { $1 }
        return (type, try type.init(settings: others), own, texts)
    }

    /// Divides the rows by the request's rule, learns from one part, judges on the other.
    ///
    /// With `calibration` a fifth of the first part, the last of it or by content, corrects probabilities and is not learnt from.
    ///
    /// - Throws: `.cancelled` within two seconds of being asked; `.diverged`, `.oneClass`, `.tooFewRows`, `.unsuited`, `.badSetting`,
    ///   `.overBudget` before anything is learnt.
    public static func run(_ rows: LabelledRows, request: TrainingRequest, hooks: TrainingHooks) throws(LearningFailure) -> TrainingOutcome
    {
        let parts = try parts(request)
        let target = rows.schema.target
        try AlgorithmRegistry.check(parts.type, task: target.task)
        try check(interval: parts.own.text(PredictionInterval.parameter.name), task: target.task)
        guard rows.count >= minimumRows else { throw .tooFewRows(found: rows.count, needed: minimumRows) }
        try rows.check(for: parts.type)
        try checkMemory(rows: rows.count, schema: rows.schema, parts, copies: 1, budget: request.memoryBudget)
        let rule = request.rule(for: rows)
        let division = try divided(rows, by: rule)
        let (train, holdout) = (rows.selecting(division.learning), rows.selecting(division.judging))
        let curve = CurveRecorder()
        let clock = ProgressClock()
        var recorded = hooks
        recorded.report = { progress in
            let timed = clock.timed(progress)
            curve.add(timed)
            hooks.report(timed)
        }
        let learnt: Learnt
        if let folds = division.folds {
            learnt = try crossValidated(parts, rows, division, folds, seed: request.seed, foldHooks: hooks, hooks: recorded)
        } else {
            learnt = try learn(parts, from: train, judging: holdout, isWatched: true, seed: request.seed, rule: rule, hooks: recorded)
        }
        let copies = rows.copies(in: division)
        let judgement = Judgement(holdout, settings: parts.texts)
        let constants = Baseline.constants(train, for: judgement.objective)
        let constant = Baseline.answers(constants, to: holdout)
        func figures(_ scores: [Double]) -> [Metric] {
            Evaluation.metrics(
                scores: scores, targets: holdout.targets, task: target.task, classes: target.classes, groups: copies, judgement: judgement)
        }
        return TrainingOutcome(
            artefact: learnt.model.encode(), metrics: figures(learnt.scores),
            constant: ConstantFigures(values: constants, metrics: figures(constant)),
            trainRows: train.count,
            holdoutRows: holdout.count, division: division, groups: copies, holdout: holdout, holdoutScores: learnt.scores,
            settings: parts.texts,
            calibration: CalibrationReport(
                method: learnt.model.calibrationMethod, before: learnt.plain, after: learnt.scores, targets: holdout.targets,
                task: target.task),
            slices: Evaluation.slices(holdout, scores: learnt.scores, groups: copies), curve: curve.all,
            notes: division.notes + learnt.notes,
            fitSeconds: learnt.seconds, libraries: Lineage.libraries)
    }

    /// A model with its answers to the rows that judge it.
    struct Learnt {
        let model: Model
        /// Without calibration, row-major `[rows, outputs]`.
        let plain: [Double]
        /// What it answers, row-major `[rows, outputs]`.
        let scores: [Double]
        let notes: [String]
        /// Of the fitting.
        let seconds: Double
    }

    /// Learns from some rows and scores others.
    ///
    /// - Parameters:
    ///   - isWatched: whether the loss on `judging` is reported while it learns, which takes time and changes nothing.
    ///   - rule: what divided the rows: units stay together where a part of them corrects probabilities.
    static func learn(
        _ parts: Parts, from train: LabelledRows, judging: LabelledRows, isWatched: Bool, seed: UInt64, rule: SplitRule?,
        hooks: TrainingHooks
    ) throws(LearningFailure) -> Learnt {
        try train.check(for: parts.type)
        let correction = try Correction(parts.own.text("calibration"), train: train, type: parts.type, rule: rule)
        try hooks.checkpoint()
        // OpenBLAS sums in another order with more threads, so that its result would depend on the machine.
        openblas_set_num_threads(1)
        let start = ContinuousClock.now
        let part = try Fitting(correction?.fitting ?? train, judging, parts.own)
        let fitted = try parts.estimator.fit(part.rows, validation: isWatched ? part.watched : nil, seed: seed, hooks: hooks)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        hooks.report(
            TrainingProgress(
                stage: "evaluating", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: 0.9, secondsLeft: nil))
        let plainPredictor = Model.plainPredictor(fitted, part.coding, train.schema, train.categories)
        let plain = try score(plainPredictor, judging, hooks: hooks)
        let calibration = try correction.map { part throws(LearningFailure) in try part.learn(plainPredictor, hooks) }
        let level = parts.own.real(PredictionInterval.parameter.name)
        let interval =
            level > 0
            ? PredictionInterval(
                level: level, scores: plain, targets: judging.targets, objective: Judgement(judging, settings: parts.texts).objective) : nil
        let promise = level > 0 ? [said(interval, level, judging)] : []
        let model = Model(fitted: fitted, coding: part.coding, calibration: calibration, interval: interval, proving: judging)
        let scores = calibration == nil ? plain : try score(model.predictor(categories: train.categories), judging, hooks: hooks)
        return Learnt(
            model: model, plain: plain, scores: scores, notes: fitted.notes + part.notes + (correction?.notes ?? []) + promise,
            seconds: seconds)
    }

    /// What is said of a version's intervals.
    private static func said(_ interval: PredictionInterval?, _ level: Double, _ judging: LabelledRows) -> String {
        let share = "\((level * 1_000).rounded() / 10) %"
        guard let interval else { return "no interval: \(judging.count) held-out rows are too few for one that holds \(share) of truths" }
        let width = Float(interval.width)
        let reach = interval.power > 0 ? "\(width) times a power \(interval.power) of the answer" : "\(width)"
        return "\(share) of truths are expected within ± \(reach), as \(interval.rows) held-out rows say that were not learnt from"
    }

    /// The rows are copied, into the parts to learn from and to judge on, and once more where they are coded.
    static func checkMemory(
        rows: Int, schema: Schema, _ parts: Parts, copies: Int, budget: Int?
    ) throws(LearningFailure) {
        guard let budget else { return }
        let coded = RowCoding.width(schema, categories: parts.own.text("categories"), times: parts.own.text("times"))
        let size = MemoryEstimate.cells(rows, (schema.width + 2) * copies + coded, bytes: 8)
        let needed = size + min(parts.estimator.memoryNeeded(rows: rows, schema: schema), Int.max / 4)
        guard needed <= budget else { throw .overBudget(needed: needed, budget: budget) }
    }

    /// Row-major `[rows, outputs]`, in pieces between which a cancel is noticed.
    fileprivate static func score(
        _ predictor: any Predictor, _ rows: LabelledRows, hooks: TrainingHooks
    ) throws(LearningFailure) -> [Double] {
        let outputs = predictor.outputs
        var scores: [Double] = []
        scores.reserveCapacity(rows.count * outputs)
        let stride = 16_384
        var block = [Double](repeating: 0, count: stride * outputs)
        for start in Swift.stride(from: 0, to: rows.count, by: stride) {
            try hooks.checkpoint()
            let count = min(stride, rows.count - start)
            block.withUnsafeMutableBufferPointer { target in
                rows.features.withUnsafeBufferPointer { source in
                    guard let target = target.baseAddress, let source = source.baseAddress else { return }
                    predictor.predict(rows: source + start * rows.schema.width, count: count, into: target)
                }
            }
            scores += block.prefix(count * outputs)
        }
        guard scores.allSatisfy(\.isFinite) else { throw .diverged(iteration: 0) }
        return scores
    }
}

/// Rows as the algorithm gets them.
private struct Fitting {
    let coding: RowCoding?
    let rows: LabelledRows
    let watched: LabelledRows
    /// Of the coding.
    let notes: [String]

    init(_ rows: LabelledRows, _ watched: LabelledRows, _ own: Settings) throws(LearningFailure) {
        let (categories, times) = (own.text("categories"), own.text("times"))
        coding = RowCoding(rows, categories: categories, times: times)
        notes = coding?.notes(rows.schema) ?? []
        guard let coding else {
            self.rows = rows
            self.watched = watched
            return
        }
        guard coding.isFinite else { throw .diverged(iteration: 0) }
        self.rows = coding.crossCoded(rows, categories: categories, times: times)
        self.watched = coding.coded(watched)
    }
}

/// The part of the training rows that corrects probabilities.
private struct Correction {
    let method: String
    /// What is left to learn from.
    let fitting: LabelledRows
    let correcting: LabelledRows

    /// Nil when nothing is to be corrected.
    init?(_ method: String, train: LabelledRows, type: any Estimator.Type, rule: SplitRule?) throws(LearningFailure) {
        guard method != "none" else { return nil }
        try Training.check(calibration: method, task: train.schema.target.task)
        self.method = method
        (fitting, correcting) = train.split(holdout: Calibration.share, inside: rule)
        try fitting.check(for: type)
        try correcting.check(for: type)
    }

    var notes: [String] {
        let rows = correcting.times.isEmpty ? "\(correcting.count) of the training rows" : "the last \(correcting.count) training rows"
        return ["\(method) calibration on \(rows), which were not learnt from"]
    }

    func learn(_ predictor: any Predictor, _ hooks: TrainingHooks) throws(LearningFailure) -> Calibration {
        let scores = try Training.score(predictor, correcting, hooks: hooks)
        return Calibration(method: method, scores: scores, targets: correcting.targets, outputs: predictor.outputs)
    }
}

/// Keeps the points of a loss curve.
private final class CurveRecorder: Sendable {
    private let points = Mutex<[TrainingProgress]>([])

    func add(_ progress: TrainingProgress) {
        guard progress.trainLoss != nil else { return }
        points.withLock { $0.append(progress) }
    }

    var all: [TrainingProgress] { points.withLock { $0 } }
}

extension TrainingRequest {
    /// The rule by which these rows are divided.
    public func rule(for rows: LabelledRows) -> SplitRule { split ?? rows.standardRule(share: holdout) }

    /// Share of the rows that judge a version where nobody says otherwise.
    public static let standardHoldout = 0.2
}

extension LabelledRows {
    /// The rows that judged a version, by the rule that it says; nil: as earlier releases divided.
    public func heldOut(by rule: SplitRule?) -> LabelledRows {
        selecting(divided(by: rule ?? earlierRule(share: TrainingRequest.standardHoldout)).judging)
    }
}
