/// A search so far, as a table shows it: the best trials and the one that runs, however many there are.
public struct SearchProgress: Codable, Sendable, Equatable {
    /// Trials that are listed at most.
    public static let shown = 20
    /// Characters of a failure that are listed at most.
    private static let errorLength = 200

    /// Where a trial stands.
    public enum State: String, Codable, Sendable {
        /// Its turn has not come.
        case waiting
        /// It is being trained.
        case running
        /// Judged in this round.
        case judged
        /// Among the better ones of an earlier round: it waits for more rows.
        case kept
        /// Left behind, since others did better on as many rows.
        case dropped
        /// Its training failed.
        case failed
        /// The time was over first.
        case unfinished
        /// Better than all others.
        case best
    }

    /// One trial.
    public struct Trial: Codable, Sendable, Equatable, Identifiable {
        /// Its number, from 1; 1 is what the search starts with.
        public var number: Int
        /// Identity for lists: the number.
        public var id: Int { number }
        /// Its place among those with a figure, from 1; more rows come before fewer.
        ///
        /// Nil without a figure.
        public var rank: Int?
        /// Its searched settings, as far as they differ from the start's; all of them for the start.
        public var settings: [String: String]
        /// What it was judged by, after its last training; nil without one.
        public var figure: Double?
        /// Share of the rows that its last training learnt from, 0…1; 0 without one.
        public var share: Double
        /// Seconds of all its trainings.
        public var seconds: Double
        /// Where it stands.
        public var state: State
        /// Why it failed.
        public var error: String?

        /// `leaves=31 trees=100`.
        public var settingsText: String { SearchText.settings(settings) }
    }

    /// The round, from 1; 0 for a search that is over.
    public var round: Int
    /// Rounds in all; 0 for a search that is over.
    public var rounds: Int
    /// Rows that a trial of this round learns from; 0 for a search that is over.
    public var rows: Int
    /// Seconds so far.
    public var seconds: Double
    /// Seconds that there are; 0 for a search that is over.
    public var limit: Double
    /// What trials are judged by: `auc`, `rmse`.
    public var metric: String
    /// Trials in all.
    public var total: Int
    /// Trials with a figure.
    public var tried: Int
    /// Trials that were left behind.
    public var dropped: Int
    /// Trials that failed.
    public var failed: Int
    /// The trial that runs, then the best ones; at most `shown`.
    public var best: [Trial]

    /// A search that is over, from the trials that a version's report holds; nil without any.
    public init?(_ trials: [SearchTrial]) {
        guard !trials.isEmpty else { return nil }
        self.init(trials, place: nil, running: nil)
    }

    /// Where a search is.
    struct Place {
        var round: Int
        var rounds: Int
        var rows: Int
        /// Share of the rows of this round, 0…1.
        var share: Double
        var seconds: Double
        var limit: Double
    }

    /// - Parameter running: the index of the trial that runs.
    init(_ trials: [SearchTrial], place: Place?, running: Int?) {
        round = place?.round ?? 0
        rounds = place?.rounds ?? 0
        rows = place?.rows ?? 0
        seconds = place?.seconds ?? trials.reduce(0) { $0 + $1.seconds }
        limit = place?.limit ?? 0
        metric = trials.first?.metric ?? ""
        total = trials.count
        tried = trials.count { $0.figure != nil }
        dropped = trials.count { $0.state == .dropped }
        failed = trials.count { $0.state == .failed }
        let ranked = Self.ranked(trials)
        var listed = ranked.filter { $0 != running }
        listed += trials.indices.filter { trials[$0].figure == nil && trials[$0].state != .unfinished && $0 != running }
        listed.insert(contentsOf: [running].compactMap(\.self), at: 0)
        let ranks = Dictionary(uniqueKeysWithValues: ranked.enumerated().map { ($0.element, $0.offset + 1) })
        let start = trials.first?.settings ?? [:]
        best = listed.prefix(Self.shown).map { index in
            let trial = trials[index]
            return Trial(
                number: trial.number, rank: ranks[index],
                settings: index == 0 ? trial.settings : trial.settings.filter { start[$0.key] != $0.value }, figure: trial.figure,
                share: trial.share, seconds: trial.seconds, state: Self.state(trial, place, isRunning: index == running),
                error: trial.error.map { String($0.prefix(Self.errorLength)) })
        }
    }

    /// The winner, then by rows and figure; the earlier one of two equals.
    private static func ranked(_ trials: [SearchTrial]) -> [Int] {
        trials.indices.filter { trials[$0].figure != nil }.sorted { one, other in
            let (a, b) = (trials[one], trials[other])
            if (a.state == .best) != (b.state == .best) { return a.state == .best }
            if a.share != b.share { return a.share > b.share }
            guard let first = a.figure, let second = b.figure, first != second else { return one < other }
            return Evaluation.isHigherBetter(a.metric) ? first > second : first < second
        }
    }

    private static func state(_ trial: SearchTrial, _ place: Place?, isRunning: Bool) -> State {
        if isRunning { return .running }
        switch trial.state {
        case .best: return .best
        case .judged: return .judged
        case .dropped: return .dropped
        case .failed: return .failed
        case .unfinished:
            guard let place else { return .unfinished }
            return trial.share == 0 ? .waiting : trial.share < place.share ? .kept : .judged
        }
    }
}
