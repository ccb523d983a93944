/// Splits raw scores exactly into what each feature adds.
///
/// A raw score is a log-odds for two classes, a score before the softmax for several, the target's own unit for numbers or its logarithm. Bound to one
/// dictionary, as a predictor is.
public protocol Explainer: AnyObject, Sendable {
    /// Values in a raw row.
    var width: Int { get }
    /// Raw scores of a row: 1, or one a class.
    var outputs: Int { get }
    /// How contributions are made, in two or three words: `exact, linear`.
    var method: String { get }
    /// Whether the raw score of a number is its logarithm.
    var isLogarithmic: Bool { get }
    /// Writes `[outputs, width + 1]` values: what each feature adds to that output's raw score, then the base to which they add.
    ///
    /// Never traps, whatever the row's values.
    func explain(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)
}

extension Explainer {
    /// In its own unit.
    public var isLogarithmic: Bool { false }
}
