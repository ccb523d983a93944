import Tabular

extension StatusDocument {
    /// A version with a part of the traffic beside the champion, since it got that part.
    public struct ChallengerEntry: Codable, Sendable, Equatable {
        /// `v3`.
        public var version: String
        /// `canary`, `a/b` or `shadow`.
        public var arm: String
        /// The part that was asked for, 0…1.
        public var share: Double
        /// What keys of an A/B are.
        public var key: String?
        /// Shares that follow by themselves.
        public var steps: [Double]
        /// How long each is held, `30m`.
        public var bake: String?
        /// RFC 3339.
        public var since: String
        /// Who gave it its part.
        public var by: String
        /// Whether it is in memory: before that it gets nothing.
        public var loaded: Bool
        /// Requests that it answered, of a shadow: that it scored.
        public var answered: Int64
        /// Requests that it failed; the champion answered them.
        public var failed: Int64
        /// Requests that the champion answered in the same time.
        public var championAnswered: Int64
        /// The part that was seen, with its 95 % interval.
        public var observed: ChallengerStatus.Interval?
        /// Odds against the split being what was asked for: above 1,000 chance does not explain it.
        public var splitOdds: Double?
        /// Of a shadow: mean distance of its scores from those that were answered.
        public var meanDistance: Double?
        /// Of a shadow: rows left out for want of room.
        public var dropped: Int64
        /// Its mean score.
        public var meanScore: Double?
        /// The champion's, over its own part.
        public var championMeanScore: Double?
        /// Why its next step waits, although it is due.
        public var waits: String?

        init(_ present: ChallengerStatus) {
            let (challenger, plan) = (present.challenger, present.challenger.plan)
            version = "v\(challenger.version)"
            arm = plan.kind.rawValue
            share = plan.share
            key = plan.key
            steps = plan.steps
            bake = plan.bake.map { DurationText.text($0) }
            since = TimeText.rfc3339(challenger.since)
            by = challenger.by
            loaded = present.isLoaded
            answered = present.answered
            failed = present.failed
            championAnswered = present.championAnswered
            observed = present.observed
            splitOdds = present.splitOdds
            meanDistance = present.meanDistance
            dropped = present.dropped
            meanScore = present.meanScore
            championMeanScore = present.championMeanScore
            waits = present.waits
        }
    }
}
