/// Where a deployment's online learning goes on from, across restarts.
struct OnlineMemory: Codable, Equatable {
    /// The version whose weights it goes on from: the champion, or what it has published since.
    var base: UInt32
    /// Labels that arrived after this one are learnt, by their sequence number; nil: those that arrive from now on.
    var after: Int64?
    /// When it last made a version, UTC milliseconds.
    var published: Int64?
    /// No policy publishes before this time, UTC milliseconds: a person has just returned to the base.
    var quietUntil: Int64?
}

/// What the engine knows of a deployment's online learning while it runs.
struct OnlineWatch: Equatable {
    /// Grows whenever learning begins anew from another version: what was learnt before counts for nothing then.
    var epoch = 0
    /// What the learner said last, in this epoch.
    var report: OnlineReport?
    /// Whether a version is being made.
    var isPublishing = false
    /// The last attempt of a policy to publish, UTC milliseconds.
    var attempted: Int64 = 0
}

/// What a learner says after each look at the labels.
struct OnlineReport: Equatable, Sendable {
    /// The last label that it has looked at, by its sequence number.
    var after: Int64
    /// Labels learnt since the base.
    var learnt = 0
    /// Labels learnt since a version was last made.
    var fresh = 0
    /// Labels that the latest copy of what was learnt has answered: what a version is judged by.
    var judged = 0
    /// Rows learnt in all, those of the base's training included.
    var rows = 0
    /// Labels passed over: without a logged row, of another layout, or answered during an upstream fault.
    var skipped = 0
    /// The comparing figure on the last rows, each answered before it was learnt.
    var primary: OnlineFigure?
    /// Why it cannot learn any more, if so.
    var halted: String?
    /// Whether labels wait whose prediction is not in the log yet.
    var isWaiting = false
    /// Whether there is more to learn at once.
    var isBehind = false
}
