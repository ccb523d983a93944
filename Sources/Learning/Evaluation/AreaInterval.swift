/// The 95 % interval of an area under a ROC curve.
struct AreaInterval: Sendable, Equatable {
    /// Rows of a class below which an area tells nothing: it has no interval.
    ///
    /// Copies count once, here and below: what counts is how many rows of their own they are worth.
    static let fewestOfClass = 5
    /// Rows of each class from which DeLong's variance is sound; below, it is too small (at 9 against 51 rows of noise it excludes one half
    /// in 4.3 % of the cases instead of 2.5 %).
    static let ordinary = 15

    var lower: Double
    var upper: Double
    /// As people read it: `DeLong 95 %`.
    var method: String

    /// The areas whose distance to `auc` is within what their own variance allows: a score interval, as Wilson's is for shares.
    ///
    /// Hanley and McNeil's variance with both exponents' counts at their mean (Newcombe 2006, part 2, method 5):
    /// V(θ) = θ (1 − θ) [1 + N ((1 − θ) / (2 − θ) + θ / (1 + θ))] / (m n), N = (m + n) / 2 − 1. At one half it is the rank-sum test's variance
    /// (m + n + 1) / (12 m n), so the interval excludes one half just where that test does; at 0 and 1 it is not void. Complexity: O(1).
    static func newcombe(_ auc: Double, _ m: Double, _ n: Double) -> AreaInterval {
        let pairs = m * n
        let rest = (m + n) / 2 - 1
        func isOutside(_ area: Double) -> Bool {
            let variance = area * (1 - area) * (1 + rest * ((1 - area) / (2 - area) + area / (1 + area))) / pairs
            return (auc - area) * (auc - area) > Evaluation.z * Evaluation.z * variance
        }
        /// Halves from an end that may be outside to the area itself.
        func edge(_ end: Double) -> Double {
            guard isOutside(end) else { return end }
            var (out, within) = (end, auc)
            for _ in 0..<60 {
                let middle = (out + within) / 2
                if isOutside(middle) { out = middle } else { within = middle }
            }
            return within
        }
        return AreaInterval(lower: edge(0), upper: edge(1), method: "Newcombe 95 %")
    }

    /// Nothing beyond 0 and 1.
    static func normal(_ auc: Double, _ variance: Double, method: String) -> AreaInterval {
        let half = Evaluation.z * variance.squareRoot()
        return AreaInterval(lower: max(0, auc - half), upper: min(1, auc + half), method: method)
    }
}

/// An area with what is known of its error.
protocol RankedArea {
    var auc: Double { get }
    /// Nil where too few rows of a class are there to tell.
    var interval: AreaInterval? { get }
    /// Whether the variances of DeLong are sound.
    var isOrdinary: Bool { get }
    func varianceOfDifference(_ other: Self) -> Double
}

extension DeLong: RankedArea {
    private var fewest: Double { min(effective.positives, effective.negatives) }
    var isOrdinary: Bool { fewest >= Double(AreaInterval.ordinary) && auc > 0 && auc < 1 }

    var interval: AreaInterval? {
        guard fewest >= Double(AreaInterval.fewestOfClass) else { return nil }
        if isOrdinary { return .normal(auc, variance, method: "DeLong 95 %") }
        return .newcombe(auc, effective.positives, effective.negatives)
    }
}

extension MacroArea: RankedArea {
    var isOrdinary: Bool { parts.allSatisfy { min($0.own, $0.others) >= Double(AreaInterval.ordinary) && $0.auc > 0 && $0.auc < 1 } }

    /// Small classes: the mean of their areas' intervals, which holds however the areas go together.
    ///
    /// Nil unless two classes have enough rows.
    var interval: AreaInterval? {
        guard parts.count(where: { min($0.own, $0.others) >= Double(AreaInterval.fewestOfClass) }) > 1 else { return nil }
        if isOrdinary { return .normal(auc, variance, method: "DeLong 95 % of the mean over classes, each against the others") }
        let all = parts.map { AreaInterval.newcombe($0.auc, $0.own, $0.others) }
        let count = Double(all.count)
        return AreaInterval(
            lower: all.reduce(0) { $0 + $1.lower } / count, upper: all.reduce(0) { $0 + $1.upper } / count,
            method: "mean of Newcombe 95 % over classes, each against the others")
    }
}

extension Evaluation {
    /// Held-out rows that each class needs for its area to have an interval.
    public static let fewestOfClass = AreaInterval.fewestOfClass

    static func area(_ area: some RankedArea, of n: Int) -> Metric {
        let interval = area.interval
        return Metric(
            name: "auc", value: area.auc, lower: interval?.lower, upper: interval?.upper, n: n, higherIsBetter: true,
            interval: interval?.method)
    }

    /// The difference of two areas on the same rows.
    ///
    /// By the variance of correlated areas (DeLong, DeLong and Clarke-Pearson 1988); where that is not sound, by squaring and adding the
    /// distances to the ends of both intervals (Newcombe 1998; Zou and Donner 2008), as if the areas were independent, which is wider. From too
    /// few rows of a class any difference is possible.
    static func difference<Area: RankedArea>(_ a: Area, _ b: Area) -> (value: Double, lower: Double, upper: Double) {
        let value = a.auc - b.auc
        guard let own = a.interval, let other = b.interval else { return (value, -1, 1) }
        if a.isOrdinary, b.isOrdinary {
            let half = z * max(0, a.varianceOfDifference(b)).squareRoot()
            return (value, value - half, value + half)
        }
        func length(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        return (value, value - length(a.auc - own.lower, other.upper - b.auc), value + length(own.upper - a.auc, b.auc - other.lower))
    }
}
