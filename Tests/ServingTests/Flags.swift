import Foundation
import Synchronization

/// A flag and a counter that threads and tasks of a test share.
final class Progress: Sendable {
    private let done = Atomic(false)
    private let steps = Atomic(0)

    var isDone: Bool { done.load(ordering: .acquiring) }
    var count: Int { steps.load(ordering: .acquiring) }

    func step() { steps.add(1, ordering: .acquiringAndReleasing) }
    func finish() { done.store(true, ordering: .releasing) }
}

/// Sends a byte every 50 ms, for at most 15 s.
final class Trickle: Sendable {
    private let progress = Progress()

    init(_ client: RawClient) {
        Thread.detachNewThread { [progress] in
            for _ in 0..<300 where !progress.isDone {
                client.write("a")
                usleep(50_000)
            }
        }
    }

    func stop() { progress.finish() }
}
