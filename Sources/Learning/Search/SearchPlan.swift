import Tabular

/// The rounds of successive halving (Jamieson and Talwalkar 2016): many settings on few rows, the better third of them on three times as many.
package struct SearchPlan: Sendable, Equatable {
    /// Each round keeps one in so many settings, and gives them so many times the rows.
    static let factor = 3
    /// Rounds at most: a ninth of the rows is little enough.
    static let most = 3
    /// Rows of the first round at least: on fewer, figures are mostly chance.
    static let leastRows = 2_000

    /// One round.
    package struct Round: Sendable, Equatable {
        /// It learns from the latest of `divisor` parts of the rows.
        package let divisor: Int
        /// Settings that it tries.
        package let trials: Int
        /// 0…1.
        var share: Double { 1 / Double(divisor) }
    }

    package let rounds: [Round]

    /// - Parameter fits: whether something can be learnt from that part of the rows.
    package init(trials: Int, rows: Int, fits: (Round) -> Bool = { _ in true }) {
        var divisors = [1]
        while let last = divisors.first, divisors.count < Self.most, trials >= last * Self.factor,
            rows / (last * Self.factor) >= Self.leastRows, fits(Round(divisor: last * Self.factor, trials: trials))
        {
            divisors.insert(last * Self.factor, at: 0)
        }
        let first = divisors[0]
        rounds = divisors.map { Round(divisor: $0, trials: (trials * $0 + first - 1) / first) }
    }

    /// Trainings on all rows that the whole search is worth.
    var work: Double { rounds.reduce(0) { $0 + Double($1.trials) * $1.share } }
}
