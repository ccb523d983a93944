import Foundation
import Monitoring
import Tabular
import Testing

/// Where the files of real traffic are: `$FLYBALL_FLIGHTS`, `$FLYBALL_ELECTRICITY`, else next to the repository.
private enum Recorded {
    static let flights = file("FLYBALL_FLIGHTS", "flights-2013.csv.gz")
    static let electricity = file("FLYBALL_ELECTRICITY", "electricity-nsw.csv.gz")

    private static func file(_ variable: String, _ name: String) -> String? {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/data/\(name)").path
        let path = ProcessInfo.processInfo.environment[variable] ?? beside
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}

/// A year of flights and two years of an electricity market: healthy but for what really happened.
@Suite("drift on recorded traffic", .serialized, .enabled(if: Recorded.flights != nil && Recorded.electricity != nil))
struct RecordedTests {
    private static func flights() throws -> LabelledRows {
        let path = try #require(Recorded.flights)
        let options = ImportOptions(
            target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay"])
        return try CSVImport.read(path: path, options: options).rows
    }

    /// Rows up to the end of a day.
    private static func count(_ rows: LabelledRows, until month: Double, _ day: Double) throws -> Int {
        let (months, days) = (try #require(rows.schema.index(of: "month")), try #require(rows.schema.index(of: "day")))
        let width = rows.schema.width
        return (0..<rows.count).count { (rows.features[$0 * width + months], rows.features[$0 * width + days]) <= (month, day) }
    }

    @Test("flights: no alarm in months 7-12 after training on 1-6, but on 31 December; `auto` from months 1-3 trains at most four times")
    func year() throws {
        let rows = try Self.flights()
        let spring = try Self.count(rows, until: 3, 31)
        let half = try Self.count(rows, until: 6, 30)
        let last = try Self.count(rows, until: 12, 30)
        let replay = RecordedReplay(rows.selecting(Array(0..<last)))
        let calendar = replay.reference(Array(0..<half)).calendarColumns
        #expect(calendar.keys.sorted() == ["day", "month", "sched_hour", "sched_minute", "weekday"], "\(calendar)")
        let watched = replay.watch(training: half)
        #expect(watched.unlike.isEmpty, "\(watched.unlike)")
        #expect(watched.independentBad > watched.windows / 2)
        let loop = replay.loop(training: spring)
        #expect((1...4).contains(loop.trainings.count), "\(loop.trainings)")
        let raises = replay.missing(training: half, harvest: 25)
        #expect(raises.values.reduce(0, +) <= 20, "\(raises)")
        // Three in four gusts are missing at all times; the other columns raise nothing at 500 rows a second.
        let quick = replay.missing(training: half, harvest: 125).filter { $0.key != "wind_gust" }
        #expect(quick.isEmpty, "\(quick)")
    }

    @Test("flights: the file has no weather from the evening of 30 December on, and that is told")
    func lastDay() throws {
        let rows = try Self.flights()
        let half = try Self.count(rows, until: 6, 30)
        let before = RecordedReplay(rows.selecting(Array(0..<(try Self.count(rows, until: 12, 29))))).missing(training: half, harvest: 25)
        let whole = RecordedReplay(rows).missing(training: half, harvest: 25)
        for column in ["temp", "dewp", "humid", "visib"] {
            #expect(whole[column, default: 0] == before[column, default: 0] + 1, "\(column)")
        }
    }

    /// The two markets were joined at row 17,424: before it nothing moves, behind it the price does.
    @Test("electricity: raised in the second window after the real change, and none before", arguments: [350, 1_000])
    func market(windowRows: Int) throws {
        let path = try #require(Recorded.electricity)
        let rows = try CSVImport.read(path: path, options: ImportOptions(target: "class", positive: "up")).rows
        let watched = RecordedReplay(rows, windowRows: windowRows).watch(training: 10_000)
        let first = (17_424 - 10_000) / windowRows
        #expect(watched.unlike.first.map { $0.window } == first + 1, "\(watched.unlike)")
    }
}
