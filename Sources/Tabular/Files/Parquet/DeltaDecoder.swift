/// Whole numbers as differences, packed in blocks: Parquet's DELTA_BINARY_PACKED.
///
/// Source: Apache Parquet, "Encodings.md", DELTA_BINARY_PACKED = 5. Numbers wrap around, as the format wants it.
struct DeltaDecoder {
    private var reader: ByteCursor
    /// Values of a mini-block.
    private let miniValues: Int
    private let miniBlocks: Int
    /// Values that are still to come.
    private(set) var left: Int
    private var last: Int64
    private var isFirst = true
    private var least: Int64 = 0
    private var widths: UnsafeBufferPointer<UInt8>
    private var mini: Int
    private var packed: UnsafeBufferPointer<UInt8>
    private var index: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Damage) {
        reader = ByteCursor(bytes)
        let block = try reader.count()
        miniBlocks = try reader.count()
        guard miniBlocks > 0, miniBlocks <= 4_096, block > 0, block <= 1 << 24, block % miniBlocks == 0, block / miniBlocks % 8 == 0 else {
            throw Damage(what: "blocks of \(block) values in \(miniBlocks) parts")
        }
        miniValues = block / miniBlocks
        left = try reader.count()
        last = try reader.zigzag()
        widths = UnsafeBufferPointer(start: nil, count: 0)
        packed = widths
        mini = miniBlocks
        index = miniValues
    }

    /// Where the bytes go on behind the blocks, once all values are taken.
    var end: Int { reader.position }

    /// The next value; `tooShort` where none is left.
    @inline(__always)
    mutating func next() throws(Damage) -> Int64 {
        guard left > 0 else { throw .tooShort }
        left -= 1
        if isFirst {
            isFirst = false
            return last
        }
        if index == miniValues { try beginMini() }
        let width = Int(widths[mini])
        let delta = PackedBits.value(packed, bit: index * width, width: width)
        index += 1
        last = last &+ least &+ Int64(bitPattern: delta)
        return last
    }

    private mutating func beginMini() throws(Damage) {
        mini += 1
        if mini >= miniBlocks {
            least = try reader.zigzag()
            widths = try reader.take(miniBlocks)
            mini = 0
        }
        let width = Int(widths[mini])
        guard width <= 64 else { throw Damage(what: "differences of \(width) bits") }
        packed = try reader.take(miniValues / 8 * width)
        index = 0
    }

    /// Takes all values; those that are lengths, added up.
    mutating func skipAll() throws(Damage) {
        while left > 0 { _ = try next() }
    }
}
