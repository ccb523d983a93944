package import Tabular

/// Labels of one deployment that were refused for their value, and how many came in all, since somebody last asked.
package struct LabelRefusals: Sendable, Equatable {
    package private(set) var counts: [TargetRefusal: Int64] = [:]
    package private(set) var labels: Int64 = 0

    package init() {}

    /// Notes one label.
    package mutating func note(_ refusal: TargetRefusal?) {
        labels += 1
        if let refusal { counts[refusal, default: 0] += 1 }
    }

    /// Adds what came later.
    mutating func add(_ other: LabelRefusals) {
        labels += other.labels
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    /// Refused ones.
    package var refused: Int64 { counts.values.reduce(0, +) }
}

/// Tells when most labels of a deployment are refused: a client that writes the truth in another way than the classes are named.
package struct RefusalWatch: Sendable {
    /// Labels from which a judgement is made: a few mistyped ones are no pattern.
    package static let fewest: Int64 = 20

    /// What a stretch of labels says.
    package enum Verdict: Equatable, Sendable {
        case mostAreRefused(Int64, of: Int64)
        case fewAreRefused
    }

    private var total = LabelRefusals()
    private var refused: Int64 = 0
    private var labels: Int64 = 0

    package init() {}

    /// All that were refused since the start, by why.
    var byReason: [String: Int64] { Dictionary(total.counts.map { ($0.rawValue, $1) }, uniquingKeysWith: +) }

    /// Takes what came; nil until there are enough labels since the last verdict.
    package mutating func take(_ batch: LabelRefusals) -> Verdict? {
        total.add(batch)
        refused += batch.refused
        labels += batch.labels
        guard labels >= Self.fewest else { return nil }
        defer { (refused, labels) = (0, 0) }
        return refused * 2 > labels ? .mostAreRefused(refused, of: labels) : .fewAreRefused
    }
}
