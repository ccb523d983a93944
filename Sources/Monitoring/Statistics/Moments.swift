import Foundation

/// Mean and variance of some numbers.
enum Moments {
    /// The mean, and the variance with divisor n − 1 (0 for fewer than two).
    ///
    /// Two passes: nothing cancels.
    static func of(_ values: [Double]) -> (mean: Double, variance: Double) {
        guard !values.isEmpty else { return (0, 0) }
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, 0) }
        return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1))
    }
}

/// The natural logarithm, for files that need nothing else of Foundation.
enum Logarithm {
    static func of(_ value: Double) -> Double { log(value) }
}
