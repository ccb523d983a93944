/// Memory of a fixed size that the threads of a training share.
///
/// Invariant behind `@unchecked Sendable`: only the closures of one `WorkerTeam.run` touch a buffer at the same time, and what one of them
/// writes no other reads or writes.
final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let count: Int
    let base: UnsafeMutablePointer<Element>

    init(repeating value: Element, count: Int) {
        self.count = count
        base = .allocate(capacity: max(1, count))
        base.initialize(repeating: value, count: max(1, count))
    }

    convenience init(_ values: [Element], empty: Element) {
        self.init(repeating: empty, count: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { base.deallocate() }

    var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
