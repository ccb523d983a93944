/// Writes protocol buffers' wire format.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    /// Seven bits a byte.
    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func key(_ field: Int, _ type: UInt64) { varint(UInt64(field) << 3 | type) }

    /// A whole number; a negative one takes ten bytes.
    mutating func number(_ field: Int, _ value: Int64) {
        key(field, 0)
        varint(UInt64(bitPattern: value))
    }

    /// A number of single precision.
    mutating func float(_ field: Int, _ value: Float) {
        key(field, 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A text.
    mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

    /// Bytes, which may be a message.
    mutating func data(_ field: Int, _ value: [UInt8]) {
        key(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    /// A message that `body` writes.
    mutating func message(_ field: Int, _ body: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        body(&inner)
        data(field, inner.bytes)
    }

    /// Whole numbers, packed.
    mutating func numbers(_ field: Int, _ values: [Int64]) {
        guard !values.isEmpty else { return }
        var inner = WireWriter()
        for value in values { inner.varint(UInt64(bitPattern: value)) }
        data(field, inner.bytes)
    }

    /// Numbers of a fixed size, packed, little-endian as this machine has them.
    mutating func packed<T: BitwiseCopyable>(_ field: Int, _ values: [T]) {
        guard !values.isEmpty else { return }
        values.withUnsafeBytes { data(field, Array($0)) }
    }
}
