import Engine
import NIOCore
import Tabular

/// The rows that shadows score, from one event loop: gathered behind the answers, handed to a pool of their own in batches, taken back.
///
/// It never keeps an answer waiting: what the pool has no room for is dropped and counted. Confined to its loop.
final class ShadowScoring {
    /// Rows of a batch.
    private static let batchRows = 256
    /// How long rows wait for others, milliseconds.
    private static let delay = TimeAmount.milliseconds(20)

    private struct Batch {
        var lane: Lane
        var rows: ShadowRows
    }

    private let eventLoop: any EventLoop
    private var batches: [Batch] = []
    private var isDue = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Gathers the newest request's rows, which stand in `buffer`, for those shadows that it falls to.
    func gather(_ entry: RouteEntry, _ buffer: RowBuffer, count: Int, _ state: LoopState, _ loops: ServingLoops, _ clock: EngineClock) {
        for shadow in entry.route.shadows where state.falls(to: shadow) {
            let index = index(of: shadow.choice.version, entry.lane)
            state.mirror(
                lane: entry.lane, rows: buffer.rows, width: entry.route.schema.width, count: count, scores: buffer.scores,
                into: &batches[index].rows)
            if batches[index].rows.count >= Self.batchRows { score(batches.remove(at: index), state, loops, clock) }
        }
        guard !batches.isEmpty, !isDue else { return }
        isDue = true
        let bound = NIOLoopBound((self, state), eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.delay) {
            let (shadows, state) = bound.value
            shadows.isDue = false
            let due = shadows.batches
            shadows.batches = []
            for batch in due { shadows.score(batch, state, loops, clock) }
        }
    }

    private func index(of version: LoadedVersion, _ lane: Lane) -> Int {
        if let found = batches.firstIndex(where: { $0.rows.version === version && $0.lane === lane }) { return found }
        batches.append(Batch(lane: lane, rows: ShadowRows(version: version)))
        return batches.count - 1
    }

    private func score(_ batch: Batch, _ state: LoopState, _ loops: ServingLoops, _ clock: EngineClock) {
        let bound = NIOLoopBound((batch, state), eventLoop: eventLoop)
        let eventLoop = eventLoop
        let isTaken = loops.shadows.score(batch.rows.rows, count: batch.rows.count, by: batch.rows.version.predictor) {
            _, scores, nanoseconds in
            loops.execute(on: eventLoop) {
                let (batch, state) = bound.value
                state.take(batch.rows, scores: scores, nanoseconds: nanoseconds, lane: batch.lane, milliseconds: clock.milliseconds())
            }
        }
        if !isTaken { state.take(batch.rows, scores: nil, nanoseconds: 0, lane: batch.lane, milliseconds: clock.milliseconds()) }
    }
}
