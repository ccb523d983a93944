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
    private var tallies: [ArmTally] = []
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
        id: PredictionID, choice: ArmChoice, rows: UnsafePointer<Double>, count: Int, clientID: String?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latencyNanoseconds: UInt64
    ) {
        totals.answered += 1
        totals.rows += Int64(count)
        // Feature counts first: they are never dropped, whatever becomes of the log.
        let tally = tally(of: choice, at: milliseconds)
        tally.totals.answered += 1
        tally.totals.latency.record(latencyNanoseconds)
        tally.totals.rows += Int64(count)
        var sum = 0.0
        for row in 0..<count {
            tally.window.add(rows + row * width, score: scores[row * outputs])
            sum += scores[row * outputs]
        }
        tally.totals.scoreSum += sum
        log(
            id: id, key: choice.key, rows: rows, count: count, clientID: clientID, scores: scores,
            milliseconds: milliseconds, latency: UInt32(clamping: latencyNanoseconds))
    }

    private func tally(of choice: ArmChoice, at milliseconds: Int64) -> ArmTally {
        for tally in tallies where tally.choice.version === choice.version && tally.choice.arm == choice.arm { return tally }
        let tally = ArmTally(choice, at: milliseconds)
        tallies.append(tally)
        let number = choice.version.number
        if answeredVersions.insert(number).inserted { totals.firstAnswers[number] = milliseconds }
        return tally
    }

    private func log(
        id: PredictionID, key: ArmKey, rows: UnsafePointer<Double>, count: Int, clientID: String?, scores: UnsafePointer<Double>,
        milliseconds: Int64, latency: UInt32
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
            block.versions.append(key.version)
            block.arms.append(key.arm)
            block.latencies.append(latency)
        }
        block.scores.append(contentsOf: UnsafeBufferPointer(start: scores, count: count * outputs))
        block.features.append(contentsOf: UnsafeBufferPointer(start: rows, count: count * width))
        if block.count >= LoopState.blockRows { closeBlock() }
    }

    func count(_ end: RequestEnd, _ key: ArmKey?) {
        switch end {
        case .rejected: totals.rejected += 1
        case .refused: totals.refused += 1
        case .failed:
            totals.failed += 1
            if let key { totals.arms[key, default: ArmTotals()].failed += 1 }
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
        var windows: [ArmKey: WindowCounts] = [:]
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

/// What one version answered in one arm since the last harvest.
private final class ArmTally {
    let choice: ArmChoice
    var totals = ArmTotals()
    var window: WindowCounts

    init(_ choice: ArmChoice, at milliseconds: Int64) {
        self.choice = choice
        window = WindowCounts(choice.version.profile, start: milliseconds)
    }

    /// Adds itself to a harvest.
    ///
    /// Two loadings of one version are one version; the later one's window stands when they cannot be merged.
    func add(to lane: inout LaneTotals, windows: inout [ArmKey: WindowCounts]) {
        lane.arms[choice.key, default: ArmTotals()].add(totals)
        if windows[choice.key]?.merge(window) != true { windows[choice.key] = window }
    }
}
