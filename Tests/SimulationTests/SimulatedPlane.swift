import Engine
import Learning
import Synchronization
import Tabular

/// Event loops without sockets: requests are handed to them, the engine installs and harvests.
final class SimulatedPlane: DataPlane {
    /// A loop, behind a lock that nobody else wants.
    private final class Box: Sendable {
        let state: Mutex<LoopState>
        init(_ loop: Int, _ epoch: UInt32) { state = Mutex(LoopState(loop: loop, epoch: epoch)) }
    }

    private let loops: [Box]
    private let clock: EngineClock
    private let turn = Mutex(0)

    init(epoch: UInt32, clock: EngineClock) {
        loops = (0..<2).map { Box($0, epoch) }
        self.clock = clock
    }

    var address: String? { nil }
    var pulses: [Pulse] { [] }

    func install(_ table: RoutingTable) async {
        for loop in loops { loop.state.withLock { $0.install(table) } }
    }

    func handOver(_ live: LoadedVersion, deployment: String, generation: UInt64) async {
        for loop in loops { _ = loop.state.withLock { $0.handOver(live, deployment: deployment, generation: generation) } }
    }

    func rows(of ids: [RowID], deployment: String) async -> [RowID: LoggedRow] {
        loops.reduce(into: [:]) { found, loop in
            found.merge(loop.state.withLock { $0.rows(of: ids, deployment: deployment) }) { first, _ in first }
        }
    }

    func harvest(flushing: Bool) async -> [LoopHarvest] {
        let now = clock.milliseconds()
        return loops.map { loop in loop.state.withLock { $0.harvest(flushing: flushing, milliseconds: now) } }
    }

    func handOver() async {}

    func shutdown() async {}

    /// Answers a row on the loops in turn; the id and the version, nil when the deployment does not answer.
    func predict(_ deployment: String, row: [Double]) -> (id: String, version: UInt32)? {
        let index = turn.withLock { turn in
            defer { turn += 1 }
            return turn % loops.count
        }
        let clock = clock
        return loops[index].state.withLock { state in
            guard let route = state.table.routes[deployment], let choice = try? route.arm(for: ArmRequest()) else {
                if let route = state.table.routes[deployment] { state.count(.refused, lane: state.lane(of: route)) }
                return nil
            }
            let drawn = route.challenged(choice) { key in
                switch key {
                case .request: state.draw
                case .id, .header: nil
                case .column(let position): SplitHash.mix(row[position].bitPattern)
                }
            }
            let lane = state.lane(of: route)
            var scores = [0.0]
            let id = state.predict(
                lane: lane, choice: drawn, rows: row, count: 1, clientID: nil, scores: &scores, milliseconds: clock.milliseconds(),
                startedNanoseconds: clock.nanoseconds(), nanoseconds: { clock.nanoseconds() + 50_000 })
            return id.map { ($0.text, drawn.version.number) }
        }
    }

    /// The dictionary of a deployment's categories.
    func categories(_ deployment: String) -> Categories? {
        loops[0].state.withLock { $0.table.routes[deployment]?.categories }
    }

    /// The version that each loop answers with.
    func champions(_ deployment: String) -> [UInt32?] {
        loops.map { loop in loop.state.withLock { $0.table.routes[deployment]?.champion?.number } }
    }
}
