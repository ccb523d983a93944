import COpenBLAS
import Synchronization
public import Tabular

/// The whole way from rows to a judged model.
public enum Training {
    /// Rows below which nothing can be learnt and judged.
    public static let minimumRows = 50

    /// Splits by time, learns from the first part, judges on the last.
    ///
    /// - Throws: `.cancelled` within two seconds of being asked; `.diverged`, `.oneClass`, `.tooFewRows`, `.unsuited`, `.badSetting`.
    public static func run(_ rows: LabelledRows, request: TrainingRequest, hooks: TrainingHooks) throws(LearningFailure) -> TrainingOutcome
    {
        let type = try AlgorithmRegistry.named(request.algorithm)
        let estimator = try type.init(settings: request.settings)
        let task = rows.schema.target.task
        let classes = rows.schema.target.classes
        try AlgorithmRegistry.check(type, task: task)
        guard rows.count >= minimumRows else { throw .tooFewRows(found: rows.count, needed: minimumRows) }
        try rows.check(for: type)
        let (train, holdout) = rows.split(holdout: request.holdout)
        try train.check(for: type)
        try hooks.checkpoint()
        // OpenBLAS sums in another order with more threads, so that its result would depend on the machine.
        openblas_set_num_threads(1)
        let curve = CurveRecorder()
        var recorded = hooks
        recorded.report = { progress in
            curve.add(progress)
            hooks.report(progress)
        }
        var fitted: (any FittedAlgorithm)?
        let seconds = try timed { () throws(LearningFailure) in
            fitted = try estimator.fit(train, validation: holdout, seed: request.seed, hooks: recorded)
        }
        guard let fitted else { throw .noFeatures }
        hooks.report(
            TrainingProgress(
                stage: "evaluating", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: 0.9, secondsLeft: nil))
        let predictor = fitted.predictor(schema: rows.schema, categories: rows.categories)
        let scores = try score(predictor, holdout, hooks: hooks)
        let model = Model(fitted: fitted, proving: holdout)
        let constants = Baseline.constants(train)
        let constant = (0..<holdout.count).flatMap { _ in constants }
        return TrainingOutcome(
            artefact: model.encode(), metrics: Evaluation.metrics(scores: scores, targets: holdout.targets, task: task, classes: classes),
            baselineMetrics: Evaluation.metrics(scores: constant, targets: holdout.targets, task: task, classes: classes),
            trainRows: train.count,
            holdoutRows: holdout.count, holdout: holdout, holdoutScores: scores,
            settings: try Settings(request.settings, for: type.parameters).texts,
            curve: curve.all, notes: fitted.notes, fitSeconds: seconds,
            libraries: libraries)
    }

    /// Bits depend on them; the core's name because OpenBLAS has other kernels for each.
    private static var libraries: [String: String] {
        let name = String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ")
        return ["OpenBLAS": "\(name) \(String(cString: openblas_get_corename()))"]
    }

    private static func timed(_ work: () throws(LearningFailure) -> Void) throws(LearningFailure) -> Double {
        let start = ContinuousClock.now
        try work()
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }

    private static func score(_ predictor: any Predictor, _ rows: LabelledRows, hooks: TrainingHooks) throws(LearningFailure) -> [Double] {
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

/// Keeps the points of a loss curve.
private final class CurveRecorder: Sendable {
    private let points = Mutex<[TrainingProgress]>([])

    func add(_ progress: TrainingProgress) {
        guard progress.trainLoss != nil else { return }
        points.withLock { $0.append(progress) }
    }

    var all: [TrainingProgress] { points.withLock { $0 } }
}
