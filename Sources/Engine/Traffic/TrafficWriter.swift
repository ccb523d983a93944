import DequeModule
import Dispatch
import Logging
import Store
import Synchronization
import Tabular

/// Writes filled traffic blocks to the telemetry store on a queue of its own.
///
/// Serving never waits for it.
///
/// Bounded: when `capacity` blocks wait, further ones are dropped and their rows counted as unlogged. New categories go in the same
/// transaction as the rows that use them, so that a stored code always has its text.
final class TrafficWriter: Sendable {
    /// Blocks that may wait.
    static let capacity = 1_024
    /// Blocks in one transaction.
    static let batch = 64

    private struct State {
        var waiting: Deque<TrafficBlock> = []
        var dictionaries: [String: CategoryDictionary] = [:]
        var persisted: [String: Int] = [:]
        var isWriting = false
        var unlogged: [String: Int64] = [:]
        var dropped: Int64 = 0
        var failure: String?
    }

    private let store: TelemetryStore
    private let queue = DispatchQueue(label: "flyball.traffic", qos: .utility)
    private let state = Mutex(State())
    private let logger: Logger

    init(store: TelemetryStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Makes a deployment's dictionary known; its first `persisted` entries are stored already.
    func register(_ deployment: String, dictionary: CategoryDictionary, persisted: Int) {
        state.withLock { state in
            state.dictionaries[deployment] = dictionary
            state.persisted[deployment] = persisted
        }
    }

    /// Offers blocks; returns at once.
    func offer(_ blocks: [TrafficBlock]) {
        let mustStart = state.withLock { state in
            for block in blocks {
                if state.waiting.count >= Self.capacity {
                    state.dropped += 1
                    state.unlogged[block.deployment, default: 0] += Int64(block.count)
                } else {
                    state.waiting.append(block)
                }
            }
            if state.isWriting || state.waiting.isEmpty { return false }
            state.isWriting = true
            return true
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Waits until everything offered so far is stored or given up.
    func flush() async { await onQueue(queue) {} }

    /// Rows that were offered but could not be logged since the last call, by deployment.
    func takeUnlogged() -> [String: Int64] {
        state.withLock { state in
            defer { state.unlogged = [:] }
            return state.unlogged
        }
    }

    /// Depth, dropped blocks, and why the store refuses, if it does.
    var status: (depth: Int, dropped: Int64, failure: String?) {
        state.withLock { ($0.waiting.count, $0.dropped, $0.failure) }
    }

    private func drain() {
        while true {
            let (blocks, categories) = state.withLock { state -> ([TrafficBlock], [String: [(code: Int32, text: String)]]) in
                let count = min(Self.batch, state.waiting.count)
                let blocks = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(count)
                if count == 0 { state.isWriting = false }
                return (blocks, newCategories(blocks, state))
            }
            if blocks.isEmpty { return }
            write(blocks, categories)
        }
    }

    /// Asks a store that refused traffic whether it takes it again, so that the banner goes also without any.
    ///
    /// Blocks.
    func probe(at instant: ContinuousClock.Instant) {
        guard status.failure != nil else { return }
        switch store.probe(now: instant) {
        case .notDue: break
        case .refused(let failure): state.withLock { $0.failure = "\(failure)" }
        case .writable:
            state.withLock { $0.failure = nil }
            logger.notice("the telemetry store takes writes again")
        }
    }

    private func newCategories(_ blocks: [TrafficBlock], _ state: State) -> [String: [(code: Int32, text: String)]] {
        var result: [String: [(code: Int32, text: String)]] = [:]
        for deployment in Set(blocks.map(\.deployment)) {
            let persisted = state.persisted[deployment] ?? 0
            guard let names = state.dictionaries[deployment]?.table.names, names.count > persisted else { continue }
            result[deployment] = (persisted..<names.count).map { (Int32($0), names[$0]) }
        }
        return result
    }

    private func write(_ blocks: [TrafficBlock], _ categories: [String: [(code: Int32, text: String)]]) {
        do {
            try store.append(blocks, newCategories: categories)
            state.withLock { state in
                for (deployment, entries) in categories { state.persisted[deployment, default: 0] += entries.count }
                state.failure = nil
            }
        } catch {
            logger.error("traffic log: \(blocks.count) blocks not stored: \(error)")
            state.withLock { state in
                for block in blocks { state.unlogged[block.deployment, default: 0] += Int64(block.count) }
                state.failure = "\(error)"
            }
        }
    }
}
