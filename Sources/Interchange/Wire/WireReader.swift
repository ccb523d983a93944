/// Reads one message of protocol buffers' wire format, field by field, out of bytes that may be anything.
///
/// Nothing is trusted: a number that does not end, a length beyond the message, a field number of 0 and the wire's abolished groups are
/// errors. It never goes into a message by itself, so no nesting can exhaust the stack: whoever knows the field opens it.
/// The encoding: https://protobuf.dev/programming-guides/encoding/
struct WireReader {
    /// What a field carries.
    enum Value {
        case number(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(Range<Int>)
    }

    /// A field of the message.
    struct Field {
        var number: Int
        var value: Value
    }

    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// Reads the message that lies in `range` of `bytes`, which must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        position = max(0, range.lowerBound)
        end = min(bytes.count, range.upperBound)
    }

    /// The next field; nil at the end of the message.
    mutating func next() throws(OnnxFailure) -> Field? {
        guard position < end else { return nil }
        let start = position
        let key = try varint()
        guard let number = Int(exactly: key >> 3), number > 0, number < 1 << 29 else {
            throw .damaged("a field without a number", at: start)
        }
        switch key & 7 {
        case 0: return Field(number: number, value: .number(try varint()))
        case 1: return Field(number: number, value: .fixed64(try fixed(UInt64.self)))
        case 2:
            let length = try varint()
            guard length <= UInt64(end - position) else { throw .damaged("a field that is longer than what holds it", at: start) }
            defer { position += Int(length) }
            return Field(number: number, value: .bytes(position..<(position + Int(length))))
        case 5: return Field(number: number, value: .fixed32(try fixed(UInt32.self)))
        default: throw .damaged("a field of wire type \(key & 7)", at: start)
        }
    }

    /// Where the next field begins.
    var offset: Int { position }

    /// At most ten bytes, seven bits each.
    mutating func varint() throws(OnnxFailure) -> UInt64 {
        let start = position
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            // The tenth byte has room for one bit, and so is the last.
            guard shift < 63 || byte <= 1 else { throw .damaged("a number of more than 64 bits", at: start) }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        throw .damaged("a number that is cut off", at: start)
    }

    var isAtEnd: Bool { position >= end }

    private mutating func fixed<T: FixedWidthInteger>(_ type: T.Type) throws(OnnxFailure) -> T {
        let size = MemoryLayout<T>.size
        guard end - position >= size else { throw .damaged("a number that is cut off", at: position) }
        defer { position += size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}

/// The bytes of a file with readers for what its fields hold.
struct WireBytes {
    let bytes: UnsafeRawBufferPointer

    /// The fields of a message.
    func reader(_ range: Range<Int>) -> WireReader { WireReader(bytes, in: range) }

    /// A text; what is not UTF-8 is repaired.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Numbers of a fixed size, one after the other.
    func packed<T: BitwiseCopyable>(_ range: Range<Int>, as type: T.Type) throws(OnnxFailure) -> [T] {
        let size = MemoryLayout<T>.stride
        guard range.count % size == 0 else { throw .damaged("numbers that are cut off", at: range.lowerBound) }
        let count = range.count / size
        return [T](unsafeUninitializedCapacity: count) { target, used in
            if count > 0, let to = target.baseAddress, let from = bytes.baseAddress {
                UnsafeMutableRawPointer(to).copyMemory(from: from + range.lowerBound, byteCount: range.count)
            }
            used = count
        }
    }

    /// Numbers of seven bits a byte, one after the other.
    func packedNumbers(_ range: Range<Int>, into target: inout [Int64]) throws(OnnxFailure) {
        var reader = reader(range)
        while !reader.isAtEnd { target.append(Int64(bitPattern: try reader.varint())) }
    }
}
