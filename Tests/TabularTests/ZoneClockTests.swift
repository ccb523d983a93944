import Foundation
import Tabular
import Testing

@Suite("Wall clocks") struct ZoneClockTests {
    // Figures from GNU date 9.1: TZ=… date -d @… '+%H %u %m'.
    @Test(
        "Hour, weekday and month are those of the zone",
        arguments: [
            ("UTC", 0, 0, 4, 1), ("UTC", -1, 23, 3, 12), ("UTC", 951_782_399_999, 23, 1, 2), ("UTC", 951_782_400_000, 0, 2, 2),
            ("America/New_York", 1_362_898_799_999, 1, 7, 3), ("America/New_York", 1_362_898_800_000, 3, 7, 3),
            ("America/New_York", 1_383_454_800_000, 1, 7, 11), ("America/New_York", 1_383_458_400_000, 1, 7, 11),
            ("America/New_York", 1_356_998_400_000, 19, 1, 12), ("Asia/Kolkata", 1_356_998_400_000, 5, 2, 1),
            ("Pacific/Apia", 1_325_239_199_000, 23, 4, 12), ("Pacific/Apia", 1_325_239_200_000, 0, 6, 12),
        ] as [(String, Double, Int, Int, Int)])
    func parts(zone: String, milliseconds: Double, hour: Int, weekday: Int, month: Int) throws {
        let clock = try #require(ZoneClock(zone: zone))
        #expect(clock.parts(milliseconds) == LocalParts(hour: hour, weekday: weekday, month: month))
    }

    @Test(
        "Every instant of 130 years has the parts that Foundation's calendar gives it",
        arguments: ["UTC", "America/New_York", "Europe/Madrid", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tehran"])
    func calendar(zone: String) throws {
        let clock = try #require(ZoneClock(zone: zone))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: zone))
        var random = SplitMix64(state: 8)
        for _ in 0..<1_500 {
            let milliseconds = Double(Int64(random.next() % 4_102_444_800_000))
            let parts = calendar.dateComponents([.hour, .weekday, .month], from: Date(timeIntervalSince1970: milliseconds / 1_000))
            let expected = LocalParts(
                hour: try #require(parts.hour), weekday: (try #require(parts.weekday) + 5) % 7 + 1, month: try #require(parts.month))
            #expect(clock.parts(milliseconds) == expected, "\(milliseconds)")
        }
    }

    @Test("What is no instant has no parts, and a zone that is not known has no clock")
    func none() {
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1e300, 1.1e15] { #expect(ZoneClock.utc.parts(value) == nil) }
        #expect(ZoneClock.utc.parts(1e15) != nil && ZoneClock.utc.parts(-1e15) != nil)
        for name in ["", "Mars/Olympus", String(repeating: "x", count: 10_000)] { #expect(ZoneClock(zone: name) == nil) }
    }
}
