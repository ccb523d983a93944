import Engine
import NIOCore
import Tabular

/// The event loops as the engine's data plane: every protocol that is served on them shares their tables, lanes, ids and harvests.
///
/// Knows event loops, not what comes in on them.
final class ServingLoops: Sendable {
    let eventLoops: [any EventLoop]
    /// Scores what is too large for a loop.
    let pool: ScoringPool
    private let loops: [NIOLoopBound<ServingLoop>]
    private let gate = LoopGate()

    /// Gives each event loop what it owns.
    ///
    /// - Parameters:
    ///   - epoch: the engine's boot epoch, part of every id.
    ///   - overloadMilliseconds: work that one turn of a loop may do before what is left of it is refused.
    init(_ eventLoops: [any EventLoop], clock: EngineClock, epoch: UInt32, overloadMilliseconds: Int) async throws {
        self.eventLoops = eventLoops
        pool = ScoringPool(threads: eventLoops.count)
        let shadows = ShadowPool(loops: eventLoops.count, clock: clock)
        var loops: [NIOLoopBound<ServingLoop>] = []
        for (index, eventLoop) in eventLoops.enumerated() {
            let loop = try await eventLoop.submit {
                NIOLoopBound(
                    ServingLoop(
                        index: index, eventLoop: eventLoop, clock: clock, epoch: epoch, overloadMilliseconds: overloadMilliseconds,
                        shadows: shadows),
                    eventLoop: eventLoop)
            }.get()
            loops.append(loop)
        }
        self.loops = loops
    }

    /// What a loop owns; on that loop only.
    subscript(index: Int) -> ServingLoop { loops[index].value }

    /// Puts the table on every event loop; returns when the last one answers with it.
    func install(_ table: RoutingTable) async { await onEveryLoop { self[$0].install(table) } }

    /// Lets a learner's newer copy answer on every loop.
    func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async {
        await onEveryLoop { self[$0].handOver(live, deployment: deployment, generation: generation) }
    }

    /// Rows that the loops still hold, of those that are asked for.
    func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow] {
        await onEveryLoop { self[$0].rows(of: ids, deployment: deployment) }.reduce(into: [:]) { found, rows in
            found.merge(rows) { a, _ in a }
        }
    }

    /// Takes what every loop has gathered since the last call.
    func harvest(flushing: Bool) async -> [LoopHarvest] { await onEveryLoop { self[$0].harvest(flushing: flushing) } }

    /// Runs on each loop at the same time, with its index; no values when the loops have ended.
    @discardableResult
    func onEveryLoop<Value: Sendable>(_ body: @escaping @Sendable (Int) -> Value) async -> [Value] {
        var values: [Value] = []
        for future in gate.submit(to: eventLoops, body) {
            if let value = try? await future.get() { values.append(value) }
        }
        return values
    }

    /// Runs on one loop; false when the loops have ended.
    @discardableResult
    func execute(on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) -> Bool { gate.execute(on: eventLoop, body) }

    /// From now on nothing is enqueued: the loops may end.
    func close() { gate.close() }
}
