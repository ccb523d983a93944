import COpenBLAS
import Dispatch
import Synchronization

/// Where one thread waits until another has opened a number of times.
///
/// Steps of a training last some hundred microseconds, and to wake a thread that sleeps takes about fifty: so it looks for as long before it
/// lies down. Every opening is seen: the one who waits says that it sleeps before it looks a last time, and whoever opens counts before asking
/// whether somebody sleeps.
final class Gate: Sendable {
    /// Looks before sleeping: about fifty microseconds.
    private static let looks = 2_000

    private let openings = Atomic(0)
    private let isAsleep = Atomic(false)
    private let bell = DispatchSemaphore(value: 0)

    /// Lets the waiting thread pass once more.
    func open() {
        openings.add(1, ordering: .sequentiallyConsistent)
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { bell.signal() }
    }

    /// Waits until it has been opened `number` times; one thread only.
    func wait(for number: Int) {
        for _ in 0..<Self.looks {
            if openings.load(ordering: .acquiring) >= number { return }
            rest_briefly()
        }
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        // Opened just now: if nobody else has taken the mark, no bell will ring.
        if openings.load(ordering: .sequentiallyConsistent) >= number, isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
            return
        }
        bell.wait()
    }
}
