import Foundation
public import Tabular

/// Logistic regression with L2 and L1 penalties, by Newton's method.
///
/// Minimises ½ λ ‖w‖² + λ₁ Σ|w| + Σ cᵢ log(1 + e^(−y(w·x + b))), the intercept b not penalised: what scikit-learn minimises with C = 1/λ.
public struct Logistic: Estimator {
    /// `logistic`.
    public static let name = "logistic"
    /// One sentence.
    public static let summary = "logistic regression: linear, calibrated, quick, easy to read"
    /// Two classes.
    public static let tasks: [PredictionTask] = [.binary]
    /// Weights.
    public static var fitted: any FittedAlgorithm.Type { LogisticModel.self }
    /// Penalties and stopping.
    public static let parameters = [
        ParameterSpec(
            name: "l2", summary: "strength λ of the penalty on the weights", kind: .real(0.000_001...1_000_000), defaultText: "1.0",
            search: .logarithmic(0.001...1_000)),
        ParameterSpec(
            name: "l1", summary: "strength of the penalty that sets useless weights to zero", kind: .real(0...1_000_000), defaultText: "0",
            search: .zeroOrLogarithmic(0.01...100)),
        ParameterSpec(name: "iterations", summary: "most Newton steps", kind: .integer(1...200), defaultText: "50"),
        ParameterSpec(
            name: "tolerance", summary: "largest gradient entry, a row, at which it stops", kind: .real(0.000_000_000_001...0.1),
            defaultText: "0.00000001"),
        ClassWeights.parameter, DesignLayout.minCount,
    ]

    private let settings: Settings

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) { self.settings = try Settings(settings, for: Self.parameters) }

    /// Learns.
    ///
    /// Complexity: O(iterations · rows · fill²), fill being a row's columns that are not zero; memory O(columns² + rows · fill).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        let layout = try DesignLayout(rows, minCount: settings.integer("min-count"), hooks: hooks)
        let bound = BoundLayout(layout, rows.schema, rows.categories)
        let weightByClass = try ClassWeights.weights(settings.text("class-weights"), rows)
        let objective = LogisticObjective(
            try SparseRows(rows, bound, hooks: hooks), targets: rows.targets, weightByClass: weightByClass,
            weightByRow: rows.values(of: .weight) ?? [], penalty: settings.real("l2"), team: WorkerTeam(threads: hooks.threads))
        let watched = try validation.map { rows throws(LearningFailure) in (try SparseRows(rows, bound, hooks: hooks), rows.targets) }
        let solver = NewtonSolver(
            objective: objective, l1: settings.real("l1"), iterations: settings.integer("iterations"), tolerance: settings.real("tolerance")
        )
        let positives = rows.targets.count { $0 > 0.5 }
        let rate = weightByClass.isEmpty ? (Double(positives) + 0.5) / (Double(rows.count) + 1) : 0.5
        let weights = try solver.solve(start: log(rate / (1 - rate)), rows: rows.count, hooks: hooks) { weights throws(LearningFailure) in
            watched.map { Self.loss(weights, $0, $1) }
        }
        return LogisticModel(LinearWeights(layout: layout, weights: weights))
    }

    /// The rows without their zeros, and a Hessian for each sum.
    public func memoryNeeded(rows: Int, schema: Schema) -> Int {
        MemoryEstimate.sparse(rows, schema)
            + MemoryEstimate.cells(MemoryEstimate.columns(schema), MemoryEstimate.columns(schema), bytes: 8 * 5)
    }

    /// The mean log loss of some rows.
    private static func loss(_ weights: [Double], _ rows: SparseRows, _ targets: [Double]) -> Double {
        var sum = 0.0
        for row in 0..<rows.count {
            var score = weights[rows.width]
            for index in rows.starts[row]..<rows.starts[row + 1] { score += weights[Int(rows.columns[index])] * rows.values[index] }
            sum += Sigmoid.loss(score, target: targets[row])
        }
        return sum / Double(max(1, rows.count))
    }
}
