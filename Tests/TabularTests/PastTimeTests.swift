import Foundation
import Tabular
import Testing

@Suite("Times that lie behind")
struct PastTimeTests {
    /// 2013-05-02 03:00 in New York.
    private static let asOf: Int64 = 1_367_478_000_000

    @Test(
        "a time of day is the last one before now, a whole time is itself, and what is still to come is none",
        arguments: [
            ("02:14", "2013-05-02 02:14:00"), ("2:14", "2013-05-02 02:14:00"), ("02:14:30", "2013-05-02 02:14:30"),
            ("03:00", "2013-05-02 03:00:00"), ("03:01", "2013-05-01 03:01:00"), ("23:59", "2013-05-01 23:59:00"),
            ("2013-04-30T12:00", "2013-04-30 12:00:00"),
        ])
    func reads(text: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        let time = try #require(PastTime.milliseconds(text, zone: zone, asOf: Self.asOf))
        #expect(TimeText.local(time, zone: zone) == expected)
    }

    @Test(
        "anything else is none",
        arguments: ["", "v3", "25:00", "02:61", "02:", ":14", "a:b", "2:3:4:5", "2013-06-01T00:00", "-1:00", "02:14 Uhr"])
    func refuses(text: String) throws {
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        #expect(PastTime.milliseconds(text, zone: zone, asOf: Self.asOf) == nil)
    }
}
