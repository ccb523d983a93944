/// The unit in which a typed file counts time.
enum TimeUnit: Equatable {
    case seconds
    case milliseconds
    case microseconds
    case nanoseconds

    /// Digits of a second's fraction.
    var digits: Int {
        switch self {
        case .seconds: 0
        case .milliseconds: 3
        case .microseconds: 6
        case .nanoseconds: 9
        }
    }

    /// Units of a second.
    var perSecond: Int64 {
        switch self {
        case .seconds: 1
        case .milliseconds: 1_000
        case .microseconds: 1_000_000
        case .nanoseconds: 1_000_000_000
        }
    }
}

/// Dates and times of typed files as `TimeParser` reads them.
///
/// An instant has a `Z`; a time without a zone has none, and is read in the deployment's, as in a CSV. Years beyond 9999 are written with all their
/// digits, which no reader takes for a time.
enum TimeCell {
    private static let secondsOfDay: Int64 = 86_400
    /// Days beyond which no calendar goes here.
    private static let mostDays: Int64 = 1_000_000_000

    static func append(days: Int64, to text: inout [UInt8]) {
        guard days.magnitude <= UInt64(mostDays) else { return text.append(contentsOf: "beyond the calendar".utf8) }
        let date = CivilDate.date(days: Int(days))
        if date.year < 0 { text.append(0x2D) }
        append(Int64(date.year.magnitude), width: 4, to: &text)
        text.append(0x2D)
        append(Int64(date.month), width: 2, to: &text)
        text.append(0x2D)
        append(Int64(date.day), width: 2, to: &text)
    }

    /// A day in milliseconds since 1970, its time left out where it is midnight.
    static func append(dateMilliseconds value: Int64, to text: inout [UInt8]) {
        guard value % (secondsOfDay * 1_000) != 0 else { return append(days: value / (secondsOfDay * 1_000), to: &text) }
        append(timestamp: value, .milliseconds, isUTC: false, to: &text)
    }

    /// A time of the day; a count that is none is written as it is.
    static func append(time value: Int64, _ unit: TimeUnit, to text: inout [UInt8]) {
        guard value >= 0, value < secondsOfDay * unit.perSecond else { return NumberText.append(value, to: &text) }
        clock(value / unit.perSecond, to: &text)
        fraction(value % unit.perSecond, unit.digits, to: &text)
    }

    static func append(timestamp value: Int64, _ unit: TimeUnit, isUTC: Bool, to text: inout [UInt8]) {
        let (seconds, part) = floored(value, unit.perSecond)
        let (days, second) = floored(seconds, secondsOfDay)
        append(days: days, to: &text)
        text.append(0x20)
        clock(second, to: &text)
        fraction(part, unit.digits, to: &text)
        if isUTC { text.append(0x5A) }
    }

    /// An instant as a day and the nanoseconds of that day.
    static func append(days: Int64, nanoseconds: Int64, to text: inout [UInt8]) {
        let (more, rest) = floored(nanoseconds, secondsOfDay * 1_000_000_000)
        append(days: days + more, to: &text)
        text.append(0x20)
        clock(rest / 1_000_000_000, to: &text)
        fraction(rest % 1_000_000_000, 9, to: &text)
        text.append(0x5A)
    }

    private static func clock(_ second: Int64, to text: inout [UInt8]) {
        append(second / 3_600, width: 2, to: &text)
        text.append(0x3A)
        append(second / 60 % 60, width: 2, to: &text)
        text.append(0x3A)
        append(second % 60, width: 2, to: &text)
    }

    private static func fraction(_ value: Int64, _ digits: Int, to text: inout [UInt8]) {
        guard digits > 0 else { return }
        text.append(0x2E)
        append(value, width: digits, to: &text)
    }

    /// Digits with zeros in front.
    private static func append(_ value: Int64, width: Int, to text: inout [UInt8]) {
        var power: Int64 = 1
        for _ in 1..<max(width, 2) { power *= 10 }
        guard width > 1, value < power * 10 else { return NumberText.append(value, to: &text) }
        while power > 0 {
            text.append(UInt8(0x30 + value / power % 10))
            power /= 10
        }
    }

    private static func floored(_ a: Int64, _ b: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
    }
}
