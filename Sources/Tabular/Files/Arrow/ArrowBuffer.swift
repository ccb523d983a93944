/// The bytes of one buffer: a window into the file, or, where it is packed, all of it in memory.
final class ArrowBuffer {
    private static let windowBytes = 64 << 10

    private let file: ReadableFile
    private let page: PageBuffer
    private var place: Int64 = 0
    /// Bytes of the buffer, unpacked.
    private(set) var count = 0
    private var isWhole = true
    /// Where the window stands in the buffer.
    private var window = 0

    init(_ file: ReadableFile, memory: PageMemory) {
        self.file = file
        page = PageBuffer(memory)
    }

    /// Begins with the buffer of another batch.
    func begin(_ span: ArrowBatch.Span, _ packing: BlockPacking, scratch: Scratch) throws(Damage) {
        (place, count, window, isWhole) = (span.place, Int(span.bytes), 0, false)
        _ = try page.room(0)
        guard packing != .none, count > 0 else { return }
        guard count >= 8 else { throw .tooShort }
        var head = ByteCursor(try bytes(at: 0, count: 8))
        let unpacked = try head.number(Int64.self)
        place += 8
        count -= 8
        _ = try page.room(0)
        // So a writer marks a buffer that packing would only make longer.
        if unpacked == -1 { return }
        guard unpacked >= 0, unpacked <= Int64(PageMemory.limit) else { throw Damage(what: "a buffer of impossible size") }
        guard count <= PageMemory.limit else {
            throw Damage(what: "a packed buffer of more than 1 GiB", remedy: "write the file in smaller batches")
        }
        let packed = scratch.bytes(count: count)
        try file.fill(packed, at: place)
        let room = try page.room(Int(unpacked))
        if unpacked > 0 { try packing.unpack(UnsafeBufferPointer(packed), into: room) }
        (count, isWhole) = (Int(unpacked), true)
    }

    /// Some of the bytes, valid until the next call.
    @inline(__always)
    func bytes(at start: Int, count wanted: Int) throws(Damage) -> UnsafeBufferPointer<UInt8> {
        guard start >= 0, wanted >= 0, start <= count, wanted <= count - start else { throw .tooShort }
        if !isWhole, start < window || start + wanted > window + page.bytes.count { try move(to: start, count: wanted) }
        let first = start - window
        return UnsafeBufferPointer(rebasing: page.bytes[first..<(first + wanted)])
    }

    /// Whether a bit is set.
    @inline(__always)
    func bit(_ index: Int) throws(Damage) -> Bool { try bytes(at: index >> 3, count: 1)[0] >> UInt8(index & 7) & 1 == 1 }

    @inline(never)
    private func move(to start: Int, count wanted: Int) throws(Damage) {
        let room = try page.room(min(count - start, max(wanted, Self.windowBytes)))
        window = start
        try file.fill(room, at: place + Int64(start))
    }
}
