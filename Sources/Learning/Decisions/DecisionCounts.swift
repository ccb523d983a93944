/// What a threshold made of some rows of two classes: how many of each truth were called which.
public struct DecisionCounts: Codable, Sendable, Equatable {
    /// Positive rows that were called positive.
    public var truePositives: Int
    /// Negative rows that were called positive.
    public var falsePositives: Int
    /// Positive rows that were called negative.
    public var falseNegatives: Int
    /// Negative rows that were called negative.
    public var trueNegatives: Int

    /// Makes one of its four counts.
    public init(truePositives: Int, falsePositives: Int, falseNegatives: Int, trueNegatives: Int) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.falseNegatives = falseNegatives
        self.trueNegatives = trueNegatives
    }

    /// Counts the rows; a score that reaches the threshold is called positive.
    ///
    /// Complexity: O(rows).
    ///
    /// - Parameters:
    ///   - scores: probabilities of the positive class, one a row.
    ///   - targets: above one half for a positive row.
    public init(scores: [Double], targets: [Double], threshold: Double) {
        self.init(truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0)
        for (score, target) in zip(scores, targets) {
            switch (score >= threshold, target > 0.5) {
            case (true, true): truePositives += 1
            case (true, false): falsePositives += 1
            case (false, true): falseNegatives += 1
            case (false, false): trueNegatives += 1
            }
        }
    }

    private var counts: (hits: Double, alarms: Double, misses: Double, passes: Double) {
        (Double(truePositives), Double(falsePositives), Double(falseNegatives), Double(trueNegatives))
    }

    /// Rows.
    public var rows: Double { counts.hits + counts.alarms + counts.misses + counts.passes }
    /// Rows that were called positive.
    public var called: Double { counts.hits + counts.alarms }
    /// Their share of all, 0…1; 0 of no rows.
    public var rate: Double { rows > 0 ? called / rows : 0 }
    /// The share of right calls; nil of no rows.
    public var accuracy: Double? { Self.share(counts.hits + counts.passes, of: rows) }
    /// Of the rows that were called positive, the share that is; nil where none was called so.
    public var precision: Double? { Self.share(counts.hits, of: called) }
    /// Of the positive rows, the share that was found; nil where there is none.
    public var recall: Double? { Self.share(counts.hits, of: counts.hits + counts.misses) }
    /// Of the negative rows, the share that was left alone; nil where there is none.
    public var specificity: Double? { Self.share(counts.passes, of: counts.passes + counts.alarms) }
    /// The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); nil where nothing is positive and nothing was called so.
    public var f1: Double? { Self.share(2 * counts.hits, of: 2 * counts.hits + counts.alarms + counts.misses) }
    /// The mean of recall and specificity; nil where a class is missing.
    public var balancedAccuracy: Double? {
        guard let recall, let specificity else { return nil }
        return (recall + specificity) / 2
    }
    /// Youden's J: recall and specificity less one (Youden 1950); nil where a class is missing.
    public var youden: Double? { balancedAccuracy.map { 2 * $0 - 1 } }
    /// Matthews' correlation of calls and truths, -1…1 (Matthews 1975); 0 where all rows are called the same, as scikit-learn has it.
    public var mcc: Double {
        let (hits, alarms, misses, passes) = counts
        // Root by root: four counts of millions multiplied lose digits.
        let scale =
            (hits + alarms).squareRoot() * (hits + misses).squareRoot() * (passes + alarms).squareRoot() * (passes + misses).squareRoot()
        return scale > 0 ? (hits * passes - alarms * misses) / scale : 0
    }

    /// What its mistakes cost together.
    public func cost(falsePositive: Double, falseNegative: Double) -> Double {
        counts.alarms * falsePositive + counts.misses * falseNegative
    }

    /// A figure of it; nil where the rows do not allow it.
    public func figure(_ figure: DecisionFigure) -> Double? {
        switch figure {
        case .f1: f1
        case .mcc: mcc
        case .balancedAccuracy: balancedAccuracy
        case .youden: youden
        case .accuracy: accuracy
        }
    }

    private static func share(_ part: Double, of whole: Double) -> Double? { whole > 0 ? part / whole : nil }
}

/// What a threshold can be best by.
public enum DecisionFigure: String, Codable, Sendable, CaseIterable {
    /// The harmonic mean of precision and recall.
    case f1
    /// Matthews' correlation.
    case mcc
    /// The mean of both classes' recall.
    case balancedAccuracy = "balanced-accuracy"
    /// Youden's J: the same threshold as by balanced accuracy.
    case youden
    /// The share of right calls.
    case accuracy
}
