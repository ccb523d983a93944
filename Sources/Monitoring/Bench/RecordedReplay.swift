public import Tabular

/// A file of real traffic replayed at its own rate against the table of its first rows: the flights of a year, the half hours of a market.
public struct RecordedReplay: Sendable {
    /// An alarm, with the window that raised it.
    public struct Alarm: Sendable, Equatable {
        /// Counted from the first one that was watched.
        public var window: Int
        /// Columns that drifted in it.
        public var columns: [String]
    }

    /// What was found.
    public struct Outcome: Sendable {
        /// Windows watched.
        public internal(set) var windows = 0
        /// `unlike training`.
        public internal(set) var unlike: [Alarm] = []
        /// `changing now`.
        public internal(set) var changing: [Alarm] = []
        /// Windows that are bad by a rule that takes rows for independent.
        public internal(set) var independentBad = 0
        /// Windows at which a training was begun.
        public internal(set) var trainings: [Int] = []
        /// Raises of missing values.
        public internal(set) var missing: [String: Int] = [:]
    }

    /// All rows, in order of time where they have one.
    public let rows: LabelledRows
    /// Rows of a window.
    public let windowRows: Int

    /// A replay of some rows.
    public init(_ rows: LabelledRows, windowRows: Int = 1_000) {
        self.rows = rows
        self.windowRows = windowRows
    }

    /// What a training on some of the rows leaves.
    public func reference(_ range: [Int]) -> ReferenceProfile {
        let training = rows.selecting(range)
        var profile = ReferenceProfile.build(rows: training, scores: [])
        profile.stretches = StretchTable.learn(training, profile: profile, windowRows: windowRows)
        return profile
    }

    /// Time of a row for the wall clock of the replay: its own, or half an hour after the one before.
    private func time(_ row: Int) -> Int64 { rows.times.indices.contains(row) ? rows.times[row] : Int64(row) * 1_800_000 }

    /// Watches all rows after the training's.
    public func watch(training: Int) -> Outcome { run(training: training, trains: false) }

    /// The same with `auto`: a drift of the population trains at once on the last 30 days, alone from 20 windows of rows on, else with the
    /// first training's.
    public func loop(training: Int) -> Outcome { run(training: training, trains: true) }

    private func run(training: Int, trains: Bool) -> Outcome {
        var outcome = Outcome()
        var watch = Watch(reference(Array(0..<training)), rows.categories)
        var backoff = DriftBackoff()
        let width = rows.schema.width
        for start in stride(from: training, through: rows.count - windowRows, by: windowRows) {
            var window = WindowCounts(watch.profile, start: time(start))
            rows.features.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                for row in start..<(start + windowRows) { window.add(base + row * width, score: 0) }
            }
            let end = max(time(start + windowRows - 1), window.start + 1)
            watch.close(window, end: end, number: outcome.windows, &outcome)
            backoff.closed(isBad: watch.isBad)
            if trains, watch.rules.isPopulationDrifting, backoff.wait == 0 {
                backoff.answered()
                outcome.trainings.append(outcome.windows)
                watch = Watch(reference(learning(until: start + windowRows, training: training)), rows.categories)
            }
            outcome.windows += 1
        }
        return outcome
    }

    /// Rows that a training at some point learns its reference from.
    private func learning(until end: Int, training: Int) -> [Int] {
        let from = time(end - 1) - 30 * 86_400_000
        let recent = (training..<end).filter { time($0) >= from }
        return recent.count >= 20 * windowRows ? recent : Array(0..<training) + recent
    }

    /// Raises of missing values after the training's rows, by column, in harvests of so many rows.
    public func missing(training: Int, harvest: Int) -> [String: Int] {
        let profile = reference(Array(0..<training))
        let limits = profile.stretches?.columns.map(\.gaps) ?? []
        var detector = GapDetector(limits: limits, names: profile.features.map(\.name))
        var raised: [String: Int] = [:]
        let width = rows.schema.width
        for start in stride(from: training, through: rows.count - harvest, by: harvest) {
            let counts = profile.positions.map { position in
                (start..<(start + harvest)).count { rows.features[$0 * width + position].isNaN }
            }
            for change in detector.observe(counts: counts, rows: harvest, at: 0) where change.isRaised {
                raised[change.feature, default: 0] += 1
            }
        }
        return raised
    }

    /// One version under watch.
    private struct Watch {
        let profile: BoundProfile
        private var judge: WindowJudge
        private(set) var rules = DriftRules(DriftWindowing())
        private(set) var isBad = false

        init(_ reference: ReferenceProfile, _ categories: Categories) {
            profile = reference.bind(categories)
            judge = WindowJudge(reference)
        }

        mutating func close(_ window: WindowCounts, end: Int64, number: Int, _ outcome: inout Outcome) {
            let before = (rules.isRaised, rules.changing.isRaised)
            let report = judge.close(window, end: end, changingSince: rules.changingSince)
            _ = rules.observe(report, at: end)
            let bad = report.features.filter { $0.state == .drift }
            isBad = !bad.isEmpty
            if rules.isRaised, !before.0 {
                let long = (report.long ?? []).flatMap { $0.columns.map(\.name) }
                outcome.unlike.append(Alarm(window: number, columns: bad.map(\.feature) + long))
            }
            if rules.changing.isRaised, !before.1 {
                let changing = report.features.filter { $0.verdict?.changing?.state == .drift }.map(\.feature)
                outcome.changing.append(Alarm(window: number, columns: changing))
            }
            let plain = Drift.report(reference: profile.profile, window: window, end: end, alpha: report.alpha)
            if plain.features.contains(where: { $0.state == .drift }) { outcome.independentBad += 1 }
        }
    }
}
