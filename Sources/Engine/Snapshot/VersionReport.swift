public import Learning
public import Tabular

/// What a training found out about its version beside its figures: too long for the snapshot, read by `HistoryQuery.report`.
public struct VersionReport: Codable, Sendable, Equatable {
    /// Points of the loss curve that are kept at most.
    static let curvePoints = 200

    /// How well its probabilities keep their word; nil where a number is predicted.
    public var calibration: CalibrationReport?
    /// Figures by value of each categorical feature.
    public var slices: [SliceMetrics]
    /// The loss by iteration, thinned evenly.
    public var curve: [TrainingProgress]
    /// The baseline's figures on the same rows.
    public var baseline: [Metric]
    /// What the search for its settings tried; nil without one.
    public var trials: [SearchTrial]?
    /// What the import took each column for; nil for a version that learnt from traffic, and for those of earlier releases.
    public var understanding: Understanding?
    /// What its answers decide on its held-out rows, by threshold; nil where a number is predicted, and for versions of earlier releases.
    public var decisions: DecisionReport?

    init(_ outcome: TrainingOutcome, trials: [SearchTrial]? = nil, understanding: Understanding? = nil) {
        self.trials = trials
        self.understanding = understanding
        calibration = outcome.calibration
        slices = outcome.slices
        let step = max(1, (outcome.curve.count + Self.curvePoints - 1) / Self.curvePoints)
        curve = stride(from: 0, to: outcome.curve.count, by: step).map { outcome.curve[$0] }
        baseline = outcome.baselineMetrics
        decisions = DecisionReport(
            scores: outcome.holdoutScores, targets: outcome.holdout.targets, target: outcome.holdout.schema.target)
    }
}
