import CZlib
import Tabular

/// Bytes compressed by zlib behind their form (UInt8) and their uncompressed length (UInt32).
package enum ZlibBlock {
    /// Largest factor by which zlib can shrink: a declared length beyond it is a lie.
    private static let greatestRatio = 1_032

    package static func pack(_ bytes: [UInt8], form: UInt8) -> [UInt8] {
        var head = ByteWriter()
        head.write(form)
        head.write(UInt32(bytes.count))
        return head.bytes + compress(bytes)
    }

    /// The form, and the bytes as they were; nil when they do not come out whole.
    ///
    /// Never traps, whatever the bytes.
    static func unpack(_ bytes: [UInt8], limit: Int) -> (form: UInt8, bytes: [UInt8])? {
        var head = ByteReader(bytes[...])
        guard let form = head.integer(UInt8.self), let length = head.integer(UInt32.self), length <= limit,
            Int(length) <= greatestRatio * (bytes.count + 64), let raw = uncompress(bytes[head.position...], length: Int(length))
        else { return nil }
        return (form, raw)
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
