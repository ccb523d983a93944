import Synchronization

/// The newest published snapshot and who wants to hear of the next one.
final class SnapshotBoard: Sendable {
    private struct State {
        var snapshot = Snapshot.empty()
        var observers: [Int: @Sendable (Snapshot) -> Void] = [:]
        var stopObservers: [Int: @Sendable () -> Void] = [:]
        var isStopped = false
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

    /// Changes the newest one and tells everybody: for what must be seen although nobody publishes.
    func amend(_ change: (inout Snapshot) -> Void) {
        let (snapshot, observers) = state.withLock { state in
            change(&state.snapshot)
            return (state.snapshot, Array(state.observers.values))
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

    /// Adds somebody who wants to hear, once, that the engine has stopped, at once if it has; returns its token.
    func addStop(_ body: @escaping @Sendable () -> Void) -> Int {
        let (token, isStopped) = state.withLock { state in
            defer { state.next += 1 }
            if !state.isStopped { state.stopObservers[state.next] = body }
            return (state.next, state.isStopped)
        }
        if isStopped { body() }
        return token
    }

    /// Tells everybody that the engine has stopped.
    func stopped() {
        let observers = state.withLock { state in
            state.isStopped = true
            defer { state.stopObservers = [:] }
            return Array(state.stopObservers.values)
        }
        for observer in observers { observer() }
    }

    /// Removes an observer of either kind.
    func remove(_ token: Int) {
        state.withLock { state in
            state.observers.removeValue(forKey: token)
            state.stopObservers.removeValue(forKey: token)
        }
    }
}
