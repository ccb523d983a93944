/// The trace that a request belongs to, as its caller says by the header `traceparent` (W3C Trace Context, Level 1).
public struct TraceID: Hashable, Sendable {
    /// The first 64 of its 128 bits.
    public let high: UInt64
    /// The others.
    public let low: UInt64

    /// Makes an id; nil for the one of zeros, which is none.
    public init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// Reads a `traceparent`: `00-`, 32 hexadecimal digits, `-`, 16 of the caller's span, `-`, 2 of flags, all in lower case.
    ///
    /// Nil for anything else: a header that is wrong in any part is as none (3.2.2.1). A later version than 00 may say more behind a further `-`.
    public init?(traceparent text: some StringProtocol) {
        var bytes = text.utf8.makeIterator()
        func digits(_ count: Int) -> UInt64? {
            var value: UInt64 = 0
            for _ in 0..<count {
                guard let byte = bytes.next(), let digit = Self.digit(byte) else { return nil }
                value = value << 4 | digit
            }
            return value
        }
        func dash() -> Bool { bytes.next() == 0x2D }
        guard let version = digits(2), version != 0xFF, dash(), let high = digits(16), let low = digits(16), dash(),
            let span = digits(16), span != 0, dash(), digits(2) != nil
        else { return nil }
        if let next = bytes.next(), version == 0 || next != 0x2D { return nil }
        self.init(high: high, low: low)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }

    /// The 32 digits.
    public var text: String {
        func padded(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return padded(high) + padded(low)
    }
}
