public import Foundation

/// Instants as text.
public enum TimeText {
    /// How a local time is written.
    public enum Format: Sendable {
        /// `HH:mm`.
        case minute
        /// `HH:mm:ss`.
        case second
        /// `yyyy-MM-dd`.
        case date
        /// `MM-dd HH:mm`.
        case dayMinute
        /// `yyyy-MM-dd HH:mm:ss`.
        case full
    }

    /// RFC 3339 in UTC: `2013-01-01T10:15:00Z`, with milliseconds only when they are not zero.
    public static func rfc3339(_ milliseconds: Int64) -> String {
        let parts = Parts(milliseconds: milliseconds, offsetSeconds: 0)
        let fraction = parts.millisecond == 0 ? "" : "." + padded(parts.millisecond, 3)
        return "\(parts.date)T\(parts.clock)\(fraction)Z"
    }

    /// The time in a zone, in one of a few fixed layouts.
    public static func local(_ milliseconds: Int64, zone: TimeZone, format: Format = .full) -> String {
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1_000))
        let parts = Parts(milliseconds: milliseconds, offsetSeconds: offset)
        switch format {
        case .minute: return String(parts.clock.prefix(5))
        case .second: return parts.clock
        case .date: return parts.date
        case .dayMinute: return "\(padded(parts.month, 2))-\(padded(parts.day, 2)) \(parts.clock.prefix(5))"
        case .full: return "\(parts.date) \(parts.clock)"
        }
    }

    private struct Parts {
        var year: Int
        var month: Int
        var day: Int
        var secondOfDay: Int
        var millisecond: Int

        init(milliseconds: Int64, offsetSeconds: Int) {
            // Seconds are at most 2⁶³ / 1000 in size, so adding an offset of a day cannot overflow.
            let second = floorDivide(Int(milliseconds), 1_000)
            millisecond = second.remainder
            let day = floorDivide(second.quotient + offsetSeconds, 86_400)
            secondOfDay = day.remainder
            (year, month, self.day) = CivilDate.date(days: day.quotient)
        }

        var date: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
        var clock: String { "\(padded(secondOfDay / 3_600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))" }
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
