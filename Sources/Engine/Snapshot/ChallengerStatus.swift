import Foundation
import Tabular

/// A version with a part of the traffic beside the champion, and what it has done since it got that part.
public struct ChallengerStatus: Codable, Sendable, Equatable {
    /// The version, its part, since when and by whom.
    public var challenger: Challenger
    /// Whether it is in memory: before that it gets nothing.
    public var isLoaded: Bool
    /// Requests that it answered, of a shadow: that it scored.
    public var answered: Int64 = 0
    /// Requests that it failed, and that the champion answered in its place.
    public var failed: Int64 = 0
    /// Requests that the champion answered in the same time.
    public var championAnswered: Int64 = 0
    /// The part that fell to it, of an A/B that of the keys, with its 95 % interval; nil for a shadow and before any request.
    public var observed: Interval?
    /// The odds against the split being what was asked for, at most 10^6; nil for a shadow.
    public var splitOdds: Double?
    /// Keys of an A/B that were counted, each once; nil for others.
    public var keys: Int64?
    /// Of a shadow: the mean distance between its score and the one that was answered; nil without one.
    public var meanDistance: Double?
    /// Of a shadow: rows that it did not score, since its own queue was full.
    public var dropped: Int64 = 0
    /// Its mean score, and the champion's in its own part; nil without one.
    public var meanScore: Double?
    /// The champion's, over what it answered.
    public var championMeanScore: Double?
    /// Why its next step waits, although it is due; nil: nothing is in its way.
    public var waits: String?
    /// How its inputs compare with its own training; nil before a window of them has closed.
    public var drift: ArmDrift?
    /// What the truth says of it beside the champion; nil before there are labels enough.
    public var quality: ArmQuality?

    /// Odds from which the split is not what was asked for.
    public static let alarmingOdds = ArmWatch.splitAlarm

    /// A share with its interval.
    public struct Interval: Codable, Sendable, Equatable {
        /// What was seen, 0…1.
        public var share: Double
        /// 95 % lower bound.
        public var lower: Double
        /// 95 % upper bound.
        public var upper: Double

        /// Makes an interval.
        public init(share: Double, lower: Double, upper: Double) {
            self.share = share
            self.lower = lower
            self.upper = upper
        }
    }

    /// Makes the status of one that nothing is known of.
    public init(challenger: Challenger, isLoaded: Bool) {
        self.challenger = challenger
        self.isLoaded = isLoaded
    }

    init(_ challenger: Challenger, isLoaded: Bool, _ watch: ArmWatch, _ truths: ArmTruths) {
        self.init(challenger: challenger, isLoaded: isLoaded)
        quality = truths.quality(of: challenger.version)
        waits = watch.hold(of: challenger)?.reason
        let tally = watch.tally(of: challenger.version)
        guard let tally else { return }
        let (own, other) = (tally.own, tally.other)
        answered = own.answered
        failed = own.failed
        championAnswered = other.answered
        observed = tally.observed.map { Interval(share: $0.share, lower: $0.lower, upper: $0.upper) }
        splitOdds = tally.splitOdds.map { min($0, 1e6) }
        if challenger.plan.kind == .ab { keys = tally.keys.keys }
        dropped = own.dropped
        if own.rows > 0 {
            meanScore = own.scoreSum / Double(own.rows)
            if challenger.plan.kind == .shadow { meanDistance = own.distanceSum / Double(own.rows) }
        }
        if other.rows > 0 { championMeanScore = other.scoreSum / Double(other.rows) }
    }
}
