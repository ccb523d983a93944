public import Learning

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

    init(_ outcome: TrainingOutcome, trials: [SearchTrial]? = nil) {
        self.trials = trials
        calibration = outcome.calibration
        slices = outcome.slices
        let step = max(1, (outcome.curve.count + Self.curvePoints - 1) / Self.curvePoints)
        curve = stride(from: 0, to: outcome.curve.count, by: step).map { outcome.curve[$0] }
        baseline = outcome.baselineMetrics
    }
}
