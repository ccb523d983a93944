/// The beginnings of the last request's tensors, byte by byte, from `{` to `"data":`.
///
/// Clients send the same names, shapes and datatypes again and again. A tensor that begins with the bytes of the one that stood in its place before
/// is read from its values on; its head was checked when those bytes were learnt. Anything else is read in full, and learnt.
///
/// Confined to one event loop. Memory: at most 256 places of 192 bytes.
final class TensorTemplates {
    private static let places = 256
    private static let longest = 192

    private struct Known {
        var length = 0
        /// Offsets count from the beginning of the bytes.
        var head = TensorHead()
    }

    private var known: [Known]
    private let bytes: UnsafeMutablePointer<UInt8>

    init(tensors: Int) {
        let count = min(max(tensors, 1), Self.places)
        known = [Known](repeating: Known(), count: count)
        bytes = .allocate(capacity: count * Self.longest)
        bytes.initialize(repeating: 0, count: count * Self.longest)
    }

    deinit { bytes.deallocate() }

    /// If the tensor at `place` begins as the last one there, its head; the scan goes on where its values begin.
    ///
    /// Complexity: O(bytes of the head), one comparison of memory.
    @inline(__always)
    func match(_ place: Int, _ scanner: inout JSONScanner) -> TensorHead? {
        guard place < known.count else { return nil }
        let length = known[place].length
        guard length > 0, scanner.begins(with: bytes + place * Self.longest, count: length) else { return nil }
        var head = known[place].head
        head.name?.start += scanner.position
        head.name?.end += scanner.position
        scanner.advance(to: scanner.position + length)
        return head
    }

    /// Remembers the head that stands from `start` on, up to where the scan is.
    func learn(_ place: Int, _ head: TensorHead, from start: Int, _ scanner: JSONScanner) {
        let length = scanner.position - start
        guard place < known.count, length <= Self.longest, head.datatype != nil else { return }
        (bytes + place * Self.longest).update(from: scanner.base + start, count: length)
        known[place].length = length
        known[place].head = head
        known[place].head.name?.start -= start
        known[place].head.name?.end -= start
    }
}
