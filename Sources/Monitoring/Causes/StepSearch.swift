import Foundation

/// A value that has stepped from one level to another.
struct Step: Equatable {
    /// The first position of the new level.
    var position: Int
    /// The mean before.
    var before: Double
    /// The mean since.
    var since: Double
    /// The chance of so many standard errors between them: Student's t, errors and degrees of freedom of block means.
    var pValue: Double

    var difference: Double { since - before }
}

/// Looks for the one step in a series whose neighbours depend on each other.
enum StepSearch {
    /// The step that explains most of a series' squares, both sides of at least `least` values; nil for a shorter series.
    ///
    /// The place is that of the greatest CUSUM (Page 1954), the errors those of block means (`DependentMean`); a step that only follows from
    /// wandering has few of them. Complexity: O(n · lags).
    static func find(_ values: [Double], least: Int) -> Step? {
        guard values.count >= 2 * max(1, least) else { return nil }
        let n = Double(values.count)
        let whole = values.reduce(0, +)
        var (sum, best, place) = (0.0, -1.0, least)
        for index in 0..<(values.count - 1) {
            sum += values[index]
            let count = Double(index + 1)
            guard index + 1 >= least, values.count - index - 1 >= least else { continue }
            let gap = sum / count - (whole - sum) / (n - count)
            let gain = gap * gap * count * (n - count) / n
            if gain > best { (best, place) = (gain, index + 1) }
        }
        return at(place, values)
    }

    /// The step at a place.
    static func at(_ place: Int, _ values: [Double]) -> Step? {
        guard place > 1, values.count - place > 1, let a = DependentMean(Array(values[..<place])),
            let b = DependentMean(Array(values[place...]))
        else { return nil }
        // The short side knows too little of how values hang together: it has at least the error that the long side's law gives so many rows.
        let (n, m) = (Double(a.count), Double(b.count))
        let long = n >= m ? a.standardError * a.standardError * n : b.standardError * b.standardError * m
        let error = (max(a.standardError * a.standardError, long / n) + max(b.standardError * b.standardError, long / m)).squareRoot()
        let gap = b.mean - a.mean
        let step = { Step(position: place, before: a.mean, since: b.mean, pValue: $0) }
        guard error > 0 else { return step(gap == 0 ? 1 : 0) }
        return step(FDistribution.upperTail(gap * gap / (error * error), 1, min(a.degrees, b.degrees)))
    }

    /// Whether a series rather climbs or falls for a third of its length or more than that it steps: by the squares that each leaves.
    ///
    /// Complexity: O(n³), of means of a few dozen slices.
    static func isGradual(_ values: [Double]) -> Bool {
        let n = values.count
        guard n >= 9 else { return false }
        var step = Double.infinity
        for place in 2...(n - 2) { step = min(step, squares(values[..<place]) + squares(values[place...])) }
        var ramp = Double.infinity
        for start in 0...(n - max(6, n / 3)) {
            for end in stride(from: start + max(5, n / 3 - 1), to: n, by: 1) {
                ramp = min(ramp, residue(values, ramp: (0..<n).map { Double(min(max($0, start), end)) }))
            }
        }
        // A ramp has two more places to choose.
        return ramp * 1.25 < step
    }

    private static func squares(_ values: ArraySlice<Double>) -> Double {
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }

    /// What a straight line in `ramp` leaves.
    private static func residue(_ values: [Double], ramp: [Double]) -> Double {
        let n = Double(values.count)
        let (x, y) = (ramp.reduce(0, +) / n, values.reduce(0, +) / n)
        var (xx, xy, yy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(ramp, values) {
            xx += (a - x) * (a - x)
            xy += (a - x) * (b - y)
            yy += (b - y) * (b - y)
        }
        return xx > 0 ? yy - xy * xy / xx : yy
    }
}
