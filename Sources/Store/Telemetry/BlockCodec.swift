import CZlib
import Tabular

/// The stored form of a traffic block: columns, little-endian, compressed by zlib.
///
/// Layout before compression: rows, width, outputs (UInt32); ids (base UInt64, row UInt32); times (Int64); versions (UInt32); arms (UInt8);
/// latencies (UInt32); scores and features by column (UInt64 bit patterns, so that every value comes back bit for bit); client ids (count,
/// then row UInt32, length UInt32, UTF-8 each). In front of the compressed bytes: form 1 (UInt8), uncompressed length (UInt32).
enum BlockCodec {
    /// Largest block that is read, uncompressed bytes.
    static let limit = 1 << 30

    static func encode(_ block: TrafficBlock) -> [UInt8] {
        var raw = ByteWriter()
        raw.put(UInt32(block.count))
        raw.put(UInt32(block.width))
        raw.put(UInt32(block.outputs))
        for id in block.ids { raw.put(id.base.bits) }
        for id in block.ids { raw.put(id.row) }
        for time in block.times { raw.put(UInt64(bitPattern: time)) }
        for version in block.versions { raw.put(version) }
        for arm in block.arms { raw.bytes.append(arm.rawValue) }
        for latency in block.latencies { raw.put(latency) }
        columns(block.scores, block.outputs, block.count, into: &raw)
        columns(block.features, block.width, block.count, into: &raw)
        raw.put(UInt32(block.clientIDs.count))
        for (row, text) in block.clientIDs.sorted(by: { $0.key < $1.key }) {
            raw.put(UInt32(row))
            raw.put(UInt32(text.utf8.count))
            raw.bytes.append(contentsOf: text.utf8)
        }
        var result = ByteWriter()
        result.bytes.append(1)
        result.put(UInt32(raw.bytes.count))
        result.bytes.append(contentsOf: compress(raw.bytes))
        return result.bytes
    }

    private static func columns(_ values: [Double], _ width: Int, _ count: Int, into writer: inout ByteWriter) {
        for column in 0..<width {
            for row in 0..<count { writer.put(values[row * width + column].bitPattern) }
        }
    }

    /// The block; nil when the bytes are none. Never traps, whatever the bytes.
    static func decode(_ bytes: [UInt8], deployment: String) -> TrafficBlock? {
        var head = ByteReader(bytes: bytes)
        guard head.byte() == 1, let length = head.integer(UInt32.self), length <= limit,
            let raw = uncompress(bytes[head.position...], length: Int(length))
        else { return nil }
        var reader = ByteReader(bytes: raw)
        guard let rows = reader.integer(UInt32.self).map(Int.init), let width = reader.integer(UInt32.self).map(Int.init),
            let outputs = reader.integer(UInt32.self).map(Int.init), width <= 1 << 20, outputs <= 1 << 16, rows <= 1 << 24,
            // Every row takes at least this much: checked before anything is allocated.
            rows * (29 + 8 * (width + outputs)) <= raw.count
        else { return nil }
        var block = TrafficBlock(deployment: deployment, width: width, outputs: outputs)
        guard let bases: [UInt64] = reader.array(rows), let numbers: [UInt32] = reader.array(rows), let times: [UInt64] = reader.array(rows),
            let versions: [UInt32] = reader.array(rows)
        else { return nil }
        for _ in 0..<rows {
            guard let code = reader.byte(), let arm = Arm(rawValue: code) else { return nil }
            block.arms.append(arm)
        }
        guard let latencies: [UInt32] = reader.array(rows), let scores = rowMajor(&reader, outputs, rows), let features = rowMajor(&reader, width, rows)
        else { return nil }
        block.ids = zip(bases, numbers).map { RowID(base: PredictionID(bits: $0), row: $1) }
        block.times = times.map { Int64(bitPattern: $0) }
        block.versions = versions
        block.latencies = latencies
        block.scores = scores
        block.features = features
        guard let clients = reader.integer(UInt32.self), clients <= rows else { return nil }
        for _ in 0..<clients {
            guard let row = reader.integer(UInt32.self), row < rows, let length = reader.integer(UInt32.self), let text = reader.text(Int(length)) else {
                return nil
            }
            block.clientIDs[Int(row)] = text
        }
        return reader.isAtEnd ? block : nil
    }

    private static func rowMajor(_ reader: inout ByteReader, _ width: Int, _ count: Int) -> [Double]? {
        var values = [Double](repeating: 0, count: width * count)
        for column in 0..<width {
            guard let bits: [UInt64] = reader.array(count) else { return nil }
            for row in 0..<count { values[row * width + column] = Double(bitPattern: bits[row]) }
        }
        return values
    }

    private static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { target, initialized in
            // With a buffer of compressBound bytes it can only fail for want of memory.
            let code = compress2(target.baseAddress, &size, bytes, UInt(bytes.count), 1)
            initialized = code == Z_OK ? Int(size) : 0
        }
    }

    private static func uncompress(_ bytes: ArraySlice<UInt8>, length: Int) -> [UInt8]? {
        var size = UInt(length)
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: length) { target, initialized in
            let code = bytes.withUnsafeBufferPointer { CZlib.uncompress(target.baseAddress, &size, $0.baseAddress, UInt($0.count)) }
            isWhole = code == Z_OK && Int(size) == length
            initialized = isWhole ? length : 0
        }
        return isWhole ? result : nil
    }
}

/// Appends integers, little-endian.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
}

/// Takes integers, little-endian; nil past the end.
struct ByteReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard bytes.count - position >= size else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: T.self)) }
    }

    mutating func array<T: FixedWidthInteger>(_ count: Int) -> [T]? {
        let size = count * MemoryLayout<T>.size
        guard bytes.count - position >= size else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { T(littleEndian: raw.loadUnaligned(fromByteOffset: position + $0 * MemoryLayout<T>.size, as: T.self)) }
        }
    }

    mutating func text(_ length: Int) -> String? {
        guard length >= 0, bytes.count - position >= length else { return nil }
        defer { position += length }
        return String(validating: bytes[position..<(position + length)], as: UTF8.self)
    }
}
