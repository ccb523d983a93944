import Monitoring
import Tabular

/// One deployment on one event loop: the block being filled and the accumulators since the last harvest.
final class Lane {
    private let deployment: String
    private let width: Int
    private let outputs: Int
    private var block: TrafficBlock
    private var blockStarted: Int64 = 0
    private var filled: [TrafficBlock] = []
    private var totals = LaneTotals()
    private var windows: [UInt32: WindowCounts] = [:]
    private var codes: [String: Int32] = [:]
    private var answeredVersions: Set<UInt32> = []

    init(deployment: String, width: Int, outputs: Int) {
        self.deployment = deployment
        self.width = width
        self.outputs = outputs
        block = TrafficBlock(deployment: deployment, width: width, outputs: outputs)
    }

    func record(
        id: PredictionID, version: LoadedVersion, arm: Arm, rows: UnsafePointer<Double>, count: Int, clientID: String?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latencyNanoseconds: UInt64
    ) {
        totals.answered += 1
        totals.rows += Int64(count)
        totals.latency[version.number, default: LatencyHistogram()].record(latencyNanoseconds)
        totals.rowsByVersion[version.number, default: 0] += Int64(count)
        if answeredVersions.insert(version.number).inserted { totals.firstAnswers[version.number] = milliseconds }
        fold(version: version, rows: rows, count: count, scores: scores, milliseconds: milliseconds)
        log(
            id: id, version: version.number, arm: arm, rows: rows, count: count, clientID: clientID, scores: scores,
            milliseconds: milliseconds, latency: UInt32(clamping: latencyNanoseconds))
    }

    /// Feature counts first: they are never dropped, whatever becomes of the log.
    private func fold(version: LoadedVersion, rows: UnsafePointer<Double>, count: Int, scores: UnsafePointer<Double>, milliseconds: Int64) {
        let (width, outputs) = (width, outputs)
        Self.fold(into: &windows[version.number, default: WindowCounts(version.profile, start: milliseconds)]) { window in
            for row in 0..<count { window.add(rows + row * width, score: scores[row * outputs]) }
        }
        for row in 0..<count { totals.scoreSum += scores[row * outputs] }
    }

    /// The window is looked up once a request, not once a row.
    private static func fold(into window: inout WindowCounts, _ body: (inout WindowCounts) -> Void) { body(&window) }

    private func log(
        id: PredictionID, version: UInt32, arm: Arm, rows: UnsafePointer<Double>, count: Int, clientID: String?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latency: UInt32
    ) {
        guard filled.count < LoopState.waitingBlocks else {
            totals.unlogged += Int64(count)
            return
        }
        if block.count == 0 { blockStarted = milliseconds }
        if let clientID { block.clientIDs[block.count] = clientID }
        for row in 0..<count {
            block.ids.append(RowID(base: id, row: UInt32(truncatingIfNeeded: row)))
            block.times.append(milliseconds)
            block.versions.append(version)
            block.arms.append(arm)
            block.latencies.append(latency)
        }
        block.scores.append(contentsOf: UnsafeBufferPointer(start: scores, count: count * outputs))
        block.features.append(contentsOf: UnsafeBufferPointer(start: rows, count: count * width))
        if block.count >= LoopState.blockRows { closeBlock() }
    }

    func count(_ end: RequestEnd) {
        switch end {
        case .rejected: totals.rejected += 1
        case .refused: totals.refused += 1
        case .failed: totals.failed += 1
        }
    }

    func code(of text: String, in dictionary: CategoryDictionary) -> Int32 {
        if let code = codes[text] { return code }
        let code = dictionary.intern(text)
        // The cache is as bounded as the dictionary: texts beyond its capacity are looked up each time.
        if code != CategoryDictionary.otherCode { codes[text] = code }
        return code
    }

    func harvest(flushing: Bool, milliseconds: Int64) -> LaneHarvest? {
        if block.count > 0, flushing || milliseconds - blockStarted >= LoopState.blockAgeMilliseconds { closeBlock() }
        guard !totals.isEmpty || !filled.isEmpty else { return nil }
        defer {
            totals = LaneTotals()
            windows = [:]
            filled = []
        }
        return LaneHarvest(deployment: deployment, totals: totals, windows: windows, blocks: filled)
    }

    private func closeBlock() {
        filled.append(block)
        block = TrafficBlock(deployment: deployment, width: width, outputs: outputs, capacity: min(block.count, LoopState.blockRows))
    }
}
