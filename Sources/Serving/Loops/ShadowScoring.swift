import Engine
import NIOCore
import Tabular

/// The rows that shadows score, from one event loop: gathered behind the answers, handed over in batches, taken back.
///
/// It never keeps an answer waiting: what there is no room for is dropped and counted. Confined to its loop.
final class ShadowScoring {
    /// Rows of a batch.
    private static let batchRows = 256
    /// How long rows wait for others, and how often is looked for what has been scored, milliseconds.
    private static let delay = TimeAmount.milliseconds(20)
    /// Emptied batches that are kept.
    private static let spareBatches = 16

    private let eventLoop: any EventLoop
    private let box: ShadowBox
    private let poke: () -> Void
    private var gathering: [ShadowBox.Batch] = []
    private var ready: [ShadowBox.Batch] = []
    private var done: [ShadowBox.Batch] = []
    private var spare: [ShadowRows] = []
    /// Batches that have been handed over and have not come back.
    private var away = 0
    private var isDue = false

    init(_ eventLoop: any EventLoop, box: ShadowBox, poke: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.box = box
        self.poke = poke
    }

    /// Gathers the newest request's rows, which stand in `buffer`, for those shadows that it falls to.
    func gather(_ entry: RouteEntry, _ buffer: RowBuffer, count: Int, _ state: LoopState, _ clock: EngineClock) {
        for shadow in entry.route.shadows where state.falls(to: shadow) {
            let index = index(of: shadow.choice.version, entry.lane)
            state.mirror(
                lane: entry.lane, rows: buffer.rows, width: entry.route.schema.width, count: count, scores: buffer.scores,
                into: &gathering[index].rows)
            if gathering[index].rows.count >= Self.batchRows { finish(gathering.remove(at: index), state) }
        }
        if !isDue, !gathering.isEmpty || !ready.isEmpty || away > 0 { schedule(state, clock) }
    }

    private func index(of version: LoadedVersion, _ lane: Lane) -> Int {
        if let found = gathering.firstIndex(where: { $0.rows.version === version && $0.lane.value === lane }) { return found }
        var rows = spare.popLast() ?? ShadowRows(version: version)
        rows.reuse(for: version)
        gathering.append(ShadowBox.Batch(rows: rows, lane: NIOLoopBound(lane, eventLoop: eventLoop)))
        return gathering.count - 1
    }

    /// A batch is full or old enough.
    private func finish(_ batch: ShadowBox.Batch, _ state: LoopState) {
        let waiting = ready.reduce(0) { $0 + $1.rows.values }
        if box.hasRoom(waiting + batch.rows.values) {
            ready.append(batch)
        } else {
            state.drop(batch.rows, lane: batch.lane.value)
            keep(batch.rows)
        }
    }

    private func schedule(_ state: LoopState, _ clock: EngineClock) {
        isDue = true
        let bound = NIOLoopBound((self, state), eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.delay) {
            let (shadows, state) = bound.value
            shadows.isDue = false
            shadows.exchange(state, clock)
        }
    }

    private func exchange(_ state: LoopState, _ clock: EngineClock) {
        while let batch = gathering.popLast() { finish(batch, state) }
        let count = ready.count
        if box.exchange(&ready, &done) {
            away += count
            if count > 0 { poke() }
        }
        for batch in done {
            state.take(batch.rows, lane: batch.lane.value, milliseconds: clock.milliseconds())
            away -= 1
            keep(batch.rows)
        }
        done.removeAll(keepingCapacity: true)
        if !ready.isEmpty || away > 0 { schedule(state, clock) }
    }

    private func keep(_ rows: ShadowRows) { if spare.count < Self.spareBatches { spare.append(rows) } }
}
