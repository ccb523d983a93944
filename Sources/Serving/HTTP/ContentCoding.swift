import CPacking
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
        guard let stream = flyball_packing_open(0, windowBits) else { throw .damaged }
        defer { flyball_packing_close(stream, 0) }
        var result = ByteBuffer()
        let outcome: Result<Void, Failure> = packed.withUnsafeReadableBytes { bytes in
            flyball_packing_input(stream, bytes.baseAddress, UInt32(clamping: bytes.count))
            while true {
                var step = flyball_packing_step()
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 << 10) { room in
                    step = flyball_packing_run(stream, 0, room.baseAddress, UInt32(clamping: room.count))
                    return room.count - Int(step.out_left)
                }
                guard result.readableBytes <= limit else { return .failure(.tooLong) }
                if step.is_at_end != 0 { return step.in_left == 0 ? .success(()) : .failure(.damaged) }
                guard step.is_bad == 0, step.in_left > 0 || step.out_left == 0 else { return .failure(.damaged) }
            }
        }
        try outcome.get()
        return result
    }

    /// The bytes, packed quickly; nil where zlib has no memory.
    ///
    /// Complexity: O(bytes).
    package func packed(_ body: ByteBuffer) -> ByteBuffer? {
        guard let stream = flyball_packing_open(1, windowBits) else { return nil }
        defer { flyball_packing_close(stream, 1) }
        var result = ByteBuffer()
        let bound = Int(flyball_packing_bound(stream, UInt(body.readableBytes)))
        let isDone = body.withUnsafeReadableBytes { bytes in
            flyball_packing_input(stream, bytes.baseAddress, UInt32(clamping: bytes.count))
            var step = flyball_packing_step()
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room in
                step = flyball_packing_run(stream, 1, room.baseAddress, UInt32(clamping: room.count))
                return room.count - Int(step.out_left)
            }
            return step.is_at_end != 0
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
