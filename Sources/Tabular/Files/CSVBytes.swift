/// What single bytes of a CSV mean.
enum CSVBytes {
    /// A blank around a field is no part of it.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Bytes that a buffer has behind its contents: the NUL that ends them, and what a look at eight bytes may take in beyond it.
    static let margin = 8

    /// The first structural byte from a place on; there is one at the end of the contents.
    ///
    /// Eight bytes at a time. Every structural byte lies below 0x2D, and so does hardly another one in a field: a subtraction marks the lowest
    /// such byte of a word exactly, and what its borrow may mark lies above it (Mycroft's test).
    @inline(__always)
    static func structural(_ base: UnsafePointer<UInt8>, from start: Int) -> Int {
        var cursor = start
        while true {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + cursor).loadUnaligned(as: UInt64.self))
            let low = (word &- 0x2D2D_2D2D_2D2D_2D2D) & ~word & 0x8080_8080_8080_8080
            guard low != 0 else {
                cursor &+= 8
                continue
            }
            cursor &+= low.trailingZeroBitCount >> 3
            if isStructural(base[cursor]) { return cursor }
            cursor &+= 1
        }
    }

    @inline(__always)
    private static func isStructural(_ byte: UInt8) -> Bool { byte <= 0x2C && structural >> UInt64(byte) & 1 != 0 }

    /// One bit a byte: NUL, LF, CR, the quote and the comma.
    private static let structural: UInt64 = 1 | 1 << 0x0A | 1 << 0x0D | 1 << 0x22 | 1 << 0x2C
}
