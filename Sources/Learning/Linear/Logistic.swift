public import Tabular

/// Logistic regression with an L2 penalty, by Newton's method on OpenBLAS.
///
/// Minimises ½ λ ‖w‖² + Σ log(1 + e^(−y(w·x + b))), the intercept b not penalised: what scikit-learn minimises with C = 1/λ.
public struct Logistic: Estimator {
    /// `logistic`.
    public static let name = "logistic"
    /// One sentence.
    public static let summary = "logistic regression: linear, calibrated, quick, easy to read"
    /// Two classes.
    public static let tasks: [PredictionTask] = [.binary]
    /// Weights.
    public static var fitted: any FittedAlgorithm.Type { LogisticModel.self }
    /// Penalty and stopping.
    public static let parameters = [
        ParameterSpec(
            name: "l2", summary: "strength λ of the penalty on the weights", kind: .real(0.000_001...1_000_000), defaultText: "1.0"),
        ParameterSpec(name: "iterations", summary: "most Newton steps", kind: .integer(1...200), defaultText: "50"),
        ParameterSpec(
            name: "tolerance", summary: "largest gradient entry, a row, at which it stops", kind: .real(0.000_000_000_001...0.1),
            defaultText: "0.00000001"),
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns.
    ///
    /// Complexity: O(iterations · rows · columns²) in BLAS; memory O(columns²).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        let layout = try DesignLayout(rows, hooks: hooks)
        var solver = NewtonSolver(rows: rows, layout: BoundLayout(layout, rows.schema, rows.categories), penalty: settings.real("l2"))
        let weights = try solver.solve(
            iterations: settings.integer("iterations"), tolerance: settings.real("tolerance"), validation: validation, hooks: hooks)
        return LogisticModel(LinearWeights(layout: layout, weights: weights))
    }
}
