public import Tabular

/// Predicts the mean of the training part, or its classes' shares: what every other algorithm must beat.
public struct Baseline: Estimator {
    /// `baseline`.
    public static let name = "baseline"
    /// One sentence.
    public static let summary = "predicts the training part's mean or rates: what the others must beat"
    /// All.
    public static let tasks: [PredictionTask] = PredictionTask.allCases
    /// Constants.
    public static var fitted: any FittedAlgorithm.Type { ConstantModel.self }
    /// None.
    public static let parameters: [ParameterSpec] = []

    /// Takes no settings.
    public init(settings: [String: String]) throws(LearningFailure) { _ = try Settings(settings, for: Self.parameters) }

    /// The mean of the targets, or each class's share of the rows.
    ///
    /// Complexity: O(rows).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        try hooks.checkpoint()
        let values = Self.constants(rows)
        guard values.allSatisfy(\.isFinite) else { throw .diverged(iteration: 0) }
        return ConstantModel(values: values)
    }

    /// What a row is answered without looking at it: one value, or one a class; where there is an exposure, what one of it is answered.
    ///
    /// The value with the least loss of its kind: a weighted mean, or a quantile.
    static func constants(_ rows: LabelledRows, for objective: Objective = .squared) -> [Double] {
        let weights = rows.values(of: .weight)
        let count = weights.map { max($0.reduce(0, +), 1e-300) } ?? Double(max(1, rows.count))
        func weight(_ row: Int) -> Double { weights?[row] ?? 1 }
        guard rows.schema.target.task == .multiclass else {
            if rows.schema.target.task == .regression, let level = objective.quantileLevel {
                return [WeightedQuantile.value(rows.targets, weights: weights ?? [], level: level)]
            }
            guard weights != nil || rows.schema.index(of: .exposure) != nil else { return [rows.targets.reduce(0, +) / count] }
            let sum = rows.targets.indices.reduce(0) { $0 + weight($1) * rows.targets[$1] }
            guard let exposures = rows.values(of: .exposure) else { return [sum / count] }
            return [sum / max(exposures.indices.reduce(0) { $0 + weight($1) * exposures[$1] }, 1e-300)]
        }
        var shares = [Double](repeating: 0, count: rows.schema.target.classes.count)
        for (row, target) in rows.targets.enumerated() { shares[Int(target)] += weight(row) }
        return shares.map { $0 / count }
    }

    /// The constants' answers, row-major `[rows, outputs]`.
    static func answers(_ constants: [Double], to rows: LabelledRows) -> [Double] {
        guard let exposures = rows.values(of: .exposure) else { return (0..<rows.count).flatMap { _ in constants } }
        return exposures.flatMap { exposure in constants.map { $0 * exposure } }
    }
}

/// Constants, one an output.
struct ConstantModel: FittedAlgorithm {
    static let name = Baseline.name
    let values: [Double]
    var notes: [String] { [] }

    init(values: [Double]) { self.values = values }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        values = try reader.reals()
        guard values.count == schema.target.outputs, values.allSatisfy(\.isFinite) else {
            throw .corruptArtefact("its constants do not fit its target")
        }
    }

    func encode(into writer: inout ArtefactWriter) { writer.reals(values) }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        ConstantPredictor(width: schema.width, values: values)
    }

    func importance(schema: Schema) -> [Double] { [Double](repeating: 0, count: schema.width) }
}

/// Says the same of every row: the baseline, and what a paused deployment answers with where a constant is its fallback.
package final class ConstantPredictor: Predictor {
    package let width: Int
    package let outputs: Int
    private let values: [Double]

    /// - Parameter values: one an output.
    package init(width: Int, values: [Double]) {
        self.width = width
        self.values = values
        outputs = values.count
    }

    package func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        for output in 0..<outputs { result[output] = values[output] }
    }
}
