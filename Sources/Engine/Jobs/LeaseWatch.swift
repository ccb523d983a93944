package import Store

/// Claims of workers that showed no sign of life for the time of their lease.
///
/// A claim is looked at twice before its job begins again: a machine whose disk stood still for half a minute held up the worker's renewal and
/// the look at it alike, and the worker that goes on gets to say so in between.
package struct LeaseWatch {
    /// Least time between two looks, milliseconds: several renewals of a worker that is alive.
    package static let interval: Int64 = 10_000

    private var looked: Int64?
    private var doubted: Set<ExpiredClaim> = []

    package init() {}

    /// Whether a look is due; the first one is.
    package mutating func isDue(at now: Int64) -> Bool {
        if let looked, now - looked < Self.interval { return false }
        looked = now
        return true
    }

    /// Those of the claims over now that were over at the last look and have not been prolonged since.
    package mutating func lost(of claims: [ExpiredClaim]) -> [ExpiredClaim] {
        defer { doubted = Set(claims) }
        return claims.filter(doubted.contains)
    }
}
