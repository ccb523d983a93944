import Foundation
public import Tabular

/// How much each feature matters to a model on some rows.
public struct GlobalImportance: Codable, Sendable, Equatable {
    /// One feature.
    public struct Entry: Codable, Sendable, Equatable {
        /// Its name.
        public var feature: String
        /// The mean size of what it adds to the raw scores, all outputs together: mean |SHAP|.
        public var meanAbsoluteContribution: Double
        /// By how much the primary figure gets worse when the feature's values are shuffled among the rows; below zero by chance.
        public var permutation: Double
        /// Lower end of the permutation's 95 % interval over repeats (Student's t).
        public var permutationLower: Double
        /// Upper end.
        public var permutationUpper: Double
    }

    /// Every feature, the largest mean |SHAP| first.
    public var entries: [Entry]
    /// How contributions were made.
    public var method: String
    /// The figure that permutations were judged by: `auc`, `rmse`.
    public var metric: String
    /// Rows whose contributions were averaged.
    public var explainedRows: Int
    /// Rows that were shuffled.
    public var permutedRows: Int
    /// Times that each feature was shuffled.
    public var repeats: Int
}

extension Model {
    private static let mostExplained = 256
    private static let mostPermuted = 5_000
    private static let repeats = 5
    /// Student's t for four degrees of freedom.
    private static let t = 2.776_445_105_197_793

    /// Mean |SHAP| and permutation importance on held-out rows, of at most 256 and 5,000 rows spread over them.
    ///
    /// Shuffling a feature breaks its tie to the truth and leaves its distribution (Breiman 2001). The same rows and seed give the same figures.
    /// Complexity: 5 · width predictions of the rows, and an explanation of each explained one.
    ///
    /// - Throws: `.misshapen`, `.missingFeature`, `.otherKind`, `.tooFewRows`, `.cancelled`.
    public func globalImportance(
        _ rows: LabelledRows, seed: UInt64 = 0, hooks: TrainingHooks = TrainingHooks()
    ) throws(LearningFailure) -> GlobalImportance {
        let rows = try aligned(rows)
        guard rows.count > 1 else { throw .tooFewRows(found: rows.count, needed: 2) }
        let explainer = try explainer(categories: rows.categories, seed: seed)
        let sample = Self.spread(rows, Self.mostExplained)
        let stride = schema.width + 1
        var sizes = [Double](repeating: 0, count: schema.width)
        for row in 0..<sample.count {
            try hooks.checkpoint()
            let parts = explainer.contributions(
                Array(sample.features[(row * schema.width)..<((row + 1) * schema.width)]), count: 1)
            for index in parts.indices where index % stride < schema.width { sizes[index % stride] += abs(parts[index]) }
        }
        let permuted = Self.spread(rows, Self.mostPermuted)
        let drops = try permutations(permuted, seed: seed, hooks: hooks)
        let entries = schema.features.enumerated().map { index, feature in
            let mean = drops[index].reduce(0, +) / Double(Self.repeats)
            let variance = drops[index].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Self.repeats - 1)
            let half = Self.t * (variance / Double(Self.repeats)).squareRoot()
            return GlobalImportance.Entry(
                feature: feature.name, meanAbsoluteContribution: sizes[index] / Double(sample.count), permutation: mean,
                permutationLower: mean - half, permutationUpper: mean + half)
        }
        return GlobalImportance(
            entries: entries.sorted {
                ($1.meanAbsoluteContribution, $0.feature) < ($0.meanAbsoluteContribution, $1.feature)
            }, method: explainer.method, metric: Evaluation.primary(schema.target.task), explainedRows: sample.count,
            permutedRows: permuted.count, repeats: Self.repeats)
    }

    /// For each feature, how much worse the primary figure gets, once a repeat.
    private func permutations(_ rows: LabelledRows, seed: UInt64, hooks: TrainingHooks) throws(LearningFailure) -> [[Double]] {
        let predictor = predictor(categories: rows.categories)
        let target = schema.target
        func figure(_ features: [Double]) -> Double {
            let scores = predictor.scores(features, count: rows.count)
            let metrics = Evaluation.metrics(scores: scores, targets: rows.targets, task: target.task, classes: target.classes)
            let primary = metrics.first { $0.name == Evaluation.primary(target.task) }
            return primary.map { $0.higherIsBetter ? $0.value : -$0.value } ?? 0
        }
        let whole = figure(rows.features)
        var random = SplitMix64(state: seed)
        var result: [[Double]] = []
        for feature in 0..<schema.width {
            var drops: [Double] = []
            for _ in 0..<Self.repeats {
                try hooks.checkpoint()
                var shuffled = rows.features
                let order = (0..<rows.count).shuffled(using: &random)
                for row in 0..<rows.count {
                    shuffled[row * schema.width + feature] = rows.features[order[row] * schema.width + feature]
                }
                drops.append(whole - figure(shuffled))
            }
            result.append(drops)
        }
        return result
    }

    private static func spread(_ rows: LabelledRows, _ most: Int) -> LabelledRows {
        guard rows.count > most else { return rows }
        return rows.selecting((0..<most).map { $0 * rows.count / most })
    }
}
