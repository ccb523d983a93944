/// What every threshold makes of a version's held-out rows: found once when it is trained, and kept with its report.
///
/// A step is a score that rows have, from the largest down, with how many rows reach it and how many of these are positive. Of few rows all steps
/// are kept; of 500 and more a bounded number, the first ones all, then ever wider apart up to 1/250 of the rows, so that a threshold that calls few rows is
/// told exactly and any other within 0.4 % of the rows.
public struct DecisionTable: Sendable, Equatable {
    /// One step.
    public struct Step: Sendable, Equatable {
        /// The score: a threshold that calls exactly the rows that reach it.
        public var threshold: Double
        /// What it makes of the rows.
        public var confusion: DecisionCounts

        /// Makes a step.
        public init(threshold: Double, confusion: DecisionCounts) {
            self.threshold = threshold
            self.confusion = confusion
        }
    }

    /// The rows down to a tenth, two tenths, … of all, the best scores first.
    public struct Gain: Codable, Sendable, Equatable {
        /// Rows from the first on.
        public var rows: Int
        /// Positive ones among them; where equal scores are cut, in proportion.
        public var hits: Double
        /// The least score among them.
        public var threshold: Double
    }

    /// Positive rows.
    public private(set) var positives: Int
    /// Negative rows.
    public private(set) var negatives: Int
    /// The steps' scores, falling.
    private var thresholds: [Double]
    /// Rows that reach each.
    private var called: [Int]
    /// Positive ones of these.
    private var hits: [Int]
    /// By tenths of the rows.
    public private(set) var gains: [Gain]
    /// Whether every score that a row has is a step.
    public private(set) var isExact: Bool

    /// Steps that are no further apart than this share of the rows.
    private static let widest = 250
    /// How much further down the next step is, as a share of the way so far.
    private static let growth = 0.05
    private static let tenths = 10

    /// Sorts the rows by their scores; nil without rows, where a score is no number, or where a class is missing.
    ///
    /// Complexity: O(n log n).
    ///
    /// - Parameters:
    ///   - scores: probabilities of the positive class, one a row.
    ///   - targets: above one half for a positive row.
    public init?(scores: [Double], targets: [Double]) {
        guard !scores.isEmpty, scores.count == targets.count, scores.allSatisfy(\.isFinite) else { return nil }
        positives = targets.count { $0 > 0.5 }
        negatives = targets.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        (thresholds, called, hits, gains, isExact) = ([], [], [], [], true)
        var walk = Walk(count: order.count)
        while walk.end < order.count {
            walk.begin()
            let score = scores[order[walk.start]]
            while walk.end < order.count, scores[order[walk.end]] == score {
                if targets[order[walk.end]] > 0.5 { walk.hits += 1 }
                walk.end += 1
            }
            addGains(walk, score)
            let next = walk.end < order.count ? scores[order[walk.end]] : nil
            // The usual threshold is told exactly, whatever else is.
            let isUsual = score >= DecisionThreshold.standard && next.map { $0 < DecisionThreshold.standard } ?? true
            guard walk.isDue || isUsual || next == nil else {
                isExact = false
                continue
            }
            walk.keep()
            thresholds.append(score)
            called.append(walk.end)
            hits.append(walk.hits)
        }
    }

    /// Where the walk down the scores is.
    private struct Walk {
        let count: Int
        var start = 0
        /// Rows so far.
        var end = 0
        /// Positive ones among them.
        var hits = 0
        private(set) var before = 0
        private var due = 0

        init(count: Int) { self.count = count }

        mutating func begin() { (start, before) = (end, hits) }

        var isDue: Bool { end >= due }

        mutating func keep() {
            due = end + max(1, Int(min(Double(end) * DecisionTable.growth, Double(count) / Double(DecisionTable.widest))))
        }
    }

    private mutating func addGains(_ walk: Walk, _ score: Double) {
        while gains.count < Self.tenths {
            let rows = walk.count * (gains.count + 1) / Self.tenths
            guard rows <= walk.end else { return }
            // Rows of one score have no order: each is as likely to be among the first as another.
            let share = rows > walk.start ? Double(rows - walk.start) / Double(walk.end - walk.start) : 0
            gains.append(Gain(rows: rows, hits: Double(walk.before) + share * Double(walk.hits - walk.before), threshold: score))
        }
    }

    /// Rows.
    public var rows: Int { positives + negatives }
    /// Share of positive rows.
    public var prevalence: Double { Double(positives) / Double(max(1, rows)) }
    /// The largest score.
    public var highest: Double { thresholds.first ?? 0 }
    /// How many steps there are.
    public var count: Int { thresholds.count }

    /// A step, from the largest score down.
    public subscript(index: Int) -> Step { Step(threshold: thresholds[index], confusion: confusion(called[index], hits[index])) }

    /// All of them.
    public var steps: [Step] { thresholds.indices.map { self[$0] } }

    private func confusion(_ called: Int, _ hits: Int) -> DecisionCounts {
        DecisionCounts(
            truePositives: hits, falsePositives: called - hits, falseNegatives: positives - hits, trueNegatives: negatives - (called - hits)
        )
    }

    /// What a threshold makes of the rows: exactly where all steps are kept, else by the next step above it.
    ///
    /// Complexity: O(log steps).
    public func confusion(at threshold: Double) -> DecisionCounts {
        var (low, high) = (0, thresholds.count)
        while low < high {
            let middle = (low + high) / 2
            if thresholds[middle] >= threshold { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? confusion(0, 0) : confusion(called[low - 1], hits[low - 1])
    }
}

extension DecisionTable: Codable {
    private enum CodingKeys: String, CodingKey { case positives, negatives, thresholds, called, hits, gains, isExact }

    /// What is stored is checked as a whole: nothing that is counted with it later can overflow.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        positives = try values.decode(Int.self, forKey: .positives)
        negatives = try values.decode(Int.self, forKey: .negatives)
        thresholds = try values.decode([Double].self, forKey: .thresholds)
        called = try values.decode([Int].self, forKey: .called)
        hits = try values.decode([Int].self, forKey: .hits)
        gains = try values.decode([Gain].self, forKey: .gains)
        isExact = try values.decode(Bool.self, forKey: .isExact)
        guard isSound else {
            throw DecodingError.dataCorruptedError(forKey: .called, in: values, debugDescription: "its counts do not fit together")
        }
    }

    private var isSound: Bool {
        let most = Int(Int32.max) * 1_024
        guard (1...most).contains(positives), (1...most).contains(negatives), !thresholds.isEmpty, thresholds.count == called.count,
            called.count == hits.count, thresholds.allSatisfy(\.isFinite), zip(thresholds, thresholds.dropFirst()).allSatisfy({ $0 > $1 }),
            zip(called, called.dropFirst()).allSatisfy({ $0 < $1 }), zip(hits, hits.dropFirst()).allSatisfy({ $0 <= $1 }),
            let first = called.first, let last = called.last, let fewest = hits.first, first > 0, fewest >= 0, last == rows
        else { return false }
        return zip(called, hits).allSatisfy { $1 <= min($0, positives) && $0 - $1 <= negatives }
            && gains.allSatisfy { (0...rows).contains($0.rows) && $0.hits.isFinite && $0.threshold.isFinite }
    }
}
