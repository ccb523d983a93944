import Tabular

/// Weights that let each class count as much as any other.
enum ClassWeights {
    /// The setting that all classifiers share.
    static let parameter = ParameterSpec(
        name: "class-weights",
        summary:
            "none: every row counts the same; balanced: every class does, so a rare one is found more often and its probability overstated",
        kind: .choice(["none", "balanced"]), defaultText: "none")

    /// n / (k · nᵢ) by class index, as scikit-learn has it, k being the classes that occur; empty for numbers, which have none.
    ///
    /// Complexity: O(rows).
    static func balanced(_ rows: LabelledRows) -> [Double] {
        guard rows.schema.target.task != .regression else { return [] }
        var counts = [Double](repeating: 0, count: rows.schema.target.classes.count)
        for target in rows.targets { counts[Int(target)] += 1 }
        let present = Double(counts.count { $0 > 0 })
        return counts.map { $0 > 0 ? Double(rows.count) / (present * $0) : 0 }
    }
}
