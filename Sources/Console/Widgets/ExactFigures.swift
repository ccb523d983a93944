import Foundation

/// Figures where every digit counts: in details, comparisons and sums, not in tables of many rows.
extension FigureText {
    /// A count with all its digits: `1,204,311`.
    package static func exact(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number).drop { $0 == "-" })
        var result = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// A figure of quality: four decimals below ten, fewer above, so that two versions can be told apart.
    package static func quality(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 99_999.5 { return count(value) }
        return String(format: size >= 999.95 ? "%.0f" : size >= 99.995 ? "%.1f" : size >= 9.9995 ? "%.2f" : "%.4f", value)
    }

    /// A difference with its sign: `+0.0051`, `-0.0271`, `0`.
    package static func difference(_ value: Double) -> String {
        let text = quality(value)
        if value > 0 && value.isFinite { return "+" + text }
        return value == 0 ? "0" : text
    }

    /// A size: `412 MiB`, `5.7 GiB`, `830 B`.
    package static func bytes(_ number: Int64) -> String {
        var value = Double(max(0, number))
        if value < 1_024 { return "\(max(0, number)) B" }
        for unit in ["KiB", "MiB", "GiB"] {
            value /= 1_024
            if value < 999.5 { return String(format: value < 9.95 ? "%.1f" : "%.0f", value) + " " + unit }
        }
        return String(format: "%.1f TiB", value / 1_024)
    }
}
