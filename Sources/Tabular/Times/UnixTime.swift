/// Counts since 1970, whose unit their size tells: one rule for files, requests and the command line.
///
/// From 10⁸ on seconds (1973 to 2286), from 10¹⁰ milliseconds (1970 to 5138), from 10¹⁴ microseconds (1973 to 5138), from 10¹⁷ nanoseconds
/// (1973 to 2200). Smaller counts may be years or days, and are no times. Negative ones lie as far before 1970.
package enum UnixTime {
    /// 2200-01-01 in nanoseconds.
    private static let farthest: UInt64 = 7_258_118_400_000_000_000

    /// UTC milliseconds of a count; nil when it is no time.
    package static func milliseconds(_ count: Int64) -> Int64? {
        switch count.magnitude {
        case ..<100_000_000: nil
        case ..<10_000_000_000: count * 1_000
        case ..<100_000_000_000_000: count
        case ..<100_000_000_000_000_000: floored(count, 1_000)
        case ..<farthest: floored(count, 1_000_000)
        default: nil
        }
    }

    /// UTC milliseconds of a count in digits, seconds with or without decimals; nil when it is no time.
    static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        let point = bytes.firstIndex(of: 0x2E) ?? bytes.count
        guard point <= 20, let count = whole(bytes[..<point]), let milliseconds = milliseconds(count) else { return nil }
        guard point < bytes.count else { return milliseconds }
        // A fraction of a millisecond tells nothing; of larger counts it can only be zero.
        let decimals = bytes[(point + 1)...]
        guard !decimals.isEmpty, decimals.allSatisfy({ $0 &- 0x30 <= 9 }) else { return nil }
        guard count.magnitude < 10_000_000_000 else { return milliseconds }
        var fraction: Int64 = 0
        for index in 0..<3 { fraction = fraction * 10 + (index < decimals.count ? Int64(decimals[point + 1 + index] - 0x30) : 0) }
        return milliseconds + (count < 0 ? -fraction : fraction)
    }

    private static func whole(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        let isNegative = digits.first == 0x2D
        let body = isNegative ? digits.dropFirst() : digits
        guard !body.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in body {
            guard byte &- 0x30 <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int64(byte - 0x30))
            guard !overflow, !overflowToo else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }

    private static func floored(_ a: Int64, _ b: Int64) -> Int64 {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// What the rows of a file so far say about the next one's time: in a file in time order, the second of two equal local hours is the later.
package struct TimeOrder {
    private var latest: Int64?
    private var isInOrder = true
    /// Whether two rows that follow one another may have the same time, as where each hour has a row for each of several things.
    private var hasRepeats = false

    package init() {}

    /// Notes a time that is certain.
    mutating func take(_ time: Int64) -> Int64 {
        if let latest {
            if time < latest { isInOrder = false }
            if time == latest { hasRepeats = true }
        }
        latest = time
        return time
    }

    /// The order of rows that come behind others.
    func followed(by later: TimeOrder) -> TimeOrder {
        var whole = later
        whole.latest = later.latest ?? latest
        whole.isInOrder = isInOrder && later.isInOrder
        whole.hasRepeats = hasRepeats || later.hasRepeats
        return whole
    }

    /// Chooses between the two instants of a local time.
    mutating func choose(_ first: Int64, _ second: Int64) -> (time: Int64, isLater: Bool) {
        guard let before = latest, isInOrder, first < before || (first == before && !hasRepeats), second >= before else {
            if let before = latest, second < before { isInOrder = false }
            latest = first
            return (first, false)
        }
        latest = second
        return (second, true)
    }
}
