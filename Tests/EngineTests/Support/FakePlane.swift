import Engine
import Learning
import Synchronization
import Tabular

/// Event loops without sockets: the test predicts, the engine installs and harvests, each loop behind its own lock.
final class FakePlane: DataPlane {
    /// A loop behind its lock.
    private final class Box: Sendable {
        let state: Mutex<LoopState>
        init(_ loop: Int, _ epoch: UInt32) { state = Mutex(LoopState(loop: loop, epoch: epoch)) }
    }

    private let loops: [Box]
    private let clock: EngineClock
    private let next = Mutex(0)
    private let stopped = Mutex(false)

    init(loops count: Int, epoch: UInt32, clock: EngineClock) {
        loops = (0..<count).map { Box($0, epoch) }
        self.clock = clock
    }

    var address: String? { "127.0.0.1:1" }
    var pulses: [Pulse] { [] }
    var isStopped: Bool { stopped.withLock { $0 } }

    func install(_ table: RoutingTable) async {
        for loop in loops { loop.state.withLock { $0.install(table) } }
    }

    func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async {
        for loop in loops { _ = loop.state.withLock { $0.handOver(live, deployment: deployment, generation: generation) } }
    }

    func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow] {
        loops.reduce(into: [:]) { found, loop in
            found.merge(loop.state.withLock { $0.rows(of: ids, deployment: deployment) }) { a, _ in a }
        }
    }

    func harvest(flushing: Bool) async -> [LoopHarvest] {
        let now = clock.milliseconds()
        return loops.map { loop in loop.state.withLock { $0.harvest(flushing: flushing, milliseconds: now) } }
    }

    func handOver() async { await shutdown() }

    func shutdown() async { stopped.withLock { $0 = true } }

    /// What a loop answers a request for one row with.
    struct Answer: Sendable {
        var id: String
        var version: UInt32
        var learnt: UInt32?
        var score: Double
    }

    /// Answers one row as the HTTP handler would, on the loops in turn; nil when the deployment does not answer.
    func predict(_ deployment: String, row: [Double], clientID: String? = nil, version: UInt32? = nil) -> Answer? {
        let index = next.withLock { next in
            defer { next += 1 }
            return next % loops.count
        }
        let clock = clock
        return loops[index].state.withLock { state in
            guard let route = state.table.routes[deployment], let choice = try? route.arm(for: ArmRequest(version: version)) else {
                if let route = state.table.routes[deployment] { state.count(.refused, lane: state.lane(of: route)) }
                return nil
            }
            let drawn = route.challenged(choice) { key in
                switch key {
                case .request: state.draw
                case .id: clientID.map { SplitHash.bytes($0.utf8) }
                case .header: nil
                case .column(let position): SplitHash.mix(row[position].bitPattern)
                }
            }
            var score = [0.0]
            let id = state.predict(
                lane: state.lane(of: route), choice: drawn, rows: row, count: 1, clientID: clientID, scores: &score,
                milliseconds: clock.milliseconds(), startedNanoseconds: clock.nanoseconds(), nanoseconds: { clock.nanoseconds() + 50_000 })
            guard let id else { return nil }
            for shadow in route.shadows where drawn.arm == .champion && state.falls(to: shadow) {
                var batch = ShadowRows(version: shadow.choice.version)
                let lane = state.lane(of: route)
                state.mirror(lane: lane, rows: row, width: row.count, count: 1, scores: score, into: &batch)
                var time: UInt64 = 0
                batch.score {
                    time += 40_000
                    return time
                }
                state.take(batch, lane: lane, milliseconds: clock.milliseconds())
            }
            return Answer(id: id.text, version: drawn.version.number, learnt: drawn.version.learnt, score: score[0])
        }
    }

    /// Counts a request that the challenger failed and the champion answered.
    func failChallenger(_ deployment: String) {
        loops[0].state.withLock { state in
            guard let route = state.table.routes[deployment], let challenger = route.challenger else { return }
            state.gaveWay(challenger.choice.key, lane: state.lane(of: route))
        }
    }

    /// Counts a request that failed by the engine's fault.
    func fail(_ deployment: String, version: UInt32? = nil) {
        loops[0].state.withLock { state in
            guard let route = state.table.routes[deployment] else { return }
            state.count(.failed, lane: state.lane(of: route), arm: try? route.arm(for: ArmRequest(version: version)).key)
        }
    }

    /// The dictionary of a deployment's categories.
    func categories(_ deployment: String) -> Categories? {
        loops[0].state.withLock { $0.table.routes[deployment]?.categories }
    }

    /// Who may ask.
    var access: AccessTable { loops[1].state.withLock { $0.table.access } }

    /// The route of a deployment.
    func route(_ deployment: String) -> Route? { loops[0].state.withLock { $0.table.routes[deployment] } }

    /// The version that each loop answers with.
    func champions(_ deployment: String) -> [UInt32?] {
        loops.map { loop in loop.state.withLock { $0.table.routes[deployment]?.champion?.number } }
    }
}
