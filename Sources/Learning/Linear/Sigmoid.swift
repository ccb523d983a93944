import Foundation

/// The logistic function and its loss, without overflow.
enum Sigmoid {
    /// 1 / (1 + e^−x).
    @inline(__always)
    static func value(_ x: Double) -> Double {
        if x >= 0 { return 1 / (1 + exp(-x)) }
        let e = exp(x)
        return e / (1 + e)
    }

    /// −log of the probability given to the target.
    static func loss(_ x: Double, target: Double) -> Double { max(x, 0) - x * target + log1p(exp(-abs(x))) }
}
