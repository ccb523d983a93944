import Engine
import NIOCore
import Synchronization

/// Scores what challengers get beside the champion, on a thread that runs when nothing else does: it is never in the way of an answer.
///
/// That thread may be stopped at any point for as long as others are busy. No event loop waits for it: a loop that finds its box in use looks again later,
/// and everything that the two hand each other was allocated by the loop.
final class ShadowPool: Sendable {
    private let boxes: [ShadowBox]
    private let thread: IdleThread

    init(loops: Int, clock: EngineClock) {
        let boxes = (0..<loops).map { _ in ShadowBox() }
        self.boxes = boxes
        thread = IdleThread(name: "shadows") {
            var found = false
            for box in boxes where box.scoreNext(clock) { found = true }
            return found
        }
    }

    /// What a loop hands over in.
    func box(_ loop: Int) -> ShadowBox { boxes[loop] }

    /// There is work in a box.
    func poke() { thread.poke() }
}

/// Rows of one event loop on their way to the thread that scores them, and back.
final class ShadowBox: Sendable {
    /// Values of rows that may wait, 8 MiB.
    private static let capacity = 1 << 20

    struct Batch: Sendable {
        var rows: ShadowRows
        /// Where they were answered; on the loop only.
        var lane: NIOLoopBound<Lane>
    }

    private struct State {
        var waiting: [Batch] = []
        var scored: [Batch] = []
    }

    private let state = Mutex(State())
    private let waitingValues = Atomic(0)

    /// Whether there is room for so many values more.
    func hasRoom(_ values: Int) -> Bool { waitingValues.load(ordering: .relaxed) + values <= Self.capacity }

    /// Hands batches over, and takes those that are done; false, and nothing is done, while the thread is at the box.
    func exchange(_ batches: inout [Batch], _ done: inout [Batch]) -> Bool {
        state.withLockIfAvailable { state in
            for batch in batches { waitingValues.add(batch.rows.values, ordering: .relaxed) }
            // The arrays change hands, not their elements: neither side makes room while it has the box.
            if state.waiting.isEmpty { swap(&state.waiting, &batches) } else { state.waiting += batches }
            batches.removeAll(keepingCapacity: true)
            if done.isEmpty { swap(&state.scored, &done) }
            return true
        } ?? false
    }

    /// Scores the batch that has waited longest; whether there was one.
    func scoreNext(_ clock: EngineClock) -> Bool {
        let next = state.withLock { state -> Batch? in state.waiting.isEmpty ? nil : state.waiting.removeFirst() }
        guard var batch = next else { return false }
        batch.rows.score(clock.nanoseconds)
        waitingValues.subtract(batch.rows.values, ordering: .relaxed)
        state.withLock { $0.scored.append(batch) }
        return true
    }
}
