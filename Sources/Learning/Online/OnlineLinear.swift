public import Tabular

/// Linear regression that learns row by row: FTRL-proximal on half the squared error, a step of its own for each column, at eight
/// rates side by side that are weighed by how well they answer.
///
/// Targets count in standard deviations from their mean over the rows that the layout was learnt from, so that rates mean the same for every unit.
public struct OnlineLinear: Estimator {
    /// `online-linear`.
    public static let name = "online-linear"
    /// One sentence.
    public static let summary = "linear regression that learns row by row: follows what changes, goes on from where it was"
    /// Numbers.
    public static let tasks: [PredictionTask] = [.regression]
    /// None: it learns label by label, each once.
    public static var roles: Set<FeatureRole> { [] }
    /// Weights and memory.
    public static var fitted: any FittedAlgorithm.Type { OnlineLinearModel.self }
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
        let (center, scale) = try Self.unit(rows.targets)
        let start = OnlineKnowledge(layout: layout, rates: OnlineRates(settings), center: center, scale: scale)
        let fit = OnlineFit(rows: rows, validation: validation, passes: settings.integer("passes"), isLogistic: false)
        return OnlineLinearModel(knowledge: try fit.run(from: start, hooks: hooks))
    }

    /// Mean and standard deviation; 1 for targets that do not vary.
    static func unit(_ targets: [Double]) throws(LearningFailure) -> (center: Double, scale: Double) {
        let count = Double(max(1, targets.count))
        let center = targets.reduce(0) { $0 + $1 / count }
        let variance = targets.reduce(0) { $0 + ($1 - center) * ($1 - center) / count }
        guard center.isFinite, variance.isFinite else { throw .diverged(iteration: 0) }
        return (center, variance > 0 ? variance.squareRoot() : 1)
    }
}
