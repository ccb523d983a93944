import Foundation

/// Reads instants in a handful of unmistakable layouts; times without an offset are local times of one zone.
///
/// Layouts: `yyyy-MM-dd`, `yyyy-MM-dd HH:mm`, `…:ss`, `…:ss.fraction`, each with `T` or a space and with or without `Z`, `UTC`, `±HH`, `±HHmm`,
/// `±HH:mm`, a space in front of these or none; and Unix time, its unit told by its size (`UnixTime`). Years 0001 to 9999.
/// Local times that clocks passed twice are counted in `ambiguous` and take the first instant, or the later one where the order of a file's rows
/// proves it; times that clocks jumped over move forward by the jump and are counted in `nonexistent`.
public struct TimeParser {
    private var offsets: ZoneOffsets
    /// Local times so far that occur twice in the zone.
    public private(set) var ambiguous = 0
    /// Those of them that took the later instant, as the rows before them prove.
    public private(set) var later = 0
    /// Local times so far that do not occur in the zone.
    public private(set) var nonexistent = 0

    /// Takes an IANA zone name; throws `unknownZone` with the nearest known one.
    public init(zone: String) throws(TabularFailure) {
        guard zone.utf8.count <= 64, let known = TimeZone(identifier: zone) else {
            let identifiers = TimeZone.knownTimeZoneIdentifiers
            let lastPart = identifiers.first { $0.lowercased().hasSuffix("/" + zone.lowercased().replacing(" ", with: "_")) }
            throw .unknownZone(name: zone, nearest: lastPart ?? Names.nearest(to: zone, in: identifiers))
        }
        offsets = ZoneOffsets(zone: known)
    }

    /// UTC milliseconds of a text; nil when it is not a time in one of the layouts.
    public mutating func milliseconds(_ text: String) -> Int64? {
        var copy = text
        return copy.withUTF8 { milliseconds(bytes: $0) }
    }

    /// UTC milliseconds of UTF-8 bytes; nil when they are not a time in one of the layouts.
    package mutating func milliseconds(bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var order = TimeOrder()
        return milliseconds(bytes: bytes, in: &order)
    }

    /// UTC milliseconds of the next row's time in a file; nil when it is not a time in one of the layouts.
    package mutating func milliseconds(bytes raw: UnsafeBufferPointer<UInt8>, in order: inout TimeOrder) -> Int64? {
        guard let parts = TimeParts(CellText.trimmed(raw)) else { return nil }
        switch parts.zone {
        case .unix: return order.take(parts.milliseconds)
        case .offset(let seconds): return order.take(parts.milliseconds - seconds * 1_000)
        case .local: break
        }
        let fraction = Int64(parts.fraction)
        switch offsets.reading(localSeconds: (parts.milliseconds - fraction) / 1_000) {
        case .exact(let value): return order.take(value * 1_000 + fraction)
        case .ambiguous(let first, later: let second):
            ambiguous += 1
            let (found, isLater) = order.choose(first * 1_000 + fraction, second * 1_000 + fraction)
            if isLater { later += 1 }
            return found
        case .nonexistent(let value):
            nonexistent += 1
            return order.take(value * 1_000 + fraction)
        }
    }

    /// Whether bytes have one of the layouts, Unix milliseconds left out; nothing is counted.
    package static func looksLikeTime(_ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        let bytes = CellText.trimmed(raw)
        guard bytes.count >= 10, bytes[4] == 0x2D, let parts = TimeParts(bytes) else { return false }
        if case .unix = parts.zone { return false }
        return true
    }
}

/// A time as written, before its zone is applied.
private struct TimeParts {
    enum Zone {
        case local
        case offset(Int64)
        case unix
    }

    /// Milliseconds since 1970 as if the text were UTC.
    var milliseconds: Int64
    /// Milliseconds within the second.
    var fraction: Int
    var zone: Zone

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 9, bytes.count <= 40 else { return nil }
        guard bytes[4] == 0x2D else {
            guard let found = UnixTime.milliseconds(bytes) else { return nil }
            milliseconds = found
            fraction = 0
            zone = .unix
            return
        }
        var cursor = Cursor(bytes: bytes)
        guard let year = cursor.number(digits: 4), cursor.take(0x2D), let month = cursor.number(digits: 2), cursor.take(0x2D),
            let day = cursor.number(digits: 2), year >= 1, day >= 1, day <= CivilDate.daysInMonth(year: year, month: month)
        else { return nil }
        fraction = 0
        zone = .local
        var second = CivilDate.days(year: year, month: month, day: day) * 86_400
        if !cursor.isAtEnd {
            guard cursor.take(0x54) || cursor.take(0x20) || cursor.take(0x74), let clock = cursor.clock() else { return nil }
            second += clock.seconds
            fraction = clock.milliseconds
            guard let found = cursor.zone() else { return nil }
            zone = found
        }
        milliseconds = Int64(second) * 1_000 + Int64(fraction)
    }

    private struct Cursor {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        mutating func number(digits: Int) -> Int? {
            guard bytes.count - position >= digits else { return nil }
            var value = 0
            for _ in 0..<digits {
                let digit = Int(bytes[position]) - 0x30
                guard digit >= 0, digit <= 9 else { return nil }
                value = value * 10 + digit
                position += 1
            }
            return value
        }

        /// `HH:mm[:ss[.fraction]]`; digits beyond milliseconds are cut off.
        mutating func clock() -> (seconds: Int, milliseconds: Int)? {
            guard let hour = number(digits: 2), hour < 24, take(0x3A), let minute = number(digits: 2), minute < 60 else { return nil }
            var seconds = hour * 3_600 + minute * 60
            guard take(0x3A) else { return (seconds, 0) }
            guard let second = number(digits: 2), second < 60 else { return nil }
            seconds += second
            guard take(0x2E) || take(0x2C) else { return (seconds, 0) }
            var milliseconds = 0
            var scale = 100
            var digits = 0
            while let digit = number(digits: 1) {
                milliseconds += digit * scale
                scale /= 10
                digits += 1
            }
            return digits > 0 ? (seconds, milliseconds) : nil
        }

        /// `Z`, `UTC`, `GMT`, `±HH`, `±HHmm`, `±HH:mm`, a space in front or none, or nothing; nil for anything else.
        mutating func zone() -> Zone? {
            if isAtEnd { return .local }
            _ = take(0x20)
            if (take(0x55) && take(0x54) && take(0x43)) || (take(0x47) && take(0x4D) && take(0x54)) { return isAtEnd ? .offset(0) : nil }
            if take(0x5A) || take(0x7A) { return isAtEnd ? .offset(0) : nil }
            let sign: Int64
            if take(0x2B) { sign = 1 } else if take(0x2D) { sign = -1 } else { return nil }
            guard let hours = number(digits: 2), hours < 24 else { return nil }
            var minutes = 0
            if !isAtEnd {
                _ = take(0x3A)
                guard let found = number(digits: 2), found < 60 else { return nil }
                minutes = found
            }
            return isAtEnd ? .offset(sign * Int64(hours * 3_600 + minutes * 60)) : nil
        }
    }
}
