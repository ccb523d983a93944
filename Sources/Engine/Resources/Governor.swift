/// How far work that makes way for serving is let run: closed quickly while answers near their latency budget, opened again slowly.
///
/// Once a second it looks at the slowest deployment's 99th percentile of the last seconds. From the budget on it closes at once, from 0.8 of it
/// on by half, else it opens by a tenth. It never closes altogether: work that nobody froze comes to an end under any load.
package struct Governor: Equatable {
    /// Share of the latency budget from which work makes room.
    package static let threshold = 0.8
    /// What is left of its own to work that makes way.
    package static let floor = 0.1
    /// By how much it opens in a second.
    package static let step = 0.1

    /// What is left to work, of what it may have: `floor`…1.
    package private(set) var opening = 1.0

    package init() {}

    /// Takes the worst p99 of the last seconds against the budget, both in milliseconds.
    package mutating func judge(p99: Double, budget: Double) {
        guard p99.isFinite, budget > 0 else { return }
        if p99 >= budget {
            opening = Self.floor
        } else if p99 >= budget * Self.threshold {
            opening = max(Self.floor, opening / 2)
        } else {
            opening = min(1, opening + Self.step)
        }
    }

    /// Processors that work on so many threads may use now.
    ///
    /// - Parameters:
    ///   - share: of all processors of the machine.
    ///   - opening: what is left of that.
    package static func cores(share: Double, processors: Int, threads: Int, opening: Double) -> Double {
        min(share * Double(max(1, processors)), Double(max(1, threads))) * opening
    }
}
