import NIOCore
import Synchronization

/// Keeps tasks away from event loops that have ended: NIO drops such a task, and whoever awaits its result waits for ever.
///
/// A task is enqueued while the lock is held, so that every one that passes the gate comes before the end of its loop, which runs it.
final class LoopGate: Sendable {
    private let isOpen = Mutex(true)

    /// From now on nothing is enqueued.
    func close() { isOpen.withLock { $0 = false } }

    /// Runs `body` on the loop; false when the loops have ended.
    @discardableResult
    func execute(on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) -> Bool {
        isOpen.withLock { isOpen in
            if isOpen { eventLoop.execute(body) }
            return isOpen
        }
    }

    /// Runs `body` on each loop at the same time, with the loop's index; no results when the loops have ended.
    func submit<Value: Sendable>(
        to loops: [any EventLoop], _ body: @escaping @Sendable (Int) -> Value
    ) -> [EventLoopFuture<Value>] {
        isOpen.withLock { isOpen in
            isOpen ? loops.enumerated().map { index, loop in loop.submit { body(index) } } : []
        }
    }
}
