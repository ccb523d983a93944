import Foundation
import Monitoring
import Tabular

/// What a deployment's challengers have done since each got its present share, beside the champion in the same time: whether one must be cut,
/// and whether the split is the one that was asked for.
///
/// It begins anew with every change of a share, and with a start of the engine. Complexity: O(challengers) a fold.
package struct ArmWatch: Equatable {
    /// Makes one that watches nobody yet.
    package init() {}

    /// One challenger beside its champion.
    package struct Tally: Equatable {
        /// The challenger with its share.
        package let challenger: Challenger
        /// Who answers the rest.
        package let champion: UInt32?
        /// The routing generation from which on traffic counts: what was answered before had another share.
        fileprivate let generation: UInt64
        /// What the challenger has done.
        package fileprivate(set) var own = ArmTotals()
        /// What the champion has done in its part.
        package fileprivate(set) var other = ArmTotals()
        /// Of an A/B: its keys, each of which counts once.
        package fileprivate(set) var keys = KeyCounts()

        /// Requests that fell to the challenger, those included that the champion answered in its place.
        package var drawn: Int64 { own.answered + own.failed }
        /// Requests that were drawn for at all.
        package var requests: Int64 { own.answered + other.answered }

        /// What was drawn for, and how many of it fell to the challenger: requests, or the keys of an A/B.
        ///
        /// Keys weigh differently: a split of the requests says nothing about one of the keys.
        private var draws: (drawn: Int64, of: Int64) {
            challenger.plan.kind == .ab ? (keys.drawn, keys.keys) : (drawn, requests)
        }

        /// The split that is seen, with its 95 % interval (Wilson 1927); nil before any draw.
        package var observed: (share: Double, lower: Double, upper: Double)? {
            let (k, n) = draws
            guard n > 0, challenger.answers else { return nil }
            let (lower, upper) = ArmWatch.wilson(k, of: n)
            return (Double(k) / Double(n), lower, upper)
        }

        /// The odds against the split being what was asked for; nil for a shadow.
        package var splitOdds: Double? {
            guard challenger.answers else { return nil }
            let (k, n) = draws
            return ArmWatch.odds(k, of: n, against: challenger.plan.share)
        }

        /// What the split is of: `2,310 requests`.
        package var drawsText: String { challenger.plan.kind == .ab ? "\(keys.keys) keys" : "\(requests) requests" }
    }

    /// One for each challenger.
    package private(set) var tallies: [Tally] = []

    /// Why next steps wait, by version.
    private var holds: [UInt32: Challenger.Hold] = [:]

    /// Why a challenger's next step waits; nil where nothing is in its way.
    package func hold(of challenger: Challenger) -> Challenger.Hold? {
        holds[challenger.version].flatMap { $0.challenger == challenger ? $0 : nil }
    }

    /// Keeps why a challenger's next step waits; nil: nothing is in its way.
    package mutating func keep(_ hold: Challenger.Hold?, of challenger: Challenger) { holds[challenger.version] = hold }

    /// Takes up what the challengers are now; those whose part has changed begin anew.
    package mutating func follow(_ challengers: [Challenger], champion: UInt32?, generation: UInt64) {
        guard
            tallies.count != challengers.count || !zip(tallies, challengers).allSatisfy({ $0.challenger == $1 && $0.champion == champion })
        else { return }
        tallies = challengers.map { challenger in
            tallies.first { $0.challenger == challenger && $0.champion == champion }
                ?? Tally(challenger: challenger, champion: champion, generation: generation)
        }
    }

    /// Adds what one loop gathered.
    ///
    /// - Parameter since: the routing generation that the loop answered by when it was asked before: all that it says here is of that or later.
    package mutating func add(_ totals: LaneTotals, since: UInt64) {
        for index in tallies.indices where since >= tallies[index].generation {
            let challenger = tallies[index].challenger
            if let own = totals.arms[ArmKey(version: challenger.version, arm: challenger.plan.kind.arm)] { tallies[index].own.add(own) }
            if challenger.plan.kind == .ab { tallies[index].keys.add(totals.keys) }
            if let champion = tallies[index].champion, let other = totals.arms[ArmKey(version: champion, arm: .champion)] {
                tallies[index].other.add(other)
            }
        }
    }

    /// What is known of a version's part.
    package func tally(of version: UInt32) -> Tally? { tallies.first { $0.challenger.version == version } }

    // MARK: The guard

    /// Failures below which nobody is cut.
    private static let leastFailures: Int64 = 3
    /// Requests of both below which latencies are not compared.
    private static let leastRequests = 30
    /// How much slower than the champion, at the median, is too slow.
    private static let slowdown = 3.0
    /// A difference of latencies that no client notices, milliseconds.
    private static let negligible = 0.05
    /// How rare chance alone must make what cuts an arm.
    private static let cutLevel = 1e-4
    /// The champion's failures are taken for at least as frequent as half a failure in 50 requests: little traffic proves little.
    private static let priorFailures = (failed: 0.5, requests: 50.0)

    /// Why a challenger that answers must be cut; nil while it does well.
    package static func cut(_ tally: Tally, budgetMilliseconds: Double) -> String? {
        guard tally.challenger.answers else { return nil }
        let (own, other) = (tally.own, tally.other)
        if own.failed >= leastFailures {
            let rate = (Double(other.failed) + priorFailures.failed) / (Double(other.failed + other.answered) + priorFailures.requests)
            if tail(own.failed, of: tally.drawn, rate: rate) < cutLevel {
                return "\(own.failed) of its \(tally.drawn) requests failed, \(other.failed) of the champion's \(other.answered)"
            }
        }
        guard own.latency.count >= leastRequests, let mine = own.latency.milliseconds(0.5) else { return nil }
        if other.latency.count >= leastRequests, let its = other.latency.milliseconds(0.5) {
            if mine > slowdown * its, mine - its > negligible {
                return String(format: "its median latency is %.3g ms, the champion's %.3g ms", mine, its)
            }
        } else if let late = own.latency.milliseconds(0.95), late > budgetMilliseconds {
            // All requests are its own: there is no champion beside it to compare with.
            return String(format: "a request in twenty takes %.3g ms or more, the budget is %.3g ms", late, budgetMilliseconds)
        }
        return nil
    }

    /// Odds from which a split is said not to be the one that was asked for: chance alone passes them in one of a thousand roll-outs, however
    /// long they are watched (Ville 1939).
    package static let splitAlarm = 1_000.0

    // MARK: Figures

    /// P(X ≥ k) for a binomial X, summed from its largest terms; what is left out is below a thousandth of it.
    package static func tail(_ k: Int64, of n: Int64, rate: Double) -> Double {
        guard k > 0 else { return 1 }
        guard k <= n, rate > 0 else { return 0 }
        guard rate < 1 else { return 1 }
        let (k, n) = (Double(k), Double(n))
        let choices: Double = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        let chance: Double = k * log(rate) + (n - k) * log1p(-rate)
        var term = exp(choices + chance)
        var sum = 0.0
        var i = k
        while i <= n, sum <= 1 {
            sum += term
            i += 1
            let next = term * (n - i + 1) / i * rate / (1 - rate)
            // Past the mean the terms fall faster than geometrically.
            if next < sum * 1e-6, i > n * rate { break }
            term = next
        }
        return min(1, sum)
    }

    /// The interval of a share of which `k` of `n` were seen, 95 % (Wilson 1927).
    package static func wilson(_ k: Int64, of n: Int64) -> (Double, Double) {
        let z = 1.959_963_984_540_054
        let (k, n) = (Double(k), Double(n))
        let share = k / n
        let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, centre - half), min(1, centre + half))
    }

    /// How concentrated about the asked share the other splits are taken to be, in requests.
    private static let concentration = 20.0

    /// The odds against a split of `share` after `k` of `n`: the likelihood of the counts under a Beta mixture of splits about it, by that under it.
    ///
    /// A martingale if the split is right, so that it may be looked at after every request (Robbins 1970).
    package static func odds(_ k: Int64, of n: Int64, against share: Double) -> Double {
        guard n > 0 else { return 1 }
        // What is asked for whole or not at all has no chance in it.
        if share <= 0 { return k == 0 ? 1 : .infinity }
        if share >= 1 { return k == n ? 1 : .infinity }
        let (k, rest) = (Double(k), Double(max(0, n - k)))
        let (a, b) = (concentration * share, concentration * (1 - share))
        func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
        return exp(min(700, logBeta(a + k, b + rest) - logBeta(a, b) - k * log(share) - rest * log1p(-share)))
    }
}
