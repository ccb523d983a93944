import Foundation

/// Numbers for people.
enum FigureTexts {
    /// Milliseconds with three significant digits.
    static func milliseconds(_ value: Double) -> String {
        if value >= 100 { return "\(Int(value.rounded())) ms" }
        return value >= 1 ? "\((value * 10).rounded() / 10) ms" : "\((value * 1_000).rounded() / 1_000) ms"
    }

    /// Bytes in their largest unit, one decimal: `1.2 MiB`.
    static func bytes(_ value: Int64) -> String {
        var (amount, unit) = (Double(value), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while amount >= 1_024, unit + 1 < units.count { (amount, unit) = (amount / 1_024, unit + 1) }
        return unit == 0 ? "\(value) B" : "\(one(amount)) \(units[unit])"
    }

    /// A metric or statistic with four decimals.
    static func four(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : (value > 0 ? "inf" : "-inf") }
        let scaled = Int64(exactly: (abs(value) * 10_000).rounded()) ?? .max
        guard scaled < 1 << 50 else { return "\(value)" }
        let fraction = String(scaled % 10_000)
        return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
    }

    /// One decimal.
    static func one(_ value: Double) -> String { value.isFinite ? "\((value * 10).rounded() / 10)" : "-" }

    /// Three significant digits.
    static func significant(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "-" }
        var scale = 1.0
        while abs(value) * scale < 100, scale < 1e12 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return scale == 1 ? "\(Int64(exactly: rounded) ?? 0)" : "\(rounded)"
    }

    /// A number as short as four significant digits allow: `-2.31`, `0.0004`, `12000`.
    static func plain(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let digits = value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
        let scale = pow(10, Double(3 - digits))
        let rounded = (value * scale).rounded() / scale
        return Int64(exactly: rounded).map { String($0) } ?? "\(rounded)"
    }
}
