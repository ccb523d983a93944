import Dispatch
import Synchronization

/// Work on several things at the same time, on threads of their own.
enum Concurrently {
    /// The results, in the order of what they were made from.
    ///
    /// Blocks the caller, who helps.
    static func map<Element: Sendable, Output: Sendable>(
        _ elements: [Element], _ body: @Sendable (Int, Element) -> Output
    ) -> [Output] {
        let results = Mutex<[Int: Output]>([:])
        DispatchQueue.concurrentPerform(iterations: elements.count) { index in
            let output = body(index, elements[index])
            results.withLock { $0[index] = output }
        }
        return results.withLock { found in elements.indices.compactMap { found[$0] } }
    }
}
