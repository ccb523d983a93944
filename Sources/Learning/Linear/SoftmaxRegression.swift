import Foundation
public import Tabular

/// Multinomial logistic regression with L2 and L1 penalties, by L-BFGS.
///
/// Minimises ½ λ ‖W‖² + λ₁ Σ|W| + Σ cᵢ (log Σₖ e^(Wₖ·x + bₖ) − (W_yᵢ·x + b_yᵢ)), the intercepts not penalised: what scikit-learn minimises with
/// C = 1/λ. The intercepts sum to zero, as the weights of each column do at the minimum without L1.
public struct SoftmaxRegression: Estimator {
    /// `softmax`.
    public static let name = "softmax"
    /// One sentence.
    public static let summary = "logistic regression for several classes: linear, quick, easy to read"
    /// Several classes.
    public static let tasks: [PredictionTask] = [.multiclass]
    /// Weights.
    public static var fitted: any FittedAlgorithm.Type { SoftmaxModel.self }
    /// Penalty and stopping.
    public static let parameters = [
        ParameterSpec(
            name: "l2", summary: "strength λ of the penalty on the weights", kind: .real(0.000_001...1_000_000), defaultText: "1.0",
            search: .logarithmic(0.001...1_000)),
        ParameterSpec(
            name: "l1", summary: "strength of the penalty that sets useless weights to zero", kind: .real(0...1_000_000), defaultText: "0",
            search: .zeroOrLogarithmic(0.01...100)),
        ParameterSpec(name: "iterations", summary: "most L-BFGS steps", kind: .integer(1...10_000), defaultText: "500"),
        ParameterSpec(
            name: "tolerance", summary: "largest gradient entry, a row, at which it stops", kind: .real(0.000_000_000_001...0.1),
            defaultText: "0.0000001"),
        ClassWeights.parameter, DesignLayout.minCount,
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns.
    ///
    /// Complexity: O(iterations · rows · fill · classes), fill being a row's columns that are not zero.
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        let classes = rows.schema.target.classes.count
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: hooks)
        let bound = BoundLayout(layout, rows.schema, rows.categories)
        let weightByClass = try ClassWeights.weights(settings.text("class-weights"), rows)
        let objective = SoftmaxObjective(
            try SparseRows(rows, bound, hooks: hooks), targets: rows.targets, classes: classes, weightByClass: weightByClass,
            weightByRow: rows.values(of: .weight) ?? [], penalty: settings.real("l2"), team: WorkerTeam(threads: hooks.threads))
        let watched = try validation.map { rows throws(LearningFailure) in
            SoftmaxTerms(try SparseRows(rows, bound, hooks: hooks), targets: rows.targets, classes: classes)
        }
        let iterations = settings.integer("iterations")
        let solver = LimitedMemory(
            iterations: iterations, tolerance: settings.real("tolerance"), l1: settings.real("l1") / Double(rows.count),
            penalised: layout.columns * classes)
        var weights = try solver.minimise(
            from: [Double](repeating: 0, count: (layout.columns + 1) * classes)
        ) { point, gradient throws(LearningFailure) in
            try objective.evaluate(point, &gradient, hooks: hooks)
        } report: { iteration, value, point throws(LearningFailure) in
            // Most fits need some dozen steps; how many is not known before.
            let done = 1 - 1 / (1 + Double(iteration) / 30)
            hooks.report(
                TrainingProgress(
                    stage: "fitting", iteration: iteration, iterations: iterations, trainLoss: value,
                    validationLoss: watched?.meanLoss(point), fraction: 0.2 + 0.65 * done,
                    secondsLeft: nil))
        }
        // A number added to all intercepts changes no probability.
        let intercepts = weights.suffix(classes)
        let shift = intercepts.reduce(0, +) / Double(classes)
        for index in intercepts.indices { weights[index] -= shift }
        guard weights.allSatisfy(\.isFinite) else { throw .diverged(iteration: iterations) }
        return SoftmaxModel(layout: layout, classes: classes, weights: weights)
    }

    /// The rows without their zeros, and the steps that are remembered.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int {
        MemoryEstimate.sparse(rows, schema)
            + MemoryEstimate.cells(MemoryEstimate.columns(schema), schema.target.classes.count, bytes: 8 * 32)
    }
}
