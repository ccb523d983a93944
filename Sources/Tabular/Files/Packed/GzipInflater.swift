import CZlib

/// Inflates a gzip file of one or more members, and refuses one that swells beyond reason.
final class GzipInflater: ByteStream {
    private static let inputSize = 128 << 10

    let file: ReadableFile
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutablePointer<UInt8>
    private let isReady: Bool
    private var produced: Int64 = 0
    private var memberEnded = false
    private var inputEnded = false

    init(file: ReadableFile) {
        self.file = file
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(capacity: Self.inputSize)
        // 15 bits of window, and 16 to ask for gzip's framing and checksum.
        isReady = flyball_inflate_init(stream, 15 + 16) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
        input.deallocate()
    }

    func restart() throws(TabularFailure) {
        try file.rewind()
        if isReady { inflateReset(stream) }
        stream.pointee.avail_in = 0
        produced = 0
        memberEnded = false
        inputEnded = false
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        guard isReady else { throw failure("zlib could not start") }
        let room = min(buffer.count, 1 << 30)
        stream.pointee.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(room)
        while stream.pointee.avail_out == UInt32(room) {
            if stream.pointee.avail_in == 0 { try refill() }
            if stream.pointee.avail_in == 0 {
                guard memberEnded else { throw failure("the gzip data ends too early") }
                return 0
            }
            if memberEnded {
                // A further member follows, or padding with zeros, which gzip itself ignores.
                guard let byte = stream.pointee.next_in?.pointee else { return 0 }
                if byte == 0 {
                    stream.pointee.next_in += 1
                    stream.pointee.avail_in -= 1
                    continue
                }
                guard byte == 0x1F, inflateReset(stream) == Z_OK else { throw failure("there are stray bytes after the gzip data") }
                memberEnded = false
            }
            let code = inflate(stream, Z_NO_FLUSH)
            switch code {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: memberEnded = true
            default: throw failure("the gzip data is damaged")
            }
        }
        let count = room - Int(stream.pointee.avail_out)
        produced += Int64(count)
        try Swelling.check(produced, of: file, .gzip)
        return count
    }

    private func refill() throws(TabularFailure) {
        if inputEnded { return }
        let count = try file.read(into: UnsafeMutableRawBufferPointer(start: input, count: Self.inputSize))
        inputEnded = count == 0
        stream.pointee.next_in = input
        stream.pointee.avail_in = UInt32(count)
    }

    private func failure(_ reason: String) -> TabularFailure {
        .unreadable(path: file.path, reason: reason, remedy: "copy the file again; check it with gzip -t")
    }
}
