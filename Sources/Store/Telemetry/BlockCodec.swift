import CZlib
package import Tabular

/// The stored form of a traffic block: columns, little-endian, compressed by zlib.
///
/// Layout before compression: rows, width, outputs (UInt32); ids (base UInt64, row UInt32); times (Int64); versions (UInt32); arms (UInt8);
/// latencies (UInt32); scores and features by column (UInt64 bit patterns, so that every value comes back bit for bit); client ids (count,
/// then row UInt32, length UInt32, UTF-8 each). In front of the compressed bytes: form 1 (UInt8), uncompressed length (UInt32).
package enum BlockCodec {
    /// Largest block that is read, uncompressed bytes.
    static let limit = 1 << 30

    /// Largest factor by which zlib can shrink: a declared length beyond it is a lie.
    private static let greatestRatio = 1_032

    /// Why a block cannot be stored; nil when it can.
    package static func flaw(_ block: TrafficBlock) -> String? {
        let rows = block.count
        if block.width < 0 || block.width > 1 << 20 || block.outputs < 0 || block.outputs > 1 << 16 || rows > 1 << 24 {
            return "it is too large"
        }
        if (29 + 8 * (block.width + block.outputs)).multipliedReportingOverflow(by: rows).partialValue > limit / 2 {
            return "it is too large"
        }
        let lengths = [block.times.count, block.versions.count, block.arms.count, block.latencies.count]
        guard lengths.allSatisfy({ $0 == rows }), block.scores.count == rows * block.outputs, block.features.count == rows * block.width
        else {
            return "its columns do not have \(rows) rows each"
        }
        let clients = block.clientIDs
        if clients.contains(where: { $0.key < 0 || $0.key >= rows }) { return "a client id belongs to no row" }
        return clients.values.reduce(0, { $0 + $1.utf8.count }) > limit / 4 ? "its client ids are too long" : nil
    }

    package static func encode(_ block: TrafficBlock) -> [UInt8] {
        var raw = ByteWriter()
        raw.write(UInt32(block.count))
        raw.write(UInt32(block.width))
        raw.write(UInt32(block.outputs))
        for id in block.ids { raw.write(id.base.bits) }
        for id in block.ids { raw.write(id.row) }
        for time in block.times { raw.write(UInt64(bitPattern: time)) }
        for version in block.versions { raw.write(version) }
        for arm in block.arms { raw.write(arm.rawValue) }
        for latency in block.latencies { raw.write(latency) }
        columns(block.scores, block.outputs, block.count, into: &raw)
        columns(block.features, block.width, block.count, into: &raw)
        raw.write(UInt32(block.clientIDs.count))
        for (row, text) in block.clientIDs.sorted(by: { $0.key < $1.key }) {
            raw.write(UInt32(row))
            raw.write(text)
        }
        var result = ByteWriter()
        result.write(UInt8(1))
        result.write(UInt32(raw.bytes.count))
        return result.bytes + compress(raw.bytes)
    }

    private static func columns(_ values: [Double], _ width: Int, _ count: Int, into writer: inout ByteWriter) {
        for column in 0..<width {
            for row in 0..<count { writer.write(values[row * width + column].bitPattern) }
        }
    }

    /// The block; nil when the bytes are none.
    ///
    /// Never traps, whatever the bytes.
    package static func decode(_ bytes: [UInt8], deployment: String) -> TrafficBlock? {
        var head = ByteReader(bytes[...])
        guard head.integer(UInt8.self) == 1, let length = head.integer(UInt32.self), length <= limit,
            Int(length) <= Self.greatestRatio * (bytes.count + 64), let raw = uncompress(bytes[head.position...], length: Int(length))
        else { return nil }
        var reader = ByteReader(raw[...])
        guard let rows = reader.integer(UInt32.self).map(Int.init), let width = reader.integer(UInt32.self).map(Int.init),
            let outputs = reader.integer(UInt32.self).map(Int.init), width <= 1 << 20, outputs <= 1 << 16, rows <= 1 << 24,
            // Every row takes at least this much: checked before anything is allocated.
            rows * (29 + 8 * (width + outputs)) <= raw.count
        else { return nil }
        var block = TrafficBlock(deployment: deployment, width: width, outputs: outputs)
        guard let bases = reader.words(rows, of: UInt64.self), let numbers = reader.integers(rows, of: UInt32.self),
            let times = reader.words(rows, of: Int64.self), let versions = reader.integers(rows, of: UInt32.self)
        else { return nil }
        for _ in 0..<rows {
            guard let code = reader.integer(UInt8.self), let arm = Arm(rawValue: code) else { return nil }
            block.arms.append(arm)
        }
        guard let latencies = reader.integers(rows, of: UInt32.self), let scores = rowMajor(&reader, outputs, rows),
            let features = rowMajor(&reader, width, rows)
        else { return nil }
        block.ids = zip(bases, numbers).map { RowID(base: PredictionID(bits: $0), row: $1) }
        block.times = times
        block.versions = versions
        block.latencies = latencies
        block.scores = scores
        block.features = features
        guard let clients = reader.integer(UInt32.self), clients <= rows else { return nil }
        for _ in 0..<clients {
            guard let row = reader.integer(UInt32.self), row < rows, let text = reader.text() else {
                return nil
            }
            block.clientIDs[Int(row)] = text
        }
        return reader.remaining == 0 ? block : nil
    }

    private static func rowMajor(_ reader: inout ByteReader, _ width: Int, _ count: Int) -> [Double]? {
        var values = [Double](repeating: 0, count: width * count)
        for index in 0..<width {
            guard let column = reader.words(count, of: Double.self) else { return nil }
            for row in 0..<count { values[row * width + index] = column[row] }
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
