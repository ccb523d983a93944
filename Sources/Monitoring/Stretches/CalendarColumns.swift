import Tabular

/// Columns that are a part of the time column: they move with the calendar, and no training can have seen what comes next.
struct CalendarParts {
    /// Share of the rows that must agree.
    static let share = 0.98
    /// Agreement beyond what two columns of these values have by chance (Cohen's κ): a flag that is nearly always 1 is no `quarter` of a winter.
    static let beyondChance = 0.9

    private let days: [CalendarDay?]

    private static let parts: [(name: String, value: @Sendable (CalendarDay) -> Int)] = [
        ("year", { $0.year }), ("quarter", { $0.quarter }), ("month", { $0.month }), ("day of the month", { $0.day }),
        ("day of the year", { $0.dayOfYear }), ("week", { $0.week }), ("hour", { $0.hour }), ("minute", { $0.minute }),
        // Weekdays from 1 and 0, with the week beginning on Monday and on Sunday.
        ("weekday", { $0.weekday }), ("weekday", { $0.weekday - 1 }), ("weekday", { $0.weekday % 7 }), ("weekday", { $0.weekday % 7 + 1 }),
    ]

    /// The calendar of rows' times, UTC milliseconds, on the clocks of a zone.
    init(_ times: [Int64], zone: String) {
        let clock = ZoneClock(zone: zone) ?? .utc
        days = times.map { clock.day($0) }
    }

    /// Why a column runs with the calendar, if it is a part of the rows' times.
    ///
    /// Complexity: O(rows · parts), but for columns that fail in their first rows.
    func reason(_ values: [Double]) -> String? {
        for part in Self.parts where agrees(values, part.value, isYear: part.name == "year") { return "is the \(part.name) of time" }
        return nil
    }

    private func agrees(_ values: [Double], _ part: (CalendarDay) -> Int, isYear: Bool) -> Bool {
        var (same, rows) = (0, 0)
        var byValue: [Int: (column: Int, part: Int)] = [:]
        for (value, day) in zip(values, days) where value.isFinite {
            guard let day else { continue }
            rows += 1
            let wanted = part(day)
            if value == Double(wanted) { same += 1 }
            byValue[wanted, default: (0, 0)].part += 1
            if let whole = Int(exactly: value) { byValue[whole, default: (0, 0)].column += 1 }
            // A tenth of a thousand rows apart already: it will not agree in 98 of 100.
            if rows == 1_000, same < 900 { return false }
        }
        guard rows > 0 else { return false }
        let agreement = Double(same) / Double(rows)
        guard agreement >= Self.share else { return false }
        // A year is no number that a column has by chance.
        if isYear, byValue.contains(where: { $0.value.column == rows && $0.key >= 1_900 }) { return true }
        let chance = byValue.values.reduce(0.0) { $0 + Double($1.column) / Double(rows) * Double($1.part) / Double(rows) }
        guard chance < 1 else { return false }
        return (agreement - chance) / (1 - chance) >= Self.beyondChance
    }
}

/// Columns that only rise or only fall with the rows: an id, an epoch, a counter.
enum CalendarTrend {
    private static let most = 256
    private static let least = 8
    private static let steadiness = 0.99
    private static let informative = 0.1

    /// Why a column runs with its rows, if the medians of its stretches only rise or only fall (Goodman and Kruskal's γ).
    ///
    /// Complexity: O(rows log rows).
    static func reason(_ values: [Double]) -> String? {
        var length = StretchTable.shortest
        while values.count / length > most { length *= 2 }
        let count = values.count / length
        guard count >= least else { return nil }
        let medians = (0..<count).compactMap { median(values[($0 * length)..<(($0 + 1) * length)]) }
        var (up, down, pairs) = (0, 0, 0)
        for first in medians.indices {
            for second in medians[(first + 1)...] {
                pairs += 1
                if second > medians[first] { up += 1 } else if second < medians[first] { down += 1 }
            }
        }
        guard up + down > 0, Double(up + down) >= informative * Double(pairs) else { return nil }
        guard abs(Double(up - down)) >= steadiness * Double(up + down) else { return nil }
        return "only \(up > down ? "rises" : "falls") with the rows"
    }

    private static func median(_ values: ArraySlice<Double>) -> Double? {
        let sorted = values.filter(\.isFinite).sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
