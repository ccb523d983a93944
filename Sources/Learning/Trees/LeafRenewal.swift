/// The value that a share of weighted values stays below.
enum WeightedQuantile {
    /// The quantile; 0 of nothing.
    ///
    /// Between the two nearest values by straight lines where all count alike (definition 7 of Hyndman and Fan 1996); with weights the least
    /// value at which the level's share of all weight is reached.
    ///
    /// Complexity: O(n log n).
    static func value(_ values: [Double], weights: [Double], level: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        guard weights.count == values.count else {
            let sorted = values.sorted()
            let place = Double(sorted.count - 1) * level
            let below = Int(place)
            guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
            return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
        }
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        let wanted = weights.reduce(0, +) * level
        var reached = 0.0
        for index in order {
            reached += weights[index]
            if reached >= wanted, weights[index] > 0 { return values[index] }
        }
        return order.last.map { values[$0] } ?? 0
    }
}

/// Gives leaves the quantile of what is left of their rows' targets, where derivatives only tell how to part rows.
///
/// The loss of a quantile has no curvature: its best answer is no ratio of sums (Friedman 2001, algorithm 3, for the absolute error).
struct LeafRenewal: Sendable {
    let level: Double
    let targets: Buffer<Double>
    /// One a row; empty: all count alike.
    let weights: Buffer<Double>

    /// The answer of a leaf with these rows.
    ///
    /// Complexity: O(rows log rows).
    func answer(_ rows: UnsafeBufferPointer<Int32>, _ scores: UnsafePointer<Double>) -> Double {
        WeightedQuantile.value(
            rows.map { targets.base[Int($0)] - scores[Int($0)] },
            weights: weights.count > 0 ? rows.map { weights.base[Int($0)] } : [], level: level)
    }
}
