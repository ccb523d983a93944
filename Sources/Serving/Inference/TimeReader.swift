import Tabular

/// Reads the instants of requests: RFC 3339 in UTC directly from the bytes, every other layout through the importer's own parser.
struct TimeReader {
    private var parser: TimeParser?

    init(zone: String) { parser = try? TimeParser(zone: zone) }

    /// UTC milliseconds of a text that is a time; nil for any other.
    mutating func milliseconds(_ text: JSONText, in scanner: JSONScanner) -> Int64? {
        if text.isPlain, let milliseconds = Self.utc(scanner.bytes(text)) { return milliseconds }
        guard text.length <= 64 else { return nil }
        return parser?.milliseconds(scanner.text(text))
    }

    /// `2013-04-01T10:00:00Z`, with up to nine decimals of a second, of which milliseconds are kept.
    static func utc(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count >= 20, bytes.count <= 30, bytes[bytes.count - 1] == 0x5A, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54,
            bytes[13] == 0x3A, bytes[16] == 0x3A, let year = number(bytes, 0, 4), let month = number(bytes, 5, 2),
            let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2)
        else { return nil }
        guard month >= 1, month <= 12, day >= 1, day <= length(of: month, in: year), hour < 24, minute < 60, second < 60 else { return nil }
        var milliseconds = 0
        if bytes.count > 20 {
            let digits = bytes.count - 21
            guard bytes[19] == 0x2E, digits >= 1, let fraction = number(bytes, 20, digits) else { return nil }
            milliseconds =
                digits <= 3 ? fraction * [0, 100, 10, 1][digits] : fraction / [0, 10, 100, 1_000, 10_000, 100_000, 1_000_000][digits - 3]
        }
        let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        return Int64(seconds * 1_000 + milliseconds)
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for i in start..<start + count {
            let digit = bytes[i] &- 0x30
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, years 0 to 9999: years are counted from March, so that the leap day comes last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let leaps = floorQuotient(shifted, 4) - floorQuotient(shifted, 100) + floorQuotient(shifted, 400)
        return shifted * 365 + leaps + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }

    private static func floorQuotient(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
}
