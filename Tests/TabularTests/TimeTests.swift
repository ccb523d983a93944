import Foundation
import Tabular
import Testing

@Suite("Times") struct TimeTests {
    // Figures from GNU date 9.1: TZ=… date -d … +%s.
    @Test(
        "The layouts are read to the millisecond",
        arguments: [
            ("2013-01-01", "UTC", 1_356_998_400_000), ("2013-01-01T05:15:00", "America/New_York", 1_357_035_300_000),
            ("2013-07-01 05:15:00", "America/New_York", 1_372_670_100_000), ("2013-07-01 05:15", "America/New_York", 1_372_670_100_000),
            ("2013-07-01T05:15:00.25Z", "America/New_York", 1_372_655_700_250), ("2013-07-01T05:15:00+02:00", "UTC", 1_372_648_500_000),
            ("2013-07-01T05:15:00-0530", "UTC", 1_372_675_500_000), ("1969-12-31T23:59:59.5Z", "UTC", -500),
            ("1372670100000", "America/New_York", 1_372_670_100_000), ("1372670100", "America/New_York", 1_372_670_100_000),
            ("1372670100000000", "UTC", 1_372_670_100_000), ("1372670100000000000", "UTC", 1_372_670_100_000),
            ("1372670100.5", "UTC", 1_372_670_100_500), ("-1357035300000", "UTC", -1_357_035_300_000),
            ("-1357035300", "UTC", -1_357_035_300_000),
            ("2013-07-01 05:15:00 UTC", "America/New_York", 1_372_655_700_000), ("2013-07-01 05:15 -04:00", "UTC", 1_372_670_100_000),
            (" 2013-07-01 05:15:00\t", "America/New_York", 1_372_670_100_000), ("2000-02-29", "UTC", 951_782_400_000),
            ("0001-01-01", "UTC", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", "UTC", 253_402_300_799_999),
        ] as [(String, String, Int64)])
    func layouts(text: String, zone: String, expected: Int64) throws {
        var parser = try TimeParser(zone: zone)
        #expect(parser.milliseconds(text) == expected)
        #expect(parser.ambiguous == 0)
        #expect(parser.nonexistent == 0)
    }

    @Test(
        "What is no time is nil",
        arguments: [
            "", "now", "2013", "2013-13-01", "2013-02-29", "2013-00-10", "2013-01-01T24:00:00", "2013-01-01T05:60", "2013-01-01T05:15:60",
            "2013-01-01T05:15:00+2", "2013-01-01T05:15:00 PST", "01/02/2013", "2013-1-1", "13570353", "-13570353", "2013-01-01T05:15:00 UT",
            "2013-01-01T",
            "2013-01-01T05:15:00.", "２０１３-01-01", "2013-01-01Z5", "99999999999999999999", "2013-01-01T05:15:00+99:00",
        ])
    func refused(text: String) throws {
        var parser = try TimeParser(zone: "Europe/Madrid")
        #expect(parser.milliseconds(text) == nil)
    }

    @Test("A local time that clocks pass twice takes the first instant, one that they jump over moves forward; both are counted")
    func clockChanges() throws {
        var parser = try TimeParser(zone: "America/New_York")
        // Clocks went forward on 2013-03-10 at 02:00 (07:00 UTC) and back on 2013-11-03 at 02:00 (06:00 UTC).
        #expect(parser.milliseconds("2013-03-10T01:59:59") == 1_362_898_799_000)
        #expect(parser.milliseconds("2013-03-10T02:30:00") == 1_362_900_600_000)
        #expect(parser.milliseconds("2013-03-10T03:00:00") == 1_362_898_800_000)
        #expect(parser.nonexistent == 1)
        #expect(parser.milliseconds("2013-11-03T00:59:59") == 1_383_454_799_000)
        #expect(parser.milliseconds("2013-11-03T01:30:00") == 1_383_456_600_000)
        #expect(parser.milliseconds("2013-11-03T02:00:00") == 1_383_462_000_000)
        #expect(parser.ambiguous == 1)
        #expect(parser.milliseconds("2013-11-03T01:30:00-05:00") == 1_383_460_200_000)
        #expect(parser.ambiguous == 1)
    }

    @Test(
        "Every half hour of a year comes back from its local text, in zones of both hemispheres",
        arguments: ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London", "UTC"])
    func roundTrip(name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        var parser = try TimeParser(zone: name)
        var different = 0
        for step in 0..<17_520 {
            let instant = 1_356_998_400_000 + Int64(step) * 1_800_000
            let text = TimeText.local(instant, zone: zone)
            let milliseconds = parser.milliseconds(text)
            let parsed = try #require(milliseconds)
            if parsed != instant { different += 1 }
        }
        // Only the second pass of an hour (or Lord Howe's half hour) reads as the first.
        #expect(different <= 2)
        #expect(parser.nonexistent == 0)
    }

    @Test(
        "RFC 3339 text",
        arguments: [(0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_357_035_300_007, "2013-01-01T10:15:00.007Z")]
            as [(Int64, String)])
    func rfc3339(milliseconds: Int64, expected: String) throws {
        #expect(TimeText.rfc3339(milliseconds) == expected)
        var parser = try TimeParser(zone: "UTC")
        #expect(parser.milliseconds(expected) == milliseconds)
    }

    @Test("No instant traps", arguments: [Int64.min, Int64.max, 0])
    func extremes(milliseconds: Int64) throws {
        #expect(!TimeText.rfc3339(milliseconds).isEmpty)
        #expect(!TimeText.local(milliseconds, zone: .gmt, format: .full).isEmpty)
    }

    @Test("Local layouts")
    func local() throws {
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        let expected: [(TimeText.Format, String)] = [
            (.minute, "05:15"), (.second, "05:15:00"), (.date, "2013-01-01"), (.dayMinute, "01-01 05:15"), (.full, "2013-01-01 05:15:00"),
        ]
        for (format, text) in expected { #expect(TimeText.local(1_357_035_300_000, zone: zone, format: format) == text) }
    }
}

@Suite("Durations") struct DurationTests {
    @Test(
        "Durations are read",
        arguments: [
            ("250ms", 250), ("5s", 5_000), ("10m", 600_000), ("24h", 86_400_000), ("30d", 2_592_000_000), ("2w", 1_209_600_000),
            ("1.5h", 5_400_000),
            ("2h 10m", 7_800_000), ("2h10m", 7_800_000), ("0s", 0), ("41 s", 41_000),
        ] as [(String, Int64)])
    func read(text: String, expected: Int64) {
        #expect(DurationText.milliseconds(text) == expected)
    }

    @Test(
        "What is no duration is nil",
        arguments: ["", "5", "s", "-5s", "5x", "5 5", "99999999999999999999d", "9223372036854775807s", "1e3s", ".s", "1..5s"])
    func refused(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }

    @Test(
        "Durations are written in two units at most",
        arguments: [
            (250, "250 ms"), (41_000, "41 s"), (200_000, "3m 20s"), (7_800_000, "2h 10m"), (525_600_000, "6d 02h"), (-41_000, "-41 s"),
            (0, "0 ms"),
        ] as [(Int64, String)])
    func write(milliseconds: Int64, expected: String) {
        #expect(DurationText.text(milliseconds) == expected)
    }

    @Test("The smallest number does not trap")
    func smallest() {
        #expect(DurationText.text(.min).hasPrefix("-"))
    }
}
