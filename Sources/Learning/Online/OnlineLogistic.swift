public import Tabular

/// Logistic regression that learns row by row: FTRL-proximal, a step of its own for each column, at eight rates side by side that are
/// weighed by how well they answer.
///
/// In the running engine it learns from each label as it arrives, through `OnlineLearner`; `fit` reads the rows once, in their order.
public struct OnlineLogistic: Estimator {
    /// `online-logistic`.
    public static let name = "online-logistic"
    /// One sentence.
    public static let summary = "logistic regression that learns row by row: follows what changes, goes on from where it was"
    /// Two classes.
    public static let tasks: [PredictionTask] = [.binary]
    /// None: it learns label by label, each once.
    public static var roles: Set<FeatureRole> { [] }
    /// Weights and memory.
    public static var fitted: any FittedAlgorithm.Type { OnlineLogisticModel.self }
    /// Rates and penalties.
    public static let parameters = OnlineRates.parameters

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns the rows in their order.
    ///
    /// Complexity: O(passes · rows · columns of a row).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: hooks)
        let start = OnlineKnowledge(layout: layout, rates: OnlineRates(settings))
        let fit = OnlineFit(rows: rows, validation: validation, passes: settings.integer("passes"), isLogistic: true)
        return OnlineLogisticModel(knowledge: try fit.run(from: start, hooks: hooks))
    }
}
