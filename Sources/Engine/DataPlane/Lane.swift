import Monitoring
import Tabular

/// One deployment on one event loop: the block being filled and the accumulators since the last harvest.
///
/// Confined to its loop. Whoever answers requests keeps it as long as its route stands, so that no request looks it up.
public final class Lane {
    /// Scores in an answer row.
    public let outputs: Int

    private let deployment: String
    private let features: [Feature]
    private let width: Int
    private let categories: Categories
    private var block: TrafficBlock
    private var blockStarted: Int64 = 0
    private var filled: [TrafficBlock] = []
    private var totals = LaneTotals()
    /// A handful at most: the champion, and versions that requests name.
    private var tallies: [VersionTally] = []
    /// The dictionary of each categorical column, and the codes that this loop has met: known texts take no lock.
    private let dictionaries: [CategoryDictionary?]
    private var codes: [[String: Int32]]
    private var codesGeneration: Int
    private var answeredVersions: Set<UInt32> = []

    init(_ route: Route) {
        deployment = route.deployment
        features = route.schema.features
        width = route.schema.width
        outputs = route.outputs
        categories = route.categories
        dictionaries = route.schema.features.map { $0.kind == .categorical ? route.categories[$0.name] : nil }
        codes = dictionaries.map { _ in [:] }
        codesGeneration = route.categories.generation
        block = TrafficBlock(deployment: deployment, width: width, outputs: outputs)
    }

    /// Whether rows of that route can go into this lane.
    func fits(_ route: Route) -> Bool {
        features == route.schema.features && outputs == route.outputs && categories === route.categories
    }

    func record(
        id: PredictionID, version: LoadedVersion, arm: Arm, rows: UnsafePointer<Double>, count: Int, clientID: String?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latencyNanoseconds: UInt64
    ) {
        totals.answered += 1
        totals.rows += Int64(count)
        // Feature counts first: they are never dropped, whatever becomes of the log.
        let tally = tally(of: version, at: milliseconds)
        tally.latency.record(latencyNanoseconds)
        tally.rows += Int64(count)
        var sum = 0.0
        for row in 0..<count {
            tally.window.add(rows + row * width, score: scores[row * outputs])
            sum += scores[row * outputs]
        }
        totals.scoreSum += sum
        log(
            id: id, version: version.number, arm: arm, rows: rows, count: count, clientID: clientID, scores: scores,
            milliseconds: milliseconds, latency: UInt32(clamping: latencyNanoseconds))
    }

    private func tally(of version: LoadedVersion, at milliseconds: Int64) -> VersionTally {
        for tally in tallies where tally.version === version { return tally }
        let tally = VersionTally(version, at: milliseconds)
        tallies.append(tally)
        if answeredVersions.insert(version.number).inserted { totals.firstAnswers[version.number] = milliseconds }
        return tally
    }

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

    /// The code of a text in a column's dictionary, the column given by its position in a row.
    public func code(of text: String, at position: Int) -> Int32 {
        guard let dictionary = dictionaries[position] else { return CategoryDictionary.otherCode }
        if let code = codes[position][text] { return code }
        let code = dictionary.intern(text)
        // As bounded as the dictionary: texts that it has no room for are looked up each time.
        if code != CategoryDictionary.otherCode { codes[position][text] = code }
        return code
    }

    /// Texts that were given up must be asked for again.
    private func forgetCodes() {
        guard codesGeneration != categories.generation else { return }
        codesGeneration = categories.generation
        codes = dictionaries.map { _ in [:] }
    }

    func harvest(flushing: Bool, milliseconds: Int64) -> LaneHarvest? {
        forgetCodes()
        if block.count > 0, flushing || milliseconds - blockStarted >= LoopState.blockAgeMilliseconds { closeBlock() }
        guard !totals.isEmpty || !filled.isEmpty else { return nil }
        var windows: [UInt32: WindowCounts] = [:]
        for tally in tallies { tally.add(to: &totals, windows: &windows) }
        defer {
            totals = LaneTotals()
            tallies = []
            filled = []
        }
        return LaneHarvest(deployment: deployment, totals: totals, windows: windows, blocks: filled)
    }

    private func closeBlock() {
        filled.append(block)
        block = TrafficBlock(deployment: deployment, width: width, outputs: outputs, capacity: min(block.count, LoopState.blockRows))
    }
}

/// What one version answered since the last harvest.
private final class VersionTally {
    let version: LoadedVersion
    var latency = LatencyHistogram()
    var rows: Int64 = 0
    var window: WindowCounts

    init(_ version: LoadedVersion, at milliseconds: Int64) {
        self.version = version
        window = WindowCounts(version.profile, start: milliseconds)
    }

    /// Adds itself to a harvest.
    ///
    /// Two loadings of one version are one version; the later one's window stands when they cannot be merged.
    func add(to totals: inout LaneTotals, windows: inout [UInt32: WindowCounts]) {
        totals.latency[version.number, default: LatencyHistogram()].merge(latency)
        totals.rowsByVersion[version.number, default: 0] += rows
        if windows[version.number]?.merge(window) != true { windows[version.number] = window }
    }
}
