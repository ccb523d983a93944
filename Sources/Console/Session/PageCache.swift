import Engine

/// The pages of the past that a console holds: what its screen wants is asked for once, again as it ages, and forgotten when there are too many.
struct PageCache: Sendable {
    private struct Times: Sendable {
        /// When it came, milliseconds of a monotonic clock.
        var receivedAt: Int64
        var wantedAt: Int64
    }

    /// What two questions have in common that differ only in their stretch of time: the answer to one stands in for the other until that comes.
    private struct Family: Hashable, Sendable {
        var kind: String
        var deployment: String
        var detail: String
    }

    /// Pages that are held: every row of the largest screen may have one.
    static let limit = 768
    /// Pages of rows that are held: each is many times as large as another page.
    static let heavyLimit = 48
    /// Questions that are out at one time.
    static let inFlightLimit = 16

    private var store: [HistoryQuery: HistoryPage] = [:]
    private var times: [HistoryQuery: Times] = [:]
    private var newest: [Family: HistoryQuery] = [:]
    private var inFlight: Set<HistoryQuery> = []

    /// What to ask for now, so that these pages are there and fresh.
    ///
    /// Complexity: O(queries).
    mutating func want(_ queries: [HistoryQuery], now: Int64) -> [HistoryQuery] {
        var asked: [HistoryQuery] = []
        for query in queries {
            times[query]?.wantedAt = now
            guard !inFlight.contains(query), inFlight.count < Self.inFlightLimit else { continue }
            if let known = times[query], now - known.receivedAt < Self.age(query, store[query]) { continue }
            inFlight.insert(query)
            asked.append(query)
        }
        return asked
    }

    /// Takes an answer.
    mutating func receive(_ page: HistoryPage, for query: HistoryQuery, now: Int64) {
        inFlight.remove(query)
        store[query] = page
        times[query] = Times(receivedAt: now, wantedAt: times[query]?.wantedAt ?? now)
        if let family = Self.family(query) { newest[family] = query }
        if Self.isHeavy(query) { forget(Self.heavyLimit, among: Self.isHeavy) }
        forget(Self.limit) { _ in true }
    }

    /// Forgets what was wanted longest ago, when there are more pages of a kind than that.
    private mutating func forget(_ limit: Int, among isOfKind: (HistoryQuery) -> Bool) {
        let held = times.filter { isOfKind($0.key) }
        guard held.count > limit else { return }
        // A quarter goes at once, so that the sorting is seldom.
        for (old, _) in held.sorted(by: { $0.value.wantedAt < $1.value.wantedAt }).prefix(max(1, limit / 4)) {
            store[old] = nil
            times[old] = nil
        }
        newest = newest.filter { store[$0.value] != nil }
    }

    private static func isHeavy(_ query: HistoryQuery) -> Bool {
        switch query {
        case .predictions, .explanation, .versions: true
        default: false
        }
    }

    /// Every page that is there: a screen may want the next page when it sees the one before.
    var all: Pages { Pages(store) }

    /// The pages that are there, older ones of the same kind standing in for those that are wanted and on their way.
    ///
    /// Complexity: O(queries).
    func pages(_ queries: [HistoryQuery]) -> Pages {
        var standIns: [HistoryQuery: HistoryPage] = [:]
        for query in queries where store[query] == nil {
            if let family = Self.family(query), let other = newest[family] { standIns[query] = store[other] }
        }
        return Pages(store, standIns: standIns)
    }

    /// How long an answer is good for, milliseconds.
    static func age(_ query: HistoryQuery, _ page: HistoryPage? = nil) -> Int64 {
        // It is being figured out.
        if case .importance(nil) = page?.content { return 500 }
        if case .pair(nil) = page?.content { return 500 }
        return switch query {
        case .series(_, _, let from, let until, let points), .featureDrift(_, _, let from, let until, let points):
            // The newest bucket is seen to grow; a long one need not be asked for every second.
            min(max((until - from) / Int64(max(1, points)) / 5, 1_000), 20_000)
        case .journal(.some, _, _): 600_000
        // Walking along a long journal costs something; the verdict says when it was found.
        case .verifyJournal: 60_000
        // Of what stands still only labels come late.
        case .predictions(_, .some, _): 5_000
        // Traffic is logged once a second.
        case .engine, .status, .overview, .deployment, .job, .journal, .journalAfter, .jobs, .jobLog, .alerts, .predictions,
            .backups, .tokens:
            1_000
        // The row never changes; its label and the versions in memory may.
        // Nor do two versions; labels for them may come.
        case .explanation: 10_000
        case .pair: 30_000
        // Some thousand logged rows are gone through each time.
        case .why: 15_000
        // The newest may change their state; older ones seldom do.
        case .versions, .policy: 3_000
        // A version never changes.
        case .model, .report, .replay, .replayAnswer, .importance: 600_000
        }
    }

    private static func family(_ query: HistoryQuery) -> Family? {
        switch query {
        case .series(let deployment, let metric, _, _, _): Family(kind: "series", deployment: deployment, detail: metric.rawValue)
        case .featureDrift(let deployment, let feature, _, _, _): Family(kind: "drift", deployment: deployment, detail: feature)
        default: nil
        }
    }
}
