import Foundation

/// Numbers as an operator reads them: short, with a unit, never in exponent form where a suffix will do.
package enum FigureText {
    /// A count or a rate: `0`, `7`, `412`, `1.9k`, `24k`, `3.4M`.
    ///
    /// Fractions below ten keep one decimal.
    package static func count(_ number: Double) -> String {
        guard number.isFinite else { return "–" }
        let size = abs(number)
        for (limit, divisor, suffix) in [(999.5, 1.0, ""), (999_500, 1e3, "k"), (999_500_000, 1e6, "M"), (9.995e11, 1e9, "G")]
        where size < limit { return short(number / divisor, suffix: suffix) }
        return short(number / 1e12, suffix: "T")
    }

    /// A whole count.
    package static func count(_ number: Int) -> String { count(Double(number)) }

    /// A duration of a request: `850ns`, `12us`, `1.2ms`, `3.4s`.
    package static func latency(nanoseconds: Double) -> String {
        guard nanoseconds.isFinite && nanoseconds >= 0 else { return "–" }
        for (limit, divisor, suffix) in [(999.5, 1.0, "ns"), (999_500, 1e3, "us"), (999_500_000, 1e6, "ms")] where nanoseconds < limit {
            return short(nanoseconds / divisor, suffix: suffix)
        }
        return short(nanoseconds / 1e9, suffix: "s")
    }

    /// A share as a percentage: `5 %`, `0.1 %`, `96 %`.
    package static func share(_ fraction: Double) -> String {
        guard fraction.isFinite else { return "–" }
        let percent = fraction * 100
        let isWhole = abs(percent) >= 9.95 || percent == percent.rounded()
        return
            (isWhole
            ? String(format: "%.0f", percent) : abs(percent) < 0.095 ? String(format: "%.2g", percent) : String(format: "%.1f", percent))
            + " %"
    }

    /// Any figure with three significant digits: `0.871`, `12.3`, `0.0041`, `1.9k`.
    package static func figure(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 999.5 { return count(value) }
        if value == 0 { return "0" }
        if size < 0.000_95 { return String(format: "%.1e", value) }
        let decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.099_95 ? (size >= 0.9995 ? 2 : 3) : 4
        return String(format: "%.\(decimals)f", value)
    }

    /// At most three digits and a suffix; one decimal below ten where it says something.
    private static func short(_ number: Double, suffix: String) -> String {
        let isWhole = abs(number) >= 9.95 || number == number.rounded()
        return String(format: isWhole ? "%.0f" : "%.1f", number) + suffix
    }
}
