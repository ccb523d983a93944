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
    public init?(traceparent text: some StringProtocol) { self.init(traceparent: text.utf8) }

    /// The same of a text's bytes.
    @inlinable
    public init?(traceparent text: some Sequence<UInt8>) {
        var bytes = text.makeIterator()
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

    @usableFromInline
    static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x61 + 10)
        default: nil
        }
    }

    /// Its digits.
    public static let length = 32

    /// The 32 digits.
    public var text: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            write(into: UnsafeMutableRawBufferPointer(buffer))
            return Self.length
        }
    }

    /// Writes the 32 digits to the start of `buffer`, which must hold at least so many bytes.
    public func write(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= Self.length)
        for place in 0..<Self.length {
            let half = place < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (place & 15)) & 15)
            buffer[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
        }
    }
}
