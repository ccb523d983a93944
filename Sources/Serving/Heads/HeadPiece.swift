import Foundation

/// A piece of a request's head, by the places of its bytes.
package struct HeadPiece: Sendable, Equatable {
    /// Place of the first byte.
    package var start = 0
    /// Place behind the last one.
    package var end = 0

    package init(start: Int = 0, end: Int = 0) {
        self.start = start
        self.end = end
    }

    /// Bytes.
    package var count: Int { end - start }
    package var isEmpty: Bool { end == start }

    /// The bytes themselves, of the head that the piece is of.
    func bytes(of head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: head[start..<end]) }

    /// The bytes as a text.
    package func text(of head: UnsafeRawBufferPointer) -> String { String(decoding: bytes(of: head), as: UTF8.self) }
}

/// A text that comes again and again: as long as its bytes stay the same nothing is made anew.
struct RememberedText {
    private(set) var text = ""

    /// Whether these are its bytes.
    func equals(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard text.utf8.count == bytes.count else { return false }
        guard let other = bytes.baseAddress, bytes.count > 0 else { return true }
        return text.utf8.withContiguousStorageIfAvailable { own in own.baseAddress.map { memcmp($0, other, bytes.count) == 0 } ?? false }
            ?? text.utf8.elementsEqual(bytes)
    }

    /// Takes the bytes; whether they are others than before.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if equals(bytes) { return false }
        text = String(decoding: bytes, as: UTF8.self)
        return true
    }
}
