public import Learning

/// How good a deployment's answers were, where their truth has come.
public struct QualityStatus: Codable, Sendable, Equatable {
    /// The version that is judged: the champion.
    public var version: UInt32
    /// Figures on the newest answers with a truth, with intervals that know dependence; the primary one first.
    public var realized: [Metric]
    /// Answers with a truth that they are of.
    public var n: Int
    /// When the oldest and the newest of them were answered, UTC milliseconds.
    public var from: Int64
    /// See `from`.
    public var until: Int64
    /// Share of the answers between these times that have their truth by now, 0…1; nil before the engine has counted so far back.
    public var maturity: Double?
    /// Median time from an answer to its truth, milliseconds.
    public var labelDelayMilliseconds: Int64
    /// The primary figure at promotion, on the version's hold-out; nil for a version without one.
    public var atPromotion: Metric?
    /// How far below it is tolerated, in the figure's unit.
    public var margin: Double
    /// The figure's place below that, in standard errors; negative inside of the margin.
    public var sigmas: Double?
    /// Since when the alert stands, UTC milliseconds; nil while it does not.
    public var since: Int64?

    /// The primary figure.
    public var primary: Metric? { realized.first }
}
