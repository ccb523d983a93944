public import Tabular

/// Which class the held-out rows of each of several classes were called.
public struct ClassConfusion: Codable, Sendable, Equatable {
    /// Classes from which on it is too large to be looked at.
    public static let mostClasses = 30

    /// By true class, then by the class that was likeliest.
    public var counts: [[Int]]

    /// Counts the rows; nil for too many classes, or where a row is of none of them.
    ///
    /// Complexity: O(rows · classes).
    ///
    /// - Parameter scores: row-major `[rows, classes]`.
    init?(scores: [Double], targets: [Double], classes: Int) {
        guard (2...Self.mostClasses).contains(classes), !targets.isEmpty, scores.count == targets.count * classes else { return nil }
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        for (row, target) in targets.enumerated() {
            guard let truth = Int(exactly: target), (0..<classes).contains(truth) else { return nil }
            var best = 0
            for k in 1..<classes where scores[row * classes + k] > scores[row * classes + best] { best = k }
            counts[truth][best] += 1
        }
    }
}

/// What a version's answers decide on its held-out rows.
public struct DecisionReport: Codable, Sendable, Equatable {
    /// Of two classes: by every threshold.
    public var table: DecisionTable?
    /// Of several classes.
    public var classes: ClassConfusion?

    /// Looks at the held-out rows; nil for numbers, and where they allow neither.
    ///
    /// - Parameter scores: row-major `[rows, outputs]`.
    public init?(scores: [Double], targets: [Double], target: Target) {
        switch target.task {
        case .regression: return nil
        case .binary: table = DecisionTable(scores: scores, targets: targets)
        case .multiclass: classes = ClassConfusion(scores: scores, targets: targets, classes: target.classes.count)
        }
        if table == nil, classes == nil { return nil }
    }
}
