import NIOCore
import Tabular

/// Writes pieces behind one another where there is room for all of them: whether there is has been asked once.
struct ByteCursor {
    private var place: UnsafeMutablePointer<UInt8>

    fileprivate init(_ place: UnsafeMutablePointer<UInt8>) { self.place = place }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        place.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        place += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func put(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            place.update(from: first, count: bytes.count)
            place += bytes.count
        }
    }

    /// In decimal.
    @inline(__always)
    mutating func put(_ value: Int) { place += DecimalText.write(UInt64(max(0, value)), to: place) }

    /// The shortest decimal that reads back as the same number, which is finite.
    @inline(__always)
    mutating func put(_ value: Double) { place += DecimalText.write(value, to: place) }

    /// So many bytes that `write` fills.
    @inline(__always)
    mutating func put(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        write(UnsafeMutableRawBufferPointer(start: place, count: count))
        place += count
    }

    fileprivate func bytes(from start: UnsafeMutablePointer<UInt8>) -> Int { place - start }
}

extension ByteBuffer {
    /// Appends what `body` writes, at most `most` bytes.
    @inline(__always)
    mutating func append(atMost most: Int, _ body: (inout ByteCursor) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
            room.withMemoryRebound(to: UInt8.self) { bytes in
                guard let start = bytes.baseAddress else { return 0 }
                var cursor = ByteCursor(start)
                body(&cursor)
                return cursor.bytes(from: start)
            }
        }
    }
}
