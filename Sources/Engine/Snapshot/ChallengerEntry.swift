import Learning
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
        /// Keys of an A/B that were counted, each once.
        public var keys: Int64?
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
        /// The column of its inputs that is least like its own training, in its last closed window.
        public var drift: ArmDrift?
        /// What labels say of it beside the champion.
        public var quality: QualityEntry?

        /// A figure of labelled answers, the challenger's and the champion's, with the difference that holds whenever it is looked at.
        public struct QualityEntry: Codable, Sendable, Equatable {
            /// Which figure: the primary one of the task.
            public var name: String
            /// The challenger's.
            public var value: Double
            /// The champion's in the same time; of a shadow: on the same rows.
            public var champion: Double
            /// Lower end of the 95 % interval of the challenger's less the champion's, at all looks together.
            public var lower: Double
            /// Upper end.
            public var upper: Double
            /// Whether more is better.
            public var higherIsBetter: Bool
            /// `better`, `worse`, `same` or `not shown`.
            public var verdict: String
            /// Labelled rows of the challenger's.
            public var rows: Int
            /// Labelled rows of the champion's.
            public var championRows: Int

            /// In a few words.
            public var words: String {
                ArmQuality(
                    figure: PairedFigure(
                        name: name, first: champion, second: value, lower: lower, upper: upper, higherIsBetter: higherIsBetter),
                    rows: rows, championRows: championRows
                ).words
            }

            init(_ quality: ArmQuality) {
                let figure = quality.figure
                name = figure.name
                value = figure.second
                champion = figure.first
                (lower, upper) = (figure.lower, figure.upper)
                higherIsBetter = figure.higherIsBetter
                verdict = figure.verdict.rawValue
                (rows, championRows) = (quality.rows, quality.championRows)
            }
        }

        package init(_ present: ChallengerStatus) {
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
            keys = present.keys
            drift = present.drift
            meanDistance = present.meanDistance
            dropped = present.dropped
            meanScore = present.meanScore
            championMeanScore = present.championMeanScore
            waits = present.waits
            quality = present.quality.map(QualityEntry.init)
        }
    }
}
