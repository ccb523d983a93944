/// Reads numbers from bytes that somebody else keeps, and never beyond them.
struct ByteCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0) {
        self.bytes = bytes
        self.position = min(max(0, position), bytes.count)
    }

    /// Bytes that are left.
    var rest: Int { bytes.count - position }

    /// The next bytes.
    @inline(__always)
    mutating func take(_ count: Int) throws(Damage) -> UnsafeBufferPointer<UInt8> {
        guard count >= 0, count <= rest else { throw .tooShort }
        defer { position += count }
        return UnsafeBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    /// All bytes that are left.
    mutating func takeRest() -> UnsafeBufferPointer<UInt8> {
        defer { position = bytes.count }
        return UnsafeBufferPointer(rebasing: bytes[position...])
    }

    @inline(__always)
    mutating func byte() throws(Damage) -> UInt8 {
        guard position < bytes.count else { throw .tooShort }
        defer { position += 1 }
        return bytes[position]
    }

    /// A little-endian number of a fixed width.
    @inline(__always)
    mutating func number<Value: FixedWidthInteger>(_ type: Value.Type) throws(Damage) -> Value {
        let count = MemoryLayout<Value>.size
        guard count <= rest, let base = bytes.baseAddress else { throw .tooShort }
        defer { position += count }
        return Value(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: Value.self))
    }

    /// Seven bits a byte, the lowest first (ULEB128), at most 64 bits.
    mutating func variable() throws(Damage) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw Damage(what: "a number of more than 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }

    /// The same with the sign in the lowest bit.
    mutating func zigzag() throws(Damage) -> Int64 {
        let value = try variable()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// A variable number that counts something.
    mutating func count() throws(Damage) -> Int {
        let value = try variable()
        guard value <= UInt64(Int32.max) else { throw Damage(what: "a count beyond all bounds") }
        return Int(value)
    }
}

/// Values of a few bits each, packed one behind the other, the lowest bit first.
enum PackedBits {
    /// The value of `width` bits (at most 64) that starts at a bit; bits behind the bytes are 0.
    @inline(__always)
    static func value(_ bytes: UnsafeBufferPointer<UInt8>, bit: Int, width: Int) -> UInt64 {
        let start = bit >> 3
        let shift = UInt64(bit & 7)
        let mask: UInt64 = width >= 64 ? .max : (1 << UInt64(width)) - 1
        if width + 7 <= 64, start + 8 <= bytes.count, let base = bytes.baseAddress {
            return UInt64(littleEndian: UnsafeRawPointer(base + start).loadUnaligned(as: UInt64.self)) >> shift & mask
        }
        var value: UInt64 = 0
        for index in 0..<9 where start + index < bytes.count {
            let byte = UInt64(bytes[start + index])
            let place = index * 8 - Int(shift)
            value |= place < 0 ? byte >> UInt64(-place) : place < 64 ? byte << UInt64(place) : 0
        }
        return value & mask
    }
}
