import Foundation
import Synchronization

/// A thread that runs only where nobody else wants the processor (SCHED_IDLE), for work that nobody waits for.
///
/// It may be kept from running for long at any point: whoever serves must never wait for a lock that it may hold.
public final class IdleThread: Sendable {
    /// `SCHED_IDLE` of sched(7), which Swift's module of the C library does not have.
    private static let idlePolicy: Int32 = 5

    private let wake = DispatchSemaphore(value: 0)
    private let isStopped = Atomic(false)

    /// Starts the thread.
    ///
    /// `work` does one piece and returns whether there was one.
    public init(name: String, work: @escaping @Sendable () -> Bool) {
        let wake = wake
        let thread = Thread { [weak self] in
            // Only a thread that runs gets a name that the system knows; it has room for fifteen characters.
            Thread.current.name = String(name.prefix(15))
            var parameter = sched_param()
            parameter.sched_priority = 0
            // 0 names the calling thread. Where the system refuses, the thread is as any other.
            sched_setscheduler(0, Self.idlePolicy, &parameter)
            while true {
                wake.wait()
                guard let self, !self.isStopped.load(ordering: .acquiring) else { return }
                while !self.isStopped.load(ordering: .acquiring), work() {}
            }
        }
        thread.start()
    }

    /// Tells the thread that there may be work.
    public func poke() { wake.signal() }

    deinit {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }
}
