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
/// Bounded: when `capacity` blocks wait, further ones are dropped and their rows counted as unlogged. Texts go in the same transaction as the
/// first rows that have them, and a code without a text is stored as the code of all others, so that every stored code has its text.
final class TrafficWriter: Sendable {
    /// Blocks that may wait.
    static let capacity = 1_024
    /// Blocks in one transaction.
    static let batch = 64

    private struct State {
        var waiting: Deque<TrafficBlock> = []
        /// Taken from those that wait, and not stored yet.
        var writing: [TrafficBlock] = []
        var dictionaries: [String: DeploymentDictionaries] = [:]
        var isWriting = false
        var unlogged: [String: Int64] = [:]
        var dropped: Int64 = 0
        var failure: String?
    }

    private let store: TelemetryStore
    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let logger: Logger

    /// - Parameter queue: its own, so that nothing else holds it up; an engine that is stepped has one for all that writes, so that the
    ///   order of writes is that in which they were asked for.
    init(store: TelemetryStore, queue: DispatchQueue, logger: Logger) {
        self.store = store
        self.queue = queue
        self.logger = logger
    }

    /// Makes a deployment's dictionaries known; without a schema it has no rows yet.
    func register(_ deployment: String, categories: Categories, schema: Schema?) {
        guard let schema else { return }
        state.withLock { $0.dictionaries[deployment] = DeploymentDictionaries(categories, schema) }
    }

    /// Forgets a deployment that is no more, with what waits of it.
    func forget(_ deployment: String) {
        state.withLock { state in
            state.dictionaries[deployment] = nil
            state.waiting.removeAll { $0.deployment == deployment }
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

    /// The writer's sign of life.
    var pulse: Pulse { Pulse("traffic writer") { answer in self.queue.async { answer() } } }

    /// Rows that are offered and not stored yet, of those that are asked for.
    ///
    /// Complexity: O(ids · blocks that wait · log rows).
    func rows(of ids: [RowID], deployment: String) -> [RowID: LoggedRow] {
        let blocks = state.withLock { state in (state.waiting + state.writing).filter { $0.deployment == deployment } }
        var found: [RowID: LoggedRow] = [:]
        guard !blocks.isEmpty else { return found }
        for id in ids {
            for block in blocks {
                guard let index = block.position(of: id) else { continue }
                found[id] = LoggedRow(block, at: index)
                break
            }
        }
        return found
    }

    /// Stores rows by themselves, with the texts that they need, before their block comes; what they are once they are stored.
    ///
    /// Blocks.
    func keepEarly(_ rows: [RowID: LoggedRow], deployment: String) throws(StoreFailure) -> [RowID: LoggedRow] {
        let sorted = rows.sorted { ($0.key.base, $0.key.row) < ($1.key.base, $1.key.row) }
        guard let first = sorted.first?.value else { return [:] }
        var block = TrafficBlock(deployment: deployment, width: first.features.count, outputs: first.scores.count)
        for (id, row) in sorted where row.features.count == block.width && row.scores.count == block.outputs {
            block.answering(learnt: row.learnt)
            block.ids.append(id)
            block.times.append(row.time)
            block.versions.append(row.version)
            block.scores += row.scores
            block.features += row.features
        }
        let dictionaries = state.withLock { $0.dictionaries[deployment] }
        let entries = dictionaries?.prepare(&block) ?? []
        var kept: [RowID: LoggedRow] = [:]
        for (index, id) in block.ids.enumerated() { kept[id] = LoggedRow(block, at: index) }
        try store.append(early: kept, deployment: deployment, categories: entries)
        dictionaries?.stored(entries)
        return kept
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

    /// Gives up the texts that no stored row has any more.
    ///
    /// On the writer's own queue: no block is stored meanwhile.
    func sweep(at now: Int64) {
        queue.async {
            do {
                let oldest = try self.store.oldestTimes()
                for (deployment, dictionaries) in self.state.withLock({ $0.dictionaries }).sorted(by: { $0.key < $1.key }) {
                    let time = oldest[deployment] ?? .max
                    try self.store.deleteSharedCategories(before: time, deployment: deployment)
                    try dictionaries.categories.sweep(oldest: time, now: now) { feature, codes throws(StoreFailure) in
                        try self.store.deleteCategories(codes, of: feature, deployment: deployment)
                    }
                }
            } catch { self.logger.error("categories: none given up: \(error)") }
        }
    }

    private func drain() {
        while true {
            let (blocks, dictionaries) = state.withLock { state in
                let count = min(Self.batch, state.waiting.count)
                let blocks = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(count)
                state.writing = blocks
                if count == 0 { state.isWriting = false }
                return (blocks, state.dictionaries)
            }
            if blocks.isEmpty { return }
            write(blocks, dictionaries)
            state.withLock { $0.writing = [] }
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

    private func write(_ offered: [TrafficBlock], _ dictionaries: [String: DeploymentDictionaries]) {
        var blocks = offered
        var categories: [String: [CategoryEntry]] = [:]
        for index in blocks.indices {
            let deployment = blocks[index].deployment
            if let entries = dictionaries[deployment]?.prepare(&blocks[index]), !entries.isEmpty {
                categories[deployment, default: []] += entries
            }
        }
        do {
            try store.append(blocks, categories: categories)
            for (deployment, entries) in categories { dictionaries[deployment]?.stored(entries) }
            state.withLock { $0.failure = nil }
        } catch {
            logger.error("traffic log: \(blocks.count) blocks not stored: \(error)")
            state.withLock { state in
                for block in blocks { state.unlogged[block.deployment, default: 0] += Int64(block.count) }
                state.failure = "\(error)"
            }
        }
    }
}
