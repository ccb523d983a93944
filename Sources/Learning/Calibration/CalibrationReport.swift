package import Tabular

/// How well probabilities keep their word on held-out rows, before and after correction.
public struct CalibrationReport: Codable, Sendable, Equatable {
    /// Rows of about equal probability.
    public struct Point: Codable, Sendable, Equatable {
        /// The mean probability that was given.
        public var predicted: Double
        /// The share in which it came true.
        public var observed: Double
        /// Lower end of the share's 95 % interval (Wilson).
        public var lower: Double
        /// Upper end.
        public var upper: Double
        /// Rows.
        public var n: Int
    }

    /// `none`, `platt` or `isotonic`.
    public var method: String
    /// Expected calibration error of the algorithm's own probabilities.
    public var errorBefore: Double
    /// Of those that the version answers.
    public var errorAfter: Double
    /// The version's calibration curve, ascending.
    public var points: [Point]

    private static let groups = 10

    /// Compares probabilities with outcomes, both `[rows, outputs]`; nil for numbers and for no rows.
    ///
    /// Two classes: the probability of the positive one. Several: that of the likeliest one, true where the row is of it. Rows are cut into
    /// ten groups of about the same size by their probability, equal ones never apart; the expected calibration error is the mean, over rows, of a group's distance between
    /// predicted and observed (Naeini, Cooper and Hauskrecht 2015, with groups of equal size).
    package init?(method: String, before: [Double], after: [Double], targets: [Double], task: PredictionTask) {
        guard task != .regression, !targets.isEmpty, before.count == after.count, after.count % targets.count == 0 else { return nil }
        self.method = method
        errorBefore = Self.error(Self.points(before, targets))
        points = Self.points(after, targets)
        errorAfter = Self.error(points)
    }

    private static func error(_ points: [Point]) -> Double {
        let rows = Double(points.reduce(0) { $0 + $1.n })
        return points.reduce(0) { $0 + abs($1.predicted - $1.observed) * Double($1.n) / rows }
    }

    /// Of each row the probability that was given, and whether it came true.
    static func pairs(_ scores: [Double], _ targets: [Double]) -> [(probability: Double, isTrue: Bool)] {
        let outputs = scores.count / targets.count
        return targets.indices.map { row in
            if outputs == 1 { return (scores[row], targets[row] > 0.5) }
            var best = 0
            for k in 1..<outputs where scores[row * outputs + k] > scores[row * outputs + best] { best = k }
            return (scores[row * outputs + best], targets[row] == Double(best))
        }
    }

    /// Where the groups of some ascending probabilities begin.
    static func cuts(_ probabilities: [Double]) -> [Int] {
        let groups = min(Self.groups, probabilities.count)
        var cuts: [Int] = []
        var last = -1
        for index in probabilities.indices where index == 0 || probabilities[index] != probabilities[index - 1] {
            let group = index * groups / probabilities.count
            if group != last { cuts.append(index) }
            last = group
        }
        return cuts
    }

    private static func points(_ scores: [Double], _ targets: [Double]) -> [Point] {
        // Split by anything else, equal probabilities would seem to tell outcomes apart.
        let pairs = pairs(scores, targets).sorted { $0.probability < $1.probability }
        let cuts = cuts(pairs.map(\.probability))
        return zip(cuts, cuts.dropFirst() + [pairs.count]).map { start, end in
            let part = pairs[start..<end]
            let share = Evaluation.share("", part.count { $0.isTrue }, of: part.count)
            return Point(
                predicted: part.reduce(0) { $0 + $1.probability } / Double(part.count), observed: share.value, lower: share.lower ?? 0,
                upper: share.upper ?? 1, n: part.count)
        }
    }
}
