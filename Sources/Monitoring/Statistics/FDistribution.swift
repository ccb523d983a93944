import Foundation

/// The F distribution with real degrees of freedom, through the regularised incomplete beta function.
///
/// Lentz's continued fraction (Abramowitz and Stegun 26.5.8) on the side of the mean where it converges; relative error of a tail below 1e-8
/// for degrees of freedom from 0.005 to 10⁵.
public enum FDistribution {
    /// P(X > x) with `d1` and `d2` degrees of freedom; 1 for x ≤ 0 and where there is no such distribution.
    ///
    /// Complexity: O(√(d1 + d2)) at worst.
    public static func upperTail(_ x: Double, _ d1: Double, _ d2: Double) -> Double {
        guard d1 > 0, d2 > 0, x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        let whole = d2 + d1 * x
        return incompleteBeta(d2 / whole, complement: d1 * x / whole, d2 / 2, d1 / 2)
    }

    /// The x with P(X > x) = `tail`, to a relative 1e-9; zero for tails from 1 on.
    ///
    /// The logarithms of tail and x are close to a line, which the rule of false position (Illinois) follows. Complexity: about 15 tails.
    public static func upperQuantile(_ tail: Double, _ d1: Double, _ d2: Double) -> Double {
        guard d1 > 0, d2 > 0, tail < 1 else { return 0 }
        let wanted = log(max(tail, 1e-290))
        func excess(_ logarithm: Double) -> Double { log(max(upperTail(exp(logarithm), d1, d2), 1e-300)) - wanted }
        var (low, high) = (0.0, 1.0)
        var (atLow, atHigh) = (excess(low), excess(high))
        while atHigh > 0, high < 600 {
            (low, atLow, high) = (high, atHigh, high * 2)
            atHigh = excess(high)
        }
        while atLow < 0, low > -600 {
            (high, atHigh, low) = (low, atLow, low == 0 ? -1 : low * 2)
            atLow = excess(low)
        }
        var side = 0
        for _ in 0..<100 where high - low > 1e-10 {
            let middle = atLow > atHigh ? low + (high - low) * atLow / (atLow - atHigh) : (low + high) / 2
            let value = excess(middle)
            if abs(value) < 1e-9 { return exp(middle) }
            if value > 0 {
                (low, atLow) = (middle, value)
                if side == 1 { atHigh /= 2 }
                side = 1
            } else {
                (high, atHigh) = (middle, value)
                if side == -1 { atLow /= 2 }
                side = -1
            }
        }
        return exp((low + high) / 2)
    }

    /// I_x(a, b), with 1 − x given apart, so that neither loses its digits.
    private static func incompleteBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard complement > 0 else { return 1 }
        let logX = x < 0.5 ? log(x) : log1p(-complement)
        let logComplement = complement < 0.5 ? log(complement) : log1p(-x)
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * logX + b * logComplement)
        if x < (a + 1) / (a + b + 2) { return min(1, front * fraction(x, a, b) / a) }
        return max(0, 1 - front * fraction(complement, b, a) / b)
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var result = d
        func step(_ factor: Double) {
            d = 1 + factor * d
            d = 1 / (abs(d) < tiny ? tiny : d)
            c = 1 + factor / c
            if abs(c) < tiny { c = tiny }
            result *= d * c
        }
        for i in 1..<100_000 {
            let m = Double(i)
            step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)))
            step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)))
            if abs(d * c - 1) < 1e-15 { break }
        }
        return result
    }
}
