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
    private var log: LaneLog
    /// The column whose text in a request's first row is what the request is known again by; -1 for none.
    public internal(set) var keyColumn = -1
    private var totals = LaneTotals()
    /// A handful at most: the champion, and versions that requests name.
    private var tallies: [ArmTally] = []
    /// The dictionary of each categorical column, and the codes that this loop has met: known texts take no lock.
    private let dictionaries: [CategoryDictionary?]
    private var codes: [[String: Int32]]
    private var codesGeneration: Int
    private var answeredVersions: Set<UInt32> = []
    private var keys = KeySample()

    init(_ route: Route) {
        deployment = route.deployment
        features = route.schema.features
        width = route.schema.width
        outputs = route.outputs
        categories = route.categories
        dictionaries = route.schema.features.map { $0.kind == .categorical ? route.categories[$0.name] : nil }
        codes = dictionaries.map { _ in [:] }
        codesGeneration = route.categories.generation
        log = LaneLog(deployment: deployment, width: width, outputs: outputs)
    }

    /// Whether rows of that route can go into this lane.
    func fits(_ route: Route) -> Bool {
        features == route.schema.features && outputs == route.outputs && categories === route.categories
    }

    /// Takes up what its route says of challengers.
    func follow(_ route: Route) {
        guard case .column(let position)? = route.challenger?.split.key else { return keyColumn = -1 }
        keyColumn = position
    }

    func record(
        id: PredictionID, choice: ArmChoice, rows: UnsafePointer<Double>, count: Int, clientID: String?, trace: TraceID?,
        scores: UnsafePointer<Double>, milliseconds: Int64, latencyNanoseconds: UInt64
    ) {
        totals.answered += 1
        totals.rows += Int64(count)
        // Feature counts first: they are never dropped, whatever becomes of the log.
        let tally = tally(of: choice, at: milliseconds)
        tally.totals.answered += 1
        tally.totals.latency.record(latencyNanoseconds)
        tally.totals.rows += Int64(count)
        if count == 1 {
            tally.window.add(rows, score: scores[0])
        } else {
            tally.window.add(rows, count: count, width: width, scores: scores, outputs: outputs)
        }
        var sum = 0.0
        for row in 0..<count { sum += scores[row * outputs] }
        tally.totals.scoreSum += sum
        let isLogged = log.append(
            id: id, key: choice.key, learnt: choice.version.learnt, rows: rows, count: count, clientID: clientID, trace: trace,
            scores: scores, milliseconds: milliseconds, latency: UInt32(clamping: latencyNanoseconds))
        if !isLogged { totals.unlogged += Int64(count) }
    }

    private func tally(of choice: ArmChoice, at milliseconds: Int64) -> ArmTally {
        // A learner's copies of one version count as one.
        let known = tallies.first { $0.choice.version.profile === choice.version.profile && $0.choice.key == choice.key }
        if let known { return known }
        let tally = ArmTally(choice, at: milliseconds)
        tallies.append(tally)
        let number = choice.version.number
        if choice.arm != .shadow, answeredVersions.insert(number).inserted { totals.firstAnswers[number] = milliseconds }
        return tally
    }

    /// A row that has not left for the log yet.
    func row(_ id: RowID) -> LoggedRow? { log.row(id) }

    // MARK: Challengers

    /// A request of an A/B was drawn by its key.
    func drawn(_ key: UInt64, of split: Split, isChallengers: Bool, loop: Int) {
        keys.note(key, of: split, isChallengers: isChallengers, loop: loop)
    }

    /// A challenger has failed a request, which the champion answers in its place.
    func gaveWay(_ key: ArmKey) { totals.arms[key, default: ArmTotals()].failed += 1 }

    /// Rows of the newest request that a shadow is to score.
    func mirrored(_ rows: Int) { log.mirrored(rows) }

    /// Where the rows of the newest request were logged; nil where the log had no room.
    var lastLogged: LoggedPlace? { log.last }

    /// Rows that a shadow has not scored: its queue was full.
    func dropped(_ batch: ShadowRows) {
        totals.arms[ArmKey(version: batch.version.number, arm: .shadow), default: ArmTotals()].dropped += Int64(batch.count)
        for run in batch.runs { log.settle(run.count, of: run.block) }
    }

    /// What a shadow has scored: counted, added to its monitors, and put beside the rows in the log where these have not left.
    ///
    /// Complexity: O(rows + counters of its profile), no look at a row's values.
    func shadowed(_ batch: ShadowRows, at milliseconds: Int64) {
        guard batch.count > 0, batch.scores.count == batch.count * outputs else { return dropped(batch) }
        let tally = tally(of: ArmChoice(version: batch.version, arm: .shadow), at: milliseconds)
        tally.add(batch)
        for run in batch.runs {
            log.settle(run.count, of: run.block)
            var further = FurtherScores(version: batch.version.number, rows: [], scores: [])
            if batch.findings.failed == 0 {
                further.rows.append(contentsOf: UInt32(run.row)..<UInt32(run.row + run.count))
                further.scores.append(contentsOf: batch.scores[run.start * outputs..<(run.start + run.count) * outputs])
            } else {
                for row in 0..<run.count where batch.isScored(run.start + row, outputs) {
                    let first = (run.start + row) * outputs
                    further.append(UInt32(run.row + row), batch.scores[first..<first + outputs])
                }
            }
            log.add(further, to: run.block)
        }
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
        let blocks = log.harvest(flushing: flushing, at: milliseconds)
        guard !totals.isEmpty || !blocks.isEmpty || !tallies.isEmpty else { return nil }
        var windows: [ArmKey: WindowCounts] = [:]
        totals.keys = keys.take()
        for tally in tallies { tally.add(to: &totals, windows: &windows) }
        defer {
            totals = LaneTotals()
            tallies = []
        }
        return LaneHarvest(deployment: deployment, totals: totals, windows: windows, blocks: blocks)
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

    /// Adds what it has scored as a shadow.
    func add(_ batch: ShadowRows) {
        let found = batch.findings
        totals.answered += Int64(batch.requests)
        totals.failed += Int64(found.failed)
        totals.rows += Int64(found.window.n)
        totals.scoreSum += found.window.scoreSum
        totals.distanceSum += found.distanceSum
        // Of a batch only the mean is known.
        totals.latency.record(found.nanoseconds / UInt64(batch.count))
        _ = window.merge(found.window)
    }

    /// Adds itself to a harvest.
    ///
    /// Two loadings of one version are one version; the later one's window stands when they cannot be merged.
    func add(to lane: inout LaneTotals, windows: inout [ArmKey: WindowCounts]) {
        lane.arms[choice.key, default: ArmTotals()].add(totals)
        if windows[choice.key]?.merge(window) != true { windows[choice.key] = window }
    }
}
