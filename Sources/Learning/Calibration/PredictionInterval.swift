import Foundation

/// How far truths lie from a model's answers, as rows tell that it did not learn from: split-conformal prediction.
///
/// Vovk, Gammerman and Shafer 2005; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, algorithm 2. Of exchangeable rows the next one's truth
/// is within the bounds with at least the level's probability, whatever the distribution. Where a variance grows with a power of the mean,
/// distances are in its square root.
public struct PredictionInterval: Sendable, Equatable {
    /// The setting, which every training of a number takes.
    static let parameter = ParameterSpec(
        name: "interval", summary: "share of truths that a number's interval is to hold, such as 0.9, found on the held-out rows; 0: none",
        kind: .real(0...0.999), defaultText: "0")

    /// The share of truths within.
    public let level: Double
    /// To each side of an answer; times the answer's `power`.
    public let width: Double
    /// Half the power of the mean that the variance grows with; 0: the same width everywhere.
    public let power: Double
    /// Rows that told it.
    public let rows: Int

    /// The ⌈(n + 1) level⌉-th smallest distance; nil where there are too few rows for the level.
    ///
    /// Complexity: O(n log n).
    init?(level: Double, scores: [Double], targets: [Double], objective: Objective) {
        let power = (objective.variancePower ?? 0) / 2
        let rank = Int((Double(targets.count + 1) * level).rounded(.up))
        guard rank >= 1, rank <= targets.count, scores.count == targets.count else { return nil }
        let distances = zip(scores, targets).map { abs($0 - $1) / Self.unit($0, power) }.sorted()
        guard distances[rank - 1].isFinite else { return nil }
        self.level = level
        self.power = power
        width = distances[rank - 1]
        rows = targets.count
    }

    /// Nil at the end of the bytes: a model without intervals, as all of earlier releases are.
    static func read(_ reader: inout ArtefactReader) throws(LearningFailure) -> PredictionInterval? {
        guard !reader.isAtEnd else { return nil }
        guard try reader.text() == parameter.name else { throw .corruptArtefact("bytes after its end") }
        let interval = PredictionInterval(
            level: try reader.real(), width: try reader.real(), power: try reader.real(), rows: try reader.integer())
        guard interval.level > 0, interval.level < 1, interval.width >= 0, interval.width.isFinite, (0...1).contains(interval.power) else {
            throw .corruptArtefact("its interval is impossible")
        }
        return interval
    }

    private init(level: Double, width: Double, power: Double, rows: Int) {
        self.level = level
        self.width = width
        self.power = power
        self.rows = rows
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.text(Self.parameter.name)
        writer.real(level)
        writer.real(width)
        writer.real(power)
        writer.integer(rows)
    }

    /// What a distance from an answer is measured in.
    private static func unit(_ answer: Double, _ power: Double) -> Double { power > 0 ? pow(max(answer, 1e-12), power) : 1 }

    /// Where the truth of a row with that answer is expected; never below 0 where a variance grows with the mean, as these are of counts and amounts.
    public func bounds(_ answer: Double) -> (lower: Double, upper: Double) {
        let half = width * Self.unit(answer, power)
        return (power > 0 ? max(0, answer - half) : answer - half, answer + half)
    }
}
