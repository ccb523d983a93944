/// What operators have said about the columns of a deployment: which are no alarm for now, and from which effect on one is.
public struct DriftTuning: Codable, Sendable, Equatable {
    /// A column that raises nothing for a time.
    public struct Mute: Codable, Sendable, Equatable {
        /// When it ends, UTC milliseconds; nil: when somebody ends it.
        public var until: Int64?
        /// Who said so.
        public var by: String
        /// Why.
        public var reason: String?

        /// Makes a mute.
        public init(until: Int64?, by: String, reason: String?) {
            self.until = until
            self.by = by
            self.reason = reason
        }
    }

    /// Effects that may be asked for: below, what is found in one window is not worth a look, and is not marked significant.
    public static let effects = Drift.warnExcess...10

    /// By column.
    public var mutes: [String: Mute]
    /// By column: the PSI beyond what is expected from which on it is drift; a fifth of it warns.
    public var floors: [String: Double]

    /// Nothing said.
    public init(mutes: [String: Mute] = [:], floors: [String: Double] = [:]) {
        self.mutes = mutes
        self.floors = floors
    }

    /// Whether nothing is said of any column.
    public var isEmpty: Bool { mutes.isEmpty && floors.isEmpty }

    /// The mute of a column that holds at a time.
    public func mute(_ column: String, at now: Int64) -> Mute? {
        mutes[column].flatMap { mute in mute.until.map { $0 > now } ?? true ? mute : nil }
    }

    /// Without mutes that have ended.
    public func pruned(at now: Int64) -> DriftTuning { DriftTuning(mutes: mutes.filter { mute($0.key, at: now) != nil }, floors: floors) }
}

/// Tuning as a judge of windows needs it: by the column's place, at one time.
struct ColumnTuning: Sendable {
    private let tuning: DriftTuning
    private let names: [String]
    private let now: Int64

    init(_ tuning: DriftTuning, _ names: [String], at now: Int64) {
        self.tuning = tuning
        self.names = names
        self.now = now
    }

    /// The effect from which on a column drifts.
    func floor(_ index: Int) -> Double { tuning.floors[names[index]] ?? Drift.driftExcess }

    /// The column's mute that holds now.
    func mute(_ index: Int) -> DriftTuning.Mute? { tuning.isEmpty ? nil : tuning.mute(names[index], at: now) }

    /// What is said of a significant effect with the column's own floor.
    func state(_ state: DriftState, excess: Double, _ index: Int) -> DriftState {
        guard state == .warn || state == .drift, tuning.floors[names[index]] != nil else { return state }
        return excess >= floor(index) ? .drift : excess >= floor(index) / 5 ? .warn : .ok
    }

    /// The verdicts with what was said of their columns: those that are muted say so.
    func applied(to verdicts: [ColumnVerdict]) -> [ColumnVerdict] {
        guard !tuning.isEmpty else { return verdicts }
        return verdicts.enumerated().map { index, verdict in
            var verdict = verdict
            for statistic in DriftStatistic.allCases {
                let own = verdict[statistic]
                let isMuted = mute(index) != nil && own.state != .calendar
                verdict[statistic].state = isMuted ? .muted : state(own.state, excess: own.excess, index)
            }
            verdict.usual = max(verdict.usual, verdict.shape.expected + floor(index))
            return verdict
        }
    }

    /// The same for what is changing now.
    func applied(to changes: [ChangeVerdict?]) -> [ChangeVerdict?] {
        guard !tuning.isEmpty else { return changes }
        return changes.enumerated().map { index, change in
            guard var change else { return nil }
            let isMuted = mute(index) != nil
            change.shape.state = isMuted ? .muted : state(change.shape.state, excess: change.shape.excess, index)
            change.missing.state = isMuted ? .muted : state(change.missing.state, excess: change.missing.excess, index)
            return change
        }
    }
}
