import CPress
import CZlib

/// How one block of a typed file is packed; its unpacked size is known before.
enum BlockPacking: Equatable {
    case none
    case snappy
    case gzip
    case zstd
    /// One block of LZ4.
    case lz4
    /// Blocks of LZ4, each behind its sizes in four bytes, as Hadoop frames them; or, from some writers, one block as it is.
    case lz4Hadoop
    /// LZ4 in frames of its own.
    case lz4Frame

    /// Fills all of `output`.
    ///
    /// - Throws: where the bytes are damaged, or are not as many. Complexity: O(bytes).
    func unpack(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws(Damage) {
        let count: Int
        switch self {
        case .none:
            guard input.count == output.count else { throw wrongSize }
            _ = output.update(fromContentsOf: input)
            count = input.count
        case .snappy: count = try Snappy.unpack(input, into: output)
        case .gzip: count = try Self.inflate(input, into: output)
        case .zstd: count = Int(flyball_press_zstd_whole(input.baseAddress, input.count, output.baseAddress, output.count))
        case .lz4: count = try LZ4.unpack(input, into: output, from: 0)
        case .lz4Hadoop: count = try LZ4.unpackHadoop(input, into: output)
        case .lz4Frame: count = try LZ4.unpackFrames(input, into: output)
        }
        guard count == output.count else { throw wrongSize }
    }

    private var wrongSize: Damage { Damage(what: "packed data that is damaged") }

    private static func inflate(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws(Damage) -> Int {
        guard input.count <= Int(Int32.max), output.count <= Int(Int32.max) else { throw Damage(what: "a block beyond all bounds") }
        var stream = z_stream()
        // 15 bits of window, and 32 to tell gzip's framing from zlib's.
        guard flyball_inflate_init(&stream, 15 + 32) == Z_OK else {
            throw Damage(what: "zlib could not start", remedy: "close other programs")
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        while true {
            let code = CZlib.inflate(&stream, Z_NO_FLUSH)
            if code == Z_STREAM_END {
                guard stream.avail_in > 0, stream.avail_out > 0, inflateReset(&stream) == Z_OK else { break }
                continue
            }
            guard code == Z_OK, stream.avail_in > 0, stream.avail_out > 0 else { break }
        }
        return output.count - Int(stream.avail_out)
    }
}

/// Unpacks Snappy's raw format.
///
/// Source: google/snappy, "format_description.txt".
enum Snappy {
    /// Fills `output`, which the data must fill wholly; the bytes made.
    static func unpack(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws(Damage) -> Int {
        var reader = ByteCursor(input)
        guard try reader.variable() == UInt64(output.count) else { throw Damage(what: "packed data of another size") }
        var made = 0
        while reader.rest > 0 {
            let tag = Int(try reader.byte())
            var length = (tag >> 2) + 1
            if tag & 3 == 0 {
                if length > 60 {
                    let bytes = length - 60
                    length = 1
                    for index in 0..<bytes { length += Int(try reader.byte()) << (index * 8) }
                }
                let literal = try reader.take(length)
                guard length <= output.count - made else { throw Damage(what: "packed data that is damaged") }
                _ = UnsafeMutableBufferPointer(rebasing: output[made..<(made + length)]).update(fromContentsOf: literal)
                made += length
                continue
            }
            let offset: Int
            switch tag & 3 {
            case 1:
                length = (tag >> 2 & 7) + 4
                offset = (tag >> 5) << 8 | Int(try reader.byte())
            case 2: offset = Int(try reader.number(UInt16.self))
            default: offset = Int(try reader.number(UInt32.self))
            }
            made = try BackReference.copy(length, from: offset, in: output, at: made)
        }
        return made
    }
}

/// Copies what was unpacked before.
enum BackReference {
    /// Where the output goes on.
    @inline(__always)
    static func copy(_ length: Int, from offset: Int, in output: UnsafeMutableBufferPointer<UInt8>, at place: Int) throws(Damage) -> Int {
        guard offset > 0, offset <= place, length <= output.count - place, let base = output.baseAddress else {
            throw Damage(what: "packed data that is damaged")
        }
        if offset >= length {
            (base + place).update(from: base + place - offset, count: length)
        } else {
            // What is copied repeats what the copy itself has just written.
            for index in 0..<length { base[place + index] = base[place + index - offset] }
        }
        return place + length
    }
}

/// Unpacks LZ4.
///
/// Source: lz4/lz4, "lz4_Block_format.md" and "lz4_Frame_format.md"; checksums are not looked at.
enum LZ4 {
    /// Unpacks one block behind what the output holds already; where the output then ends.
    static func unpack(
        _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, from start: Int
    ) throws(Damage) -> Int {
        var reader = ByteCursor(input)
        var made = start
        while reader.rest > 0 {
            let token = Int(try reader.byte())
            var literals = token >> 4
            if literals == 15 { literals += try more(&reader) }
            let bytes = try reader.take(literals)
            guard literals <= output.count - made else { throw Damage(what: "packed data that is damaged") }
            _ = UnsafeMutableBufferPointer(rebasing: output[made..<(made + literals)]).update(fromContentsOf: bytes)
            made += literals
            // The last sequence has no match.
            if reader.rest == 0 { break }
            let offset = Int(try reader.number(UInt16.self))
            var length = token & 15
            if length == 15 { length += try more(&reader) }
            made = try BackReference.copy(length + 4, from: offset, in: output, at: made)
        }
        return made
    }

    private static func more(_ reader: inout ByteCursor) throws(Damage) -> Int {
        var length = 0
        while true {
            let byte = try reader.byte()
            length += Int(byte)
            if byte < 255 { return length }
        }
    }

    static func unpackHadoop(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws(Damage) -> Int {
        do throws(Damage) {
            var reader = ByteCursor(input)
            var made = 0
            while reader.rest > 0 {
                let unpacked = Int(try reader.number(UInt32.self).byteSwapped)
                let block = try reader.take(Int(try reader.number(UInt32.self).byteSwapped))
                guard unpacked <= output.count - made else { throw .tooShort }
                let room = UnsafeMutableBufferPointer(rebasing: output[made..<(made + unpacked)])
                guard try unpack(block, into: room, from: 0) == unpacked else { throw .tooShort }
                made += unpacked
            }
            if made == output.count { return made }
        } catch {}
        return try unpack(input, into: output, from: 0)
    }

    static func unpackFrames(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) throws(Damage) -> Int {
        var reader = ByteCursor(input)
        var made = 0
        while reader.rest > 0 {
            let magic = try reader.number(UInt32.self)
            if magic >> 4 == 0x184D2A5 {
                _ = try reader.take(Int(try reader.number(UInt32.self)))
                continue
            }
            guard magic == 0x184D_2204 else { throw Damage(what: "packed data that is no LZ4 frame") }
            let flags = try reader.byte()
            guard flags >> 6 == 1 else { throw Damage(what: "an LZ4 frame of another version") }
            _ = try reader.byte()
            if flags & 8 != 0 { _ = try reader.take(8) }
            if flags & 1 != 0 { _ = try reader.take(4) }
            _ = try reader.byte()
            while true {
                let size = try reader.number(UInt32.self)
                if size == 0 { break }
                let block = try reader.take(Int(size & 0x7FFF_FFFF))
                if size >> 31 == 1 {
                    guard block.count <= output.count - made else { throw Damage(what: "packed data that is damaged") }
                    _ = UnsafeMutableBufferPointer(rebasing: output[made..<(made + block.count)]).update(fromContentsOf: block)
                    made += block.count
                } else {
                    made = try unpack(block, into: output, from: made)
                }
                if flags & 16 != 0 { _ = try reader.take(4) }
            }
            if flags & 4 != 0 { _ = try reader.take(4) }
        }
        return made
    }
}
