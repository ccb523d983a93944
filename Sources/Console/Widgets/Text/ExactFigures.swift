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

    /// The labels of a scale: short ones where they differ, else with as many digits as its steps need.
    package static func scale(_ values: [Double]) -> [String] {
        let short = values.map { figure($0) }
        guard Set(short).count < short.count, let first = values.first, let last = values.last, values.count > 1 else { return short }
        let step = abs(last - first) / Double(values.count - 1)
        guard step > 0, step.isFinite, max(abs(first), abs(last)) < 1e9 else { return short }
        var digits = 0
        var unit = 1.0
        while unit > step, digits < 6 {
            unit /= 10
            digits += 1
        }
        return values.map { value in
            let whole = (value / unit).rounded() * unit
            guard digits > 0 else { return exact(Int(clamping: Int64(whole))) }
            return String(format: "%.\(digits)f", whole)
        }
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
