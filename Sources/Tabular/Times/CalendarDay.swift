/// All that a calendar and a clock on the wall show at an instant.
package struct CalendarDay: Sendable, Equatable {
    /// The year of the proleptic Gregorian calendar.
    package var year: Int
    /// 1…12.
    package var month: Int
    /// 1…31.
    package var day: Int
    /// 1…366.
    package var dayOfYear: Int
    /// ISO 8601: 1…53.
    package var week: Int
    /// ISO 8601: 1 is Monday, 7 is Sunday.
    package var weekday: Int
    /// 0…23.
    package var hour: Int
    /// 0…59.
    package var minute: Int

    /// 1…4.
    package var quarter: Int { (month + 2) / 3 }
}

extension ZoneClock {
    /// The calendar of an instant in milliseconds since 1970, where dates reach.
    ///
    /// Complexity: O(log changes of the offset).
    package func day(_ milliseconds: Int64) -> CalendarDay? {
        guard abs(milliseconds) <= 1_000_000_000_000_000 else { return nil }
        let second = milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000
        let local = Int(second + offset(at: second))
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let inDay = local - days * 86_400
        let date = CivilDate.date(days: days)
        let first = CivilDate.days(year: date.year, month: 1, day: 1)
        // Day 0 was a Thursday.
        let weekday = ((days + 3) % 7 + 7) % 7 + 1
        return CalendarDay(
            year: date.year, month: date.month, day: date.day, dayOfYear: days - first + 1,
            week: Self.week(days: days, weekday: weekday), weekday: weekday, hour: inDay / 3_600, minute: inDay / 60 % 60)
    }

    /// A week belongs to the year that has its Thursday.
    private static func week(days: Int, weekday: Int) -> Int {
        let thursday = days + 4 - weekday
        let first = CivilDate.days(year: CivilDate.date(days: thursday).year, month: 1, day: 1)
        return (thursday - first) / 7 + 1
    }
}
