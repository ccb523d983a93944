import Synchronization

/// Joins the labels of callers that wait for the disk into one transaction: whoever gets the writer next takes everybody along.
final class GroupCommit: Sendable {
    private struct Waiting {
        var number: UInt64
        var labels: [LabelRecord]
    }
    private struct State {
        var next: UInt64 = 0
        var waiting: [Waiting] = []
        var done: [UInt64: Result<[LabelOutcome], StoreFailure>] = [:]
    }

    private let state = Mutex(State())
    /// Held by the caller that writes; the others wait here, and find their answer when they get it.
    private let writer = Mutex(())

    /// Blocks until the labels are written, by this caller or by another.
    ///
    /// A failed transaction is everybody's failure: nothing of it is stored.
    func commit(
        _ labels: [LabelRecord], write: ([LabelRecord]) throws(StoreFailure) -> [LabelOutcome]
    ) throws(StoreFailure) -> [LabelOutcome] {
        let number = state.withLock { state in
            state.next += 1
            state.waiting.append(Waiting(number: state.next, labels: labels))
            return state.next
        }
        let result = writer.withLock { _ in
            if let result = take(number) { return result }
            writeAll(write)
            return take(number) ?? .failure(.conflict("label commit \(number)"))
        }
        return try result.get()
    }

    private func take(_ number: UInt64) -> Result<[LabelOutcome], StoreFailure>? {
        state.withLock { $0.done.removeValue(forKey: number) }
    }

    private func writeAll(_ write: ([LabelRecord]) throws(StoreFailure) -> [LabelOutcome]) {
        let batch = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let result = Result { () throws(StoreFailure) in try write(batch.flatMap(\.labels)) }
        state.withLock { state in
            var first = 0
            for entry in batch {
                let range = first..<(first + entry.labels.count)
                state.done[entry.number] = result.map { Array($0[range]) }
                first = range.upperBound
            }
        }
    }
}
