/// Lengths of time as people write and read them.
public struct DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ]

    /// Milliseconds of `250ms`, `5s`, `10m`, `24h`, `30d`, `2w`, `1.5h`, or several parts together such as `2h 10m`.
    ///
    /// Nil without a unit, for negative numbers, and for anything beyond an `Int64`.
    public static func milliseconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        var rest = Substring(text)
        var total: Int64 = 0
        var parts = 0
        while true {
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { break }
            let digits = rest.prefix { ($0 >= "0" && $0 <= "9") || $0 == "." }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let suffix = rest.prefix { $0 >= "a" && $0 <= "z" }
            rest = rest.dropFirst(suffix.count)
            guard let unit = units.first(where: { $0.suffix == suffix }), let part = product(digits, unit.milliseconds) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
            parts += 1
        }
        return parts > 0 ? total : nil
    }

    private static func product(_ digits: Substring, _ unit: Int64) -> Int64? {
        if let whole = Int64(digits) {
            let (value, overflow) = whole.multipliedReportingOverflow(by: unit)
            return overflow ? nil : value
        }
        guard digits.contains("."), digits.contains(where: { $0 != "." }), let number = Double(digits) else { return nil }
        return Int64(exactly: (number * Double(unit)).rounded())
    }

    /// Two units at most: `250 ms`, `41 s`, `3m 20s`, `2h 10m`, `6d 02h`.
    public static func text(_ milliseconds: Int64) -> String {
        if milliseconds < 0 { return "-" + text(milliseconds == .min ? .max : -milliseconds) }
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let seconds = milliseconds / 1_000
        if seconds < 60 { return "\(seconds) s" }
        let minutes = seconds / 60
        if minutes < 60 { return "\(minutes)m \(padded(seconds % 60))s" }
        let hours = minutes / 60
        if hours < 24 { return "\(hours)h \(padded(minutes % 60))m" }
        return "\(hours / 24)d \(padded(hours % 24))h"
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
