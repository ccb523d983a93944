import CZlib
package import NIOCore

/// How a body is packed for its way (RFC 9110, 8.4.1).
package enum ContentCoding: String, Sendable {
    case gzip
    /// The zlib format, whatever the name says.
    case deflate

    /// Bytes from which an answer is packed: a short one gains nothing.
    static let leastPacked = 16 << 10

    /// zlib's window with the framing of the coding.
    private var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }

    /// The better coding that an `Accept-Encoding` header takes; nil for none.
    init?(accepted header: String) {
        var taken: Set<ContentCoding> = []
        for part in header.split(separator: ",").prefix(16) {
            let words = part.split(separator: ";").map { $0.trimmingSpaces.lowercased() }
            guard let name = words.first, let coding = Self(rawValue: name == "x-gzip" ? "gzip" : name) else { continue }
            let weight = words.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > 0 { taken.insert(coding) }
        }
        guard let best = taken.contains(.gzip) ? ContentCoding.gzip : taken.first else { return nil }
        self = best
    }

    /// Why a body cannot be unpacked.
    package enum Failure: Error {
        /// It would be longer than the limit.
        case tooLong
        case damaged
    }

    /// The bytes that were packed, at most `limit`.
    ///
    /// Complexity: O(packed + unpacked bytes), neither of them beyond what a body may have.
    package func unpacked(_ packed: ByteBuffer, limit: Int) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        guard flyball_inflate_init(&stream, windowBits) == Z_OK else { throw .damaged }
        defer { inflateEnd(&stream) }
        var result = ByteBuffer()
        let outcome: Result<Void, Failure> = packed.withUnsafeReadableBytes { bytes in
            // zlib reads through this pointer only.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(clamping: bytes.count)
            while true {
                var code = Z_OK
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 << 10) { room in
                    stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                    stream.avail_out = UInt32(clamping: room.count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    return room.count - Int(stream.avail_out)
                }
                guard result.readableBytes <= limit else { return .failure(.tooLong) }
                switch code {
                case Z_STREAM_END: return stream.avail_in == 0 ? .success(()) : .failure(.damaged)
                case Z_OK where stream.avail_in > 0 || stream.avail_out == 0: continue
                default: return .failure(.damaged)
                }
            }
        }
        try outcome.get()
        return result
    }

    /// The bytes, packed quickly; nil where zlib has no memory.
    ///
    /// Complexity: O(bytes).
    package func packed(_ body: ByteBuffer) -> ByteBuffer? {
        var stream = z_stream()
        guard flyball_deflate_init(&stream, 1, windowBits) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var result = ByteBuffer()
        let bound = Int(deflateBound(&stream, UInt(body.readableBytes)))
        let isDone = body.withUnsafeReadableBytes { bytes in
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(clamping: bytes.count)
            var code = Z_OK
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room in
                stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(clamping: room.count)
                code = CZlib.deflate(&stream, Z_FINISH)
                return room.count - Int(stream.avail_out)
            }
            return code == Z_STREAM_END
        }
        return isDone ? result : nil
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
