import Foundation
import Synchronization

/// A thread of its own, at low priority, that runs queued trainings one after the other.
///
/// Training never runs on the cooperative pool nor on an event loop; on Linux the priority is set for the thread id.
final class TrainingThread: Sendable {
    /// Nice value of training threads: everything that serves goes first.
    static let niceness: Int32 = 10

    private let wake = DispatchSemaphore(value: 0)
    private let isStopped = Atomic(false)

    /// Starts the thread.
    ///
    /// `work` does one job and returns whether there was one.
    init(name: String, niceness: Int32 = TrainingThread.niceness, work: @escaping @Sendable () -> Bool) {
        let wake = wake
        let thread = Thread { [weak self] in
            // Only a thread that runs gets a name that the system knows; it has room for fifteen characters.
            Thread.current.name = String(name.prefix(15))
            // 0 names the calling thread: Linux keeps priorities by thread.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            while true {
                wake.wait()
                guard let self, !self.isStopped.load(ordering: .acquiring) else { return }
                while !self.isStopped.load(ordering: .acquiring), work() {}
            }
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Tells the thread that there may be work.
    func poke() { wake.signal() }

    /// Lets the thread end after its current job.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }
}
