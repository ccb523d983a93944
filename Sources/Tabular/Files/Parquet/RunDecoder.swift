/// Small whole numbers as runs of one value or packed by eights: Parquet's "RLE/bit-packing hybrid".
///
/// Source: Apache Parquet, "Encodings.md", RLE = 3. Nothing is unpacked ahead: a run of a million values costs nothing.
struct RunDecoder {
    private var reader: ByteCursor
    private let width: Int
    private var left = 0
    private var value = 0
    private var packed: UnsafeBufferPointer<UInt8>?
    private var bit = 0

    /// - Parameter width: bits of a value, 0 to 32.
    init(_ bytes: UnsafeBufferPointer<UInt8>, width: Int) throws(Damage) {
        guard (0...32).contains(width) else { throw Damage(what: "values of \(width) bits") }
        reader = ByteCursor(bytes)
        self.width = width
    }

    /// The next value; `tooShort` where none is left.
    @inline(__always)
    mutating func next() throws(Damage) -> Int {
        if left == 0 { try begin() }
        left -= 1
        guard let packed else { return value }
        defer { bit += width }
        return Int(truncatingIfNeeded: PackedBits.value(packed, bit: bit, width: width))
    }

    @inline(never)
    private mutating func begin() throws(Damage) {
        while left == 0 {
            // Values of no bits are all 0, and need no runs.
            if width == 0, reader.rest == 0 {
                (packed, value, left) = (nil, 0, .max)
                return
            }
            let head = try reader.count()
            if head & 1 == 0 {
                left = head >> 1
                packed = nil
                var bits: UInt64 = 0
                for (index, byte) in try reader.take((width + 7) / 8).enumerated() { bits |= UInt64(byte) << UInt64(index * 8) }
                value = Int(truncatingIfNeeded: bits)
            } else {
                // Some writers cut the last group where its values end.
                let groups = head >> 1
                let wanted = groups * width
                let bytes = try reader.take(min(wanted, reader.rest))
                guard bytes.count == wanted || reader.rest == 0 else { throw .tooShort }
                left = width == 0 ? groups * 8 : bytes.count * 8 / width
                guard left > 0 || groups == 0 else { throw .tooShort }
                (packed, bit) = (bytes, 0)
            }
        }
    }
}
