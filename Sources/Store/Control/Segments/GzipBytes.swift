import CZlib
import Tabular

/// Bytes as a gzip file (RFC 1952), which `zcat` reads as well.
enum GzipBytes {
    /// zlib's window of 32 KiB, with a gzip head and trailer.
    private static let windowBits: Int32 = 15 + 16
    private static let chunk = 1 << 16

    /// Compresses; nil for want of memory.
    static func pack(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard flyball_deflate_init(&stream, 6, windowBits) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        return run(&stream, bytes, limit: .max) { deflate(&$0, Z_FINISH) }
    }

    /// The bytes as they were; nil when they do not come out whole, or are more than `limit`.
    ///
    /// Never traps, whatever the bytes.
    static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var stream = z_stream()
        guard flyball_inflate_init(&stream, windowBits) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        return run(&stream, bytes, limit: limit) { inflate(&$0, Z_NO_FLUSH) }
    }

    private static func run(_ stream: inout z_stream, _ bytes: [UInt8], limit: Int, _ step: (inout z_stream) -> Int32) -> [UInt8]? {
        var input = bytes
        var output: [UInt8] = []
        guard let size = UInt32(exactly: input.count) else { return nil }
        return input.withUnsafeMutableBufferPointer { source -> [UInt8]? in
            stream.next_in = source.baseAddress
            stream.avail_in = size
            var buffer = [UInt8](repeating: 0, count: chunk)
            while true {
                let (code, made) = buffer.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(chunk)
                    let code = step(&stream)
                    return (code, chunk - Int(stream.avail_out))
                }
                output += buffer[..<made]
                guard output.count <= limit else { return nil }
                if code == Z_STREAM_END { return stream.avail_in == 0 ? output : nil }
                // Without progress nothing more will come.
                guard code == Z_OK, made > 0 || stream.avail_in > 0 else { return nil }
            }
        }
    }
}
