import Store

/// The newest change of a deployment, for the one line that a list has room for.
public struct RecentChange: Sendable, Equatable {
    /// When, UTC milliseconds.
    public var time: Int64
    /// Who: `oncall (uid 1001)`, `policy:on_drift`, `engine`.
    public var actor: String
    /// The verb as the journal writes it.
    public var verb: String
    /// One sentence.
    public var summary: String
    /// Further changes in the same stretch of time.
    public var more: Int

    /// Makes a change.
    public init(time: Int64, actor: String, verb: String, summary: String, more: Int) {
        self.time = time
        self.actor = actor
        self.verb = verb
        self.summary = summary
        self.more = more
    }

    /// `v7 answers instead of v6 (oncall), 2 more`.
    public var line: String {
        "\(summary) (\(Operator.shortName(actor)))" + (more > 0 ? ", \(more) more" : "")
    }
}

extension Snapshot {
    /// What changed in a deployment since a time (UTC milliseconds), from the journal rows that the snapshot holds; nil when nothing did.
    ///
    /// What touched all deployments (a freeze of everything, the engine's stop) counts for each. A name of nil looks at the whole engine.
    /// Complexity: O(rows since then), at most 200.
    public func changes(of name: String?, since: Int64) -> RecentChange? {
        var newest: RecentChange?
        for row in recent {
            let entry = row.entry
            if entry.time < since { break }
            guard name == nil || entry.deployment == nil || entry.deployment == name else { continue }
            if newest == nil {
                newest = RecentChange(time: entry.time, actor: entry.actor, verb: entry.verb, summary: entry.summary, more: 0)
            } else {
                newest?.more += 1
            }
        }
        return newest
    }
}
