import Foundation

/// Whether one answers worse than another: watched after every label, for as long as both answer.
///
/// The difference of two losses, less a margin, is a bet against "the first is not worse": a fraction of what is held is staked on each label.
/// While that holds, what is held does not grow on average, whatever the labels and whenever it is looked at (Waudby-Smith and Ramdas,
/// "Estimating means of bounded random variables by betting", 2024: the confidence sequence is what such bets do not refute). A new bet
/// begins with every label, so that a learner which was good for weeks has no credit when it is led astray (the Shiryaev-Roberts e-detector of
/// Shin, Ramdas and Rinaldo, "E-detectors", 2023): until the sum of all bets passes a limit, at least so many labels go by on average.
package struct LiveGuard: Equatable {
    /// How much worse the first may be, in units of loss.
    package static let margin = 0.01
    /// Differences count up to this much, in either direction.
    private static let most = 3.0
    /// The fractions that are staked, side by side: large ones for great differences, small ones for lasting ones.
    private static let stakes = [0.1, 0.3, 0.6, 0.9]

    /// What is held at each stake.
    private var held = [Double](repeating: 0, count: Self.stakes.count)

    package init() {}

    /// The odds that the first is worse by more than the margin; 0 before any label.
    package var odds: Double { held.reduce(0, +) / Double(Self.stakes.count) }

    /// Takes a label's losses.
    package mutating func note(_ first: Double, against second: Double, margin: Double = Self.margin) {
        let difference = max(-Self.most, min(Self.most, first - second - margin)) / Self.most
        guard difference.isFinite else { return }
        for (index, stake) in Self.stakes.enumerated() { held[index] = min(1e300, (held[index] + 1) * (1 + stake * difference)) }
    }
}

/// Who answers, the live learner or the champion at rest: the learner until it is worse than the champion or than a constant, and again when it
/// is better than both.
package struct LiveGuards: Equatable {
    /// Odds at which the learner is stopped: while it is not worse, at most once in so many labels on average.
    package static let stopping = 20_000.0
    /// Odds at which it answers again.
    package static let returning = 1_000.0
    /// Labels that it does not answer at least, once it was stopped.
    package static let probation = 100
    /// Labels below which nothing is said.
    private static let fewest = 20
    /// A champion that is worse than a constant by this much contradicts what it was promoted for: then the labels may be wrong, and a learner
    /// that agrees with them is no reason to let it answer.
    private static let turned = 0.5
    private static let turnedOdds = 10_000.0

    /// Why the learner does not answer; nil while it does.
    package private(set) var stopped: String?
    private var worseThanChampion = LiveGuard()
    private var worseThanConstant = LiveGuard()
    private var betterThanChampion = LiveGuard()
    private var betterThanConstant = LiveGuard()
    private var turnedLabels = LiveGuard()
    /// Labels since it was stopped, or answers.
    private var count = 0

    /// - Parameter stopped: why it does not answer, as of before.
    package init(stopped: String? = nil) { self.stopped = stopped }

    /// The greater of the odds against the learner; 0 while it is stopped.
    package var odds: Double { stopped == nil ? max(worseThanChampion.odds, worseThanConstant.odds) : 0 }

    /// Takes a label's losses.
    ///
    /// - Parameter champion: how it is called.
    package mutating func note(own: Double, champion loss: Double, constant: Double, champion: String) {
        count += 1
        guard stopped == nil else { return probe(own: own, champion: loss, constant: constant) }
        worseThanChampion.note(own, against: loss)
        worseThanConstant.note(own, against: constant)
        guard count >= Self.fewest else { return }
        if worseThanChampion.odds >= Self.stopping {
            stop("worse than \(champion)")
        } else if worseThanConstant.odds >= Self.stopping {
            stop("worse than a constant")
        }
    }

    private mutating func probe(own: Double, champion: Double, constant: Double) {
        betterThanChampion.note(champion, against: own)
        betterThanConstant.note(constant, against: own)
        turnedLabels.note(champion, against: constant, margin: Self.turned)
        guard count >= Self.probation, betterThanChampion.odds >= Self.returning, betterThanConstant.odds >= Self.returning,
            turnedLabels.odds < Self.turnedOdds
        else { return }
        self = LiveGuards()
    }

    private mutating func stop(_ why: String) {
        let said = worseThanChampion.odds >= Self.stopping ? worseThanChampion.odds : worseThanConstant.odds
        self = LiveGuards(stopped: "\(why), odds \(Int(min(1e15, said))) to 1")
    }

    /// Another champion answers from now on: what was compared with the former one counts no more.
    package mutating func follow() {
        worseThanChampion = LiveGuard()
        betterThanChampion = LiveGuard()
    }
}

/// The loss of an answer, as guards compare it: bounded, and in units in which 1 is a lot.
package enum GuardLoss {
    /// Probabilities count as no nearer than this to 0 and 1: one answer that was certain and wrong decides nothing.
    private static let nearest = 0.01

    /// The log loss of a probability.
    package static func probability(_ answer: Double, _ target: Double) -> Double {
        guard answer.isFinite else { return -log(nearest) }
        let given = min(1 - nearest, max(nearest, answer))
        return -log(target > 0.5 ? given : 1 - given)
    }

    /// Half the squared distance of a number, in standard deviations of the target.
    package static func number(_ answer: Double, _ target: Double, deviation: Double) -> Double {
        let distance = (answer - target) / (deviation > 0 ? deviation : 1)
        return distance.isFinite ? min(10, 0.5 * distance * distance) : 10
    }
}

/// What the best constant would have answered: a running mean of the labels, each one before it counts.
package struct RunningConstant: Equatable {
    /// Labels over which the mean runs.
    private static let memory = 2_000.0

    private var count = 0.0
    private var mean = 0.0
    private var square = 0.0

    package init() {}

    /// A label of two classes counts from one of each.
    package func answer(isProbability: Bool) -> Double { isProbability ? (mean * count + 1) / (count + 2) : mean }

    /// The standard deviation of the labels; 1 before there are two.
    package var deviation: Double {
        let variance = square - mean * mean
        return count >= 2 && variance > 0 ? variance.squareRoot() : 1
    }

    package mutating func note(_ label: Double) {
        count = min(Self.memory, count + 1)
        mean += (label - mean) / count
        square += (label * label - square) / count
    }
}
