import Synchronization

/// The newest published snapshot and who wants to hear of the next one.
final class SnapshotBoard: Sendable {
    private struct State {
        var snapshot = Snapshot.empty()
        var observers: [Int: @Sendable (Snapshot) -> Void] = [:]
        var next = 1
    }

    private let state = Mutex(State())

    /// The newest one.
    var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// Replaces it and tells everybody.
    ///
    /// Observers are called outside the lock and must not block.
    func publish(_ snapshot: Snapshot) {
        let observers = state.withLock { state in
            state.snapshot = snapshot
            return Array(state.observers.values)
        }
        for observer in observers { observer(snapshot) }
    }

    /// Adds an observer; returns its token.
    func add(_ body: @escaping @Sendable (Snapshot) -> Void) -> Int {
        state.withLock { state in
            defer { state.next += 1 }
            state.observers[state.next] = body
            return state.next
        }
    }

    /// Removes an observer.
    func remove(_ token: Int) { state.withLock { _ = $0.observers.removeValue(forKey: token) } }
}
