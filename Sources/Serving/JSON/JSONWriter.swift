package import NIOCore
import Tabular

/// Appends JSON to a buffer. Commas and brackets are the caller's.
extension ByteBuffer {
    /// A string with its quotes.
    ///
    /// Complexity: O(length).
    package mutating func writeJSON(_ text: String) {
        writeInteger(0x22 as UInt8)
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for i in 0..<bytes.count where bytes[i] < 0x20 || bytes[i] == 0x22 || bytes[i] == 0x5C || bytes[i] == 0x7F {
                writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<i]))
                writeEscape(bytes[i])
                start = i + 1
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
        }
        writeInteger(0x22 as UInt8)
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case 0x22: writeStaticString("\\\"")
        case 0x5C: writeStaticString("\\\\")
        case 0x0A: writeStaticString("\\n")
        case 0x0D: writeStaticString("\\r")
        case 0x09: writeStaticString("\\t")
        default:
            writeStaticString("\\u00")
            writeInteger(hexadecimalDigit(byte >> 4))
            writeInteger(hexadecimalDigit(byte & 15))
        }
    }

    private func hexadecimalDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The shortest decimal that reads back as the same Double; `null` when it is not finite.
    package mutating func writeJSON(_ value: Double) {
        guard value.isFinite else {
            writeStaticString("null")
            return
        }
        writeWithUnsafeMutableBytes(minimumWritableBytes: DecimalText.longest) { room in
            room.withMemoryRebound(to: UInt8.self) { bytes in bytes.baseAddress.map { DecimalText.write(value, to: $0) } ?? 0 }
        }
    }

    /// A whole number in decimal.
    package mutating func writeDecimal(_ value: UInt64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: DecimalText.longest) { room in
            room.withMemoryRebound(to: UInt8.self) { bytes in bytes.baseAddress.map { DecimalText.write(value, to: $0) } ?? 0 }
        }
    }
}
