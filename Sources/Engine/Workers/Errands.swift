import Synchronization

/// What the engine does after it has answered: counted, so that whoever steps it can wait for the end of it.
final class Errands: Sendable {
    private struct State {
        var open = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// One more is under way.
    func begin() { state.withLock { $0.open += 1 } }

    /// One is done.
    func end() {
        let waiters = state.withLock { state in
            state.open -= 1
            guard state.open == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How many are under way.
    var open: Int { state.withLock { $0.open } }

    /// Returns when none is under way.
    func ended() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                if state.open > 0 { state.waiters.append(waiter) }
                return state.open == 0
            }
            if isIdle { waiter.resume() }
        }
    }
}
