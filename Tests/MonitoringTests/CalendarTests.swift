import Foundation
import Monitoring
import Tabular
import Testing

/// Columns that run with the calendar: shown, never alarmed.
@Suite("calendar columns")
struct CalendarTests {
    /// A table of half a year, a row every twenty minutes in New York, with all parts of its time.
    private static func table(rows count: Int = 12_000) -> (Columns, [Int64]) {
        var random = Random(31)
        var calendar = Foundation.Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "America/New_York") ?? .gmt
        let times = (0..<count).map { 1_357_016_400_000 + Int64($0) * 1_200_000 }
        let parts = times.map {
            calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute], from: Date(timeIntervalSince1970: Double($0) / 1_000))
        }
        var columns = Columns()
        func add(_ name: String, _ value: (DateComponents) -> Int?) { columns.add(name, parts.map { Double(value($0) ?? 0) }) }
        add("year", \.year)
        add("month", \.month)
        add("day", \.day)
        // Foundation's week begins with 1 on Sunday; ours in this column with 0 on Monday.
        add("weekday") { $0.weekday.map { ($0 + 5) % 7 } }
        add("hour", \.hour)
        add("minute", \.minute)
        columns.add("id", (0..<count).map { Double($0 * 7 + 3) })
        columns.add("falling", (0..<count).map { Double(-$0) + random.normal() })
        columns.add("temp", (0..<count).map { 10 * sin(Double($0) / 2_000) + random.normal() })
        columns.add("flag", (0..<count).map { _ in random.uniform() < 0.995 ? 1 : 0 })
        columns.add("constant", [Double](repeating: 1, count: count))
        columns.add("free", random.normals(count))
        return (columns, times)
    }

    @Test("parts of the time, ids and counters are named with their reason; what only happens to look like them is not")
    func named() throws {
        let (columns, times) = Self.table()
        let reference = columns.learnt(times: times, zone: "America/New_York")
        #expect(
            reference.calendarColumns == [
                "year": "is the year of time", "month": "is the month of time", "day": "is the day of the month of time",
                "weekday": "is the weekday of time", "hour": "is the hour of time", "minute": "is the minute of time",
                "id": "only rises with the rows", "falling": "only falls with the rows",
            ])
        let untimed = columns.learnt()
        #expect(untimed.calendarColumns.keys.sorted() == ["falling", "id", "month"])
        #expect(try #require(reference.stretches).order == .time && reference.stretches?.span == times[0]...times[times.count - 1])
    }

    @Test("a winter's flag that is nearly always 1 is no quarter, and a constant is no month")
    func coincidence() {
        let (columns, times) = Self.table(rows: 2_000)
        let names = columns.learnt(times: times, zone: "America/New_York").calendarColumns
        #expect(names["flag"] == nil && names["constant"] == nil)
        #expect(names["year"] != nil)
    }

    @Test("a calendar column that leaves its range is shown and not alarmed, and takes no part in the others' verdicts")
    func shown() throws {
        let (columns, times) = Self.table(rows: 10_000)
        let reference = columns.learnt(times: times, zone: "America/New_York")
        var window = WindowCounts(reference.bind(columns.categories), start: 0)
        var random = Random(8)
        for index in 0..<1_000 {
            window.add([
                2_014, 12, 31, 3, 23, 40, 1e6 + Double(index), -1e6, 10 * sin(random.normal()), 1, 1, random.normal(),
                Double(times[9_999]) + Double(index) * 1_200_000,
            ])
        }
        var judge = WindowJudge(reference)
        let report = judge.close(window, end: 3_600_000)
        let month = try #require(report.features.first { $0.feature == "month" })
        #expect(month.state == .calendar && month.psi > 5)
        #expect(month.words(in: report) == "runs with the calendar: is the month of time")
        #expect(report.features.filter { $0.state == .drift }.map(\.feature) == [])
        #expect(report.worst.map { $0.calendar == nil } == true)
        // 1,000 rows of twenty minutes last two weeks of the data's own time.
        #expect(report.alpha == 0.05)
    }

    @Test("what ran with the calendar in the champion's training does so in the next one, though a day has one `hour`")
    func inherited() {
        let (columns, _) = Self.table(rows: 2_000)
        let schema = Schema(features: columns.features, target: Target(name: "y", task: .regression, classes: []))
        let rows = LabelledRows(
            schema: schema, categories: columns.categories, features: columns.rows().flatMap { $0 },
            targets: [Double](repeating: 0, count: 2_000))
        let profile = ReferenceProfile.build(rows: rows, scores: [])
        let table = StretchTable.learn(rows, profile: profile, windowRows: 1_000, inherited: ["hour": "is the hour of time"])
        #expect(table?.columns[4].calendar == "is the hour of time")
    }
}
