public import Monitoring

/// How good a deployment's answers should be, judged without their truth, or with the little of it that has come.
public struct QualityEstimate: Codable, Sendable, Equatable {
    /// The version that is judged: the champion.
    public var version: UInt32
    /// What its newest answers promise by themselves; the primary figure first.
    public var estimated: [QualityFigure]
    /// Answers that these are of.
    public var n: Int
    /// When the oldest and the newest of them were made, UTC milliseconds.
    public var from: Int64
    /// See `from`.
    public var until: Int64
    /// Figures of the same answers from their promises and the truths that have come, together; empty with too few of these.
    public var both: [QualityFigure]
    /// Answers with a truth that went into `both`.
    public var labels: Int
    /// Whether probabilities keep their word, so that what they promise can be believed; nil: not known.
    public var isCalibrated: Bool?
    /// How that is known, in words.
    public var calibration: String

    /// The primary figure.
    public var primary: QualityFigure? { estimated.first }

    /// Whether it is shown as something to go by.
    public var isTrusted: Bool { isCalibrated ?? false }
}
