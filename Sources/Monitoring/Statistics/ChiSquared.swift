import Foundation

/// The χ² distribution, through the regularised incomplete gamma function.
///
/// Series for x < a + 1 and Lentz's continued fraction otherwise (Abramowitz and Stegun 6.5.29 and 6.5.31); relative error below 1e-12.
public enum ChiSquared {
    /// P(X > x) with `df` degrees of freedom; 1 for x ≤ 0 and for df < 1.
    public static func upperTail(_ x: Double, df: Int) -> Double {
        guard df >= 1, x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        return upperGamma(Double(df) / 2, x / 2)
    }

    /// The x below which a share of all values lies.
    ///
    /// Zero for df < 1. A share close to 1 is better given as its tail, see `upperQuantile`.
    public static func quantile(_ probability: Double, df: Int) -> Double {
        probability > 0 ? upperQuantile(1 - probability, df: df) : 0
    }

    /// The x with P(X > x) = `tail`, by bisection to a relative 1e-12.
    ///
    /// Zero for df < 1 and for tails from 1 on. Complexity: about 60 evaluations.
    public static func upperQuantile(_ tail: Double, df: Int) -> Double {
        guard df >= 1, tail < 1 else { return 0 }
        let tail = max(tail, 1e-300)
        var low = 0.0
        var high = Double(df) + 10
        while upperTail(high, df: df) > tail, high < 1e6 { high *= 2 }
        for _ in 0..<200 where high - low > 1e-12 * high {
            let middle = (low + high) / 2
            if upperTail(middle, df: df) > tail { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func upperGamma(_ a: Double, _ x: Double) -> Double {
        let scale = exp(-x + a * log(x) - lgamma(a))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            for _ in 0..<10_000 where term > sum * 1e-16 {
                n += 1
                term *= x / n
                sum += term
            }
            return max(0, 1 - sum * scale)
        }
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var h = d
        for i in 1..<10_000 {
            let factor = -Double(i) * (Double(i) - a)
            b += 2
            d = factor * d + b
            if abs(d) < tiny { d = tiny }
            c = b + factor / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            let step = d * c
            h *= step
            if abs(step - 1) < 1e-15 { break }
        }
        return min(1, scale * h)
    }
}

/// Intervals for a share.
public enum Proportion {
    /// Wilson's score interval for `count` of `n`, at z standard deviations.
    ///
    /// (0, 1) for n = 0.
    public static func wilson(_ count: Int, of n: Int, z: Double = 1.959_963_984_540_054) -> (lower: Double, upper: Double) {
        guard n > 0 else { return (0, 1) }
        let total = Double(n)
        let share = Double(min(max(count, 0), n)) / total
        let square = z * z
        let center = (share + square / (2 * total)) / (1 + square / total)
        let half = z / (1 + square / total) * (share * (1 - share) / total + square / (4 * total * total)).squareRoot()
        return (max(0, center - half), min(1, center + half))
    }
}
