/// Where a deployment's online learning goes on from, across restarts.
package struct OnlineMemory: Codable, Equatable {
    /// The version whose weights it goes on from: the champion, or what it has published since.
    package var base: UInt32
    /// Labels that arrived after this one are learnt, by their sequence number; nil: those that arrive from now on.
    package var after: Int64?
    /// When it last made a version, UTC milliseconds.
    package var published: Int64?
    /// No policy publishes before this time, UTC milliseconds: a person has just returned to the base.
    package var quietUntil: Int64?
    /// The last label that counts while learning is frozen, by its sequence number; nil: all.
    package var heldAt: Int64?
    /// Why the champion answers at rest although the deployment answers live; nil: it does not.
    package var stopped: LiveStop?
    /// Where learning began, the latest last: what a live answer is reproduced from; nil: nowhere that is remembered.
    package var starts: [OnlineStart]?
    /// Starts that are remembered.
    static let mostStarts = 100

    /// Keeps where it goes on from.
    mutating func remember(at now: Int64) {
        guard let after else { return }
        let start = OnlineStart(base: base, after: after, since: now)
        starts = ((starts ?? []) + [start]).suffix(Self.mostStarts)
    }

    package init(base: UInt32, after: Int64? = nil, published: Int64? = nil, quietUntil: Int64? = nil) {
        self.base = base
        self.after = after
        self.published = published
        self.quietUntil = quietUntil
    }
}

/// What the engine knows of a deployment's online learning while it runs.
package struct OnlineWatch: Equatable {
    /// Grows whenever learning begins anew from another version: what was learnt before counts for nothing then.
    package var epoch = 0
    /// What the learner said last, in this epoch.
    package var report: OnlineReport?
    /// Whether a version is being made.
    package var isPublishing = false
    /// The last attempt of a policy to publish, UTC milliseconds.
    package var attempted: Int64 = 0

    package init(epoch: Int = 0) { self.epoch = epoch }
}

/// What a learner says after each look at the labels.
package struct OnlineReport: Equatable, Sendable {
    /// The last label that it has looked at, by its sequence number.
    package var after: Int64
    /// Labels learnt since the base.
    package var learnt = 0
    /// Labels learnt since a version was last made.
    package var fresh = 0
    /// The most labels that a copy of what was learnt has answered: what a version is judged by.
    package var judged = 0
    /// Rows learnt in all, those of the base's training included.
    package var rows = 0
    /// Labels passed over: without a logged row, of another layout, or answered during an upstream fault.
    package var skipped = 0
    /// The comparing figure on the last rows, each answered before it was learnt.
    package var primary: OnlineFigure?
    /// Why it cannot learn any more, if so.
    package var halted: String?
    /// Whether labels wait whose prediction is not in the log yet.
    package var isWaiting = false
    /// Whether there is more to learn at once.
    package var isBehind = false
    /// How those do that could answer, on the latest labels.
    package var sides: [OnlineSide] = []
    /// Why the learner does not answer live, if its guards say so.
    package var stopped: String?

    package init(after: Int64, halted: String? = nil) {
        self.after = after
        self.halted = halted
    }
}
