import Foundation

/// Memory of a fixed size that the threads of a training share.
///
/// Invariant behind `@unchecked Sendable`: only the closures of one `WorkerTeam.run` touch a buffer at the same time, and what one of them
/// writes no other reads or writes.
final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let count: Int
    let base: UnsafeMutablePointer<Element>
    private let memory: UnsafeMutableRawPointer
    private static var largePage: Int { 2 << 20 }

    /// Begins at a line of the cache.
    init(repeating value: Element, count: Int) {
        self.count = count
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        let isLarge = bytes >= 4 << 20
        memory = .allocate(byteCount: bytes, alignment: isLarge ? Self.largePage : 64)
        // Rows in no order touch as many pages as rows: with small pages the processor would look up each of them. Refused, it is only slower.
        #if os(Linux)
            if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
        #endif
        base = memory.bindMemory(to: Element.self, capacity: max(1, count))
        base.initialize(repeating: value, count: max(1, count))
    }

    convenience init(_ values: [Element], empty: Element) {
        self.init(repeating: empty, count: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { memory.deallocate() }

    var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
