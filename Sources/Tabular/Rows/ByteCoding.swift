/// Appends little-endian integers and length-prefixed texts.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ byte: UInt8) { bytes.append(byte) }

    package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ text: String) {
        write(UInt32(clamping: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func write(_ texts: [String]) {
        write(UInt32(clamping: texts.count))
        for text in texts { write(text) }
    }
}

/// Reads what `ByteWriter` wrote, from bytes that may be anything: nil past the end or for a text that is not UTF-8.
package struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    package private(set) var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package var remaining: Int { bytes.endIndex - position }

    package mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { return nil }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position - bytes.startIndex, as: Value.self) }
        position += size
        return Value(littleEndian: value)
    }

    /// So many bytes as they lie.
    package mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    package mutating func text() -> String? {
        guard let count = integer(UInt32.self), let size = Int(exactly: count), size <= remaining else { return nil }
        defer { position += size }
        return String(validating: bytes[position..<(position + size)], as: UTF8.self)
    }

    package mutating func texts() -> [String]? {
        // Each text takes four bytes at least, so a lying count cannot reserve memory.
        guard let count = integer(UInt32.self), Int(count) <= remaining / 4 else { return nil }
        var result: [String] = []
        result.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let text = text() else { return nil }
            result.append(text)
        }
        return result
    }

    /// Values of eight bytes each, copied as they lie.
    package mutating func words<Value: BitwiseCopyable>(_ count: Int, of type: Value.Type) -> [Value]? {
        MemoryLayout<Value>.stride == 8 ? copied(count) : nil
    }

    /// Little-endian integers of any width.
    package mutating func integers<Value: FixedWidthInteger & BitwiseCopyable>(_ count: Int, of type: Value.Type) -> [Value]? {
        #if _endian(big)
            copied(count)?.map { Value(littleEndian: $0) }
        #else
            copied(count)
        #endif
    }

    /// So many values as their bytes lie, in one piece: callers of other modules run this unspecialized, where each value by itself costs a
    /// hundred times as much.
    private mutating func copied<Value: BitwiseCopyable>(_ count: Int) -> [Value]? {
        let stride = MemoryLayout<Value>.stride
        guard count >= 0, count <= remaining / stride else { return nil }
        let offset = position - bytes.startIndex
        position += count * stride
        return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { source in
                let slice = UnsafeRawBufferPointer(rebasing: source[offset..<(offset + count * stride)])
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: slice)
            }
            initialized = count
        }
    }
}
