import Foundation

/// A logistic curve through log-odds and outcomes.
package enum Platt {
    /// Slope and shift that make the outcomes likeliest.
    ///
    /// Targets are (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2) in place of 1 and 0 (Platt 1999), by Newton's method with halved steps (Lin, Lin and
    /// Weng 2007). Complexity: O(rows) an iteration.
    package static func fit(logOdds: [Double], outcomes: [Bool]) -> (slope: Double, shift: Double) {
        let positives = Double(outcomes.count { $0 })
        let negatives = Double(outcomes.count) - positives
        let targets = outcomes.map { $0 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2) }
        func loss(_ slope: Double, _ shift: Double) -> Double {
            zip(logOdds, targets).reduce(0) { $0 + Sigmoid.loss(slope * $1.0 + shift, target: $1.1) }
        }
        var slope = 0.0
        var shift = log((positives + 1) / (negatives + 1))
        var value = loss(slope, shift)
        for _ in 0..<100 {
            var gradient = (slope: 0.0, shift: 0.0)
            // A little on the diagonal, for log-odds that are all alike.
            var curve = (slope: 1e-12, mixed: 0.0, shift: 1e-12)
            for (x, target) in zip(logOdds, targets) {
                let p = Sigmoid.value(slope * x + shift)
                gradient.slope += (p - target) * x
                gradient.shift += p - target
                curve.slope += p * (1 - p) * x * x
                curve.mixed += p * (1 - p) * x
                curve.shift += p * (1 - p)
            }
            if max(abs(gradient.slope), abs(gradient.shift)) < 1e-10 * Double(outcomes.count) { break }
            let determinant = curve.slope * curve.shift - curve.mixed * curve.mixed
            guard determinant > 0 else { break }
            let stepSlope = (curve.shift * gradient.slope - curve.mixed * gradient.shift) / determinant
            let stepShift = (curve.slope * gradient.shift - curve.mixed * gradient.slope) / determinant
            var scale = 1.0
            while scale > 1e-10, !(loss(slope - scale * stepSlope, shift - scale * stepShift) <= value) { scale /= 2 }
            guard scale > 1e-10 else { break }
            slope -= scale * stepSlope
            shift -= scale * stepShift
            value = loss(slope, shift)
        }
        return (slope, shift)
    }
}
