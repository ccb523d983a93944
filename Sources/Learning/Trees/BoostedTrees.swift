public import Tabular

/// Gradient boosting of leaf-wise histogram trees, for classes (log loss) and numbers (squared loss).
///
/// Second-order gains and leaf values (Chen and Guestrin 2016), leaf-wise growth on histograms with subtraction and category subsets sorted
/// by gradient ratio (Ke et al. 2017), gradients in whole levels (Shi et al. 2022): `GradientPacking`.
public struct BoostedTrees: Estimator {
    /// `boosted-trees`.
    public static let name = "boosted-trees"
    /// One sentence.
    public static let summary = "boosted decision trees: strong on tables, takes missing values and categories as they are"
    /// All.
    public static let tasks: [PredictionTask] = [.binary, .multiclass, .regression]
    /// Weights, and exposures of rates.
    public static var roles: Set<FeatureRole> { [.weight, .exposure] }
    /// Trees.
    public static var fitted: any FittedAlgorithm.Type { TreeEnsemble.self }
    /// Size, speed and regularisation.
    public static let parameters = [
        ParameterSpec(
            name: "trees", summary: "number of trees", kind: .integer(1...10_000), defaultText: "100", search: .logarithmic(30...500)),
        ParameterSpec(
            name: "leaves", summary: "most leaves a tree", kind: .integer(2...1_024), defaultText: "31", search: .logarithmic(4...128)),
        ParameterSpec(
            name: "learning-rate", summary: "share of each tree's answer that is added", kind: .real(0.001...1), defaultText: "0.1",
            search: .logarithmic(0.02...0.3)),
        ParameterSpec(
            name: "min-leaf", summary: "fewest rows a leaf", kind: .integer(1...1_000_000), defaultText: "20", search: .logarithmic(5...300)
        ),
        ParameterSpec(
            name: "l2", summary: "penalty λ on leaf values", kind: .real(0...1_000_000), defaultText: "1.0", search: .logarithmic(0.1...100)
        ),
        Objective.parameter, Objective.level, Objective.power,
        ParameterSpec(name: "bins", summary: "most bins a feature", kind: .integer(4...255), defaultText: "255"),
        ParameterSpec(
            name: "patience",
            summary: "trees without a better loss on the last 15 % of the rows after which their number is settled; 0: all trees",
            kind: .integer(0...10_000), defaultText: "0"),
        ParameterSpec(
            name: "monotone", summary: "numeric columns with which the score may only rise (+) or only fall (-)", kind: .directions,
            defaultText: "none"),
        ClassWeights.parameter,
        ParameterSpec(
            name: "interactions",
            summary:
                "groups of columns that may act together: a branch asks for columns of one group; those that are not named form one more",
            kind: .groups, defaultText: "none"),
        ParameterSpec(
            name: "row-share", summary: "share of the rows, drawn anew, that each tree learns from", kind: .real(0.05...1),
            defaultText: "1"),
        ParameterSpec(
            name: "column-share", summary: "share of the columns, drawn anew, that each tree may ask for", kind: .real(0.05...1),
            defaultText: "1"),
    ]

    /// Share of the rows that settles the number of trees, when patience asks for it.
    private static let settlingShare = 0.15

    private var settings: TreeSettings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) {
        self.settings = TreeSettings(texts: try Settings(settings, for: Self.parameters))
    }

    /// The same with less memory for histograms, which costs time and changes no result.
    package func sparing(histogramBytes: Int) -> Self {
        var copy = self
        copy.settings.histogramBytes = histogramBytes
        return copy
    }

    /// Learns.
    ///
    /// Complexity: O(trees · rows · features · depth) and O(features · rows log rows) for the bins.
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try grow(rows, validation: validation, seed: seed, hooks: hooks).fitted()
    }

    /// Bins row by row and input by input, the words, places, scores and probabilities of the rows, the histograms, and the rows that bins are
    /// learnt from; with patience also the rows a second time, in two parts.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int {
        let inputs = TreeInputs(schema).count
        let bins = MemoryEstimate.cells(rows, 3 * inputs, bytes: 1)
        let own = MemoryEstimate.cells(rows, 4 + 2 * schema.target.outputs, bytes: 8)
        let histograms = MemoryEstimate.cells(settings.leaves + 2, 256 * inputs, bytes: MemoryLayout<BinSums>.stride)
        let parts = settings.patience > 0 ? rows : min(rows, Binning.sampleRows)
        let copies = MemoryEstimate.cells(parts, schema.width, bytes: 8)
        // Each is at most a quarter of what a number holds, and the last far less.
        return bins + own + copies + min(settings.histogramBytes, histograms)
    }

    /// Learns, and keeps the trainer's own scores of the rows.
    package func grow(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> Boosting {
        try rows.check(for: Self.self)
        let patience = settings.patience
        var keeper = CheckpointKeeper(hooks.checkpoints, rows: rows, settings: settings.texts, seed: seed)
        let saved = keeper?.load(schema: rows.schema)
        var wanted = settings.rounds
        var notes: [String] = []
        if patience > 0 {
            // Settled on rows of the training part alone: the rows that judge the version must not choose its size as well.
            let (first, last) = rows.split(holdout: Self.settlingShare)
            if let saved, saved.isSettled {
                wanted = saved.wanted
            } else {
                var trial = try Boosting(first, validation: last, settings: settings, seed: seed, span: 0...0.4, from: saved, hooks: hooks)
                try trial.run(rounds: wanted, patience: patience, keeper: &keeper, isSettled: false, hooks: hooks)
                wanted = max(1, trial.best.rounds)
            }
            notes.append("\(wanted) trees: the loss on the last \(last.count) training rows was least there")
        }
        var boosting = try Boosting(
            rows, validation: validation, settings: settings, seed: seed, span: (patience > 0 ? 0.4 : 0)...0.85,
            from: saved?.isSettled == true ? saved : nil, hooks: hooks)
        boosting.notes = notes
        try boosting.run(rounds: wanted, patience: 0, keeper: &keeper, isSettled: true, hooks: hooks)
        return boosting
    }
}
