import Tabular

/// Turns raw rows into scores.
///
/// Bound to one dictionary; shared by every event loop.
public protocol Predictor: AnyObject, Sendable {
    /// Values in a raw row.
    var width: Int { get }
    /// Values in a result: 1 for binary (probability of the positive class) and regression, else one a class.
    var outputs: Int { get }
    /// Scores one row: `width` raw values in, `outputs` values out. Never traps, whatever the values; allocates nothing, unless the row is very wide.
    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)
    /// Scores `count` rows, row-major.
    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>)
}

extension Predictor {
    /// One row after the other.
    public func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        for row in 0..<count { predict(rows + row * width, into: results + row * outputs) }
    }
}

extension Target {
    /// Values in a prediction: 1 for two classes and numbers, else one a class.
    var outputs: Int { task == .multiclass ? classes.count : 1 }
}
