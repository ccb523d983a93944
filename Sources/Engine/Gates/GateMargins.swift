import Learning

/// How much worse than the champion a version may be and still answer in its place: a difference that does not matter.
///
/// `[gates]` in flyball.toml.
public struct GateMargins: Sendable, Equatable {
    /// Of the area; for numbers a share of the champion's root mean square error.
    public var nonInferiority = 0.02
    /// Of the log loss: a share of what the best constant has on the same rows.
    public var logLoss = 0.03
    /// Of the expected calibration error.
    public var calibration = 0.05
    /// Whether an interval that reaches further than the margin leaves a version undecided; otherwise it passes unless it is surely worse.
    public var isWideUndecided = false

    /// The defaults.
    public init() {}

    /// The defaults, with the third verdict.
    static var strict: GateMargins {
        var margins = GateMargins()
        margins.isWideUndecided = true
        return margins
    }

    /// For what was learnt label by label: judged again and again on few labels each, it would never be decided.
    var continuing: GateMargins {
        var margins = self
        margins.isWideUndecided = false
        return margins
    }

    /// What is said of a gain.
    enum Verdict: Int, Comparable {
        case passes, undecided, refuses

        static func < (a: Verdict, b: Verdict) -> Bool { a.rawValue < b.rawValue }
    }

    /// Within the margin by its whole interval it passes; surely worse, and by more than the margin as far as is known, it is refused.
    func verdict(_ figure: PairedFigure, margin: Double) -> Verdict {
        let gain = figure.gain
        if gain.least >= -margin { return .passes }
        if gain.most < 0, (gain.least + gain.most) / 2 < -margin { return .refuses }
        return isWideUndecided ? .undecided : .passes
    }
}
