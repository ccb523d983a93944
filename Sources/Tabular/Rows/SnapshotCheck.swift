import Crypto
import Foundation

/// Whether the bytes of a data snapshot are those that its name promises, told while they go by.
///
/// ```
/// var check = SnapshotCheck(hash: "ab…")
/// for part in parts { check.take(part) }
/// check.flaw    // nil: all is well
/// ```
package struct SnapshotCheck {
    private static let headBytes = 16

    private let hash: String
    private var head: [UInt8] = []
    private var left: Int64?
    private var hasher = SHA256()
    private var found: String?

    /// - Parameter hash: the content's, hexadecimal.
    package init(hash: String) { self.hash = hash }

    /// Takes the next bytes of the file.
    package mutating func take(_ bytes: [UInt8]) {
        var rest = bytes[...]
        if head.count < Self.headBytes {
            let begun = rest.prefix(Self.headBytes - head.count)
            head += begun
            rest = rest.dropFirst(begun.count)
            guard head.count == Self.headBytes else { return }
            var reader = ByteReader(head[8..<16])
            left = reader.integer(UInt64.self).flatMap { Int64(exactly: $0) }
        }
        guard let length = left, found == nil else { return }
        let part = rest.prefix(Int(min(length, Int64(rest.count))))
        part.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        left = length - Int64(part.count)
        if left == 0 { found = SnapshotCodec.hexadecimal(hasher.finalize()) }
    }

    /// What is wrong with what has gone by; nil when all is well.
    package var flaw: String? {
        guard head.prefix(8).elementsEqual(DataSnapshots.magic) else { return "it does not begin as a data snapshot" }
        guard let found else { return "it is cut off" }
        return found == hash ? nil : "its content does not match its name, which is its SHA-256"
    }
}
