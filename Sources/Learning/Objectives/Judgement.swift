public import Tabular

/// By what answers are judged: the loss that they were made for, and how often each row counts.
public struct Judgement: Sendable, Equatable {
    /// Of a number; of no meaning where classes are predicted.
    public var objective: Objective
    /// One a row; empty where all count once.
    public var weights: [Double]

    /// By squares, all rows alike, unless something else is said.
    public init(objective: Objective = .squared, weights: [Double] = []) {
        self.objective = objective
        self.weights = weights
    }

    /// That of a version trained with these settings, on these rows; where its algorithm knows no objective, that of another's settings.
    public init(_ rows: LabelledRows, settings: [String: String], other: [String: String] = [:]) {
        let hasExposure = rows.schema.index(of: .exposure) != nil
        func named(_ settings: [String: String]) -> Objective? { Objective(settings: settings, hasExposure: hasExposure) }
        self.init(
            objective: named(settings) ?? named(other) ?? .squared,
            weights: rows.values(of: .weight) ?? [])
    }

    /// The figure by which versions are compared.
    public func primary(_ task: PredictionTask) -> String { task == .regression ? objective.figure : Evaluation.primary(task) }

    /// The same of some of the rows.
    public func selecting(_ places: [Int]) -> Judgement {
        Judgement(objective: objective, weights: weights.isEmpty ? [] : places.map { weights[$0] })
    }

    /// Values whose plain mean is the weighted mean of these, and whose variance is that of the weighted mean: m + wᵢ (xᵢ − m) / w̄.
    ///
    /// The weighted mean is a ratio of means; this is its linear part (the delta method).
    func weighed(_ values: [Double]) -> [Double] {
        guard weights.count == values.count else { return values }
        let total = weights.reduce(0, +)
        guard total > 0 else { return values }
        let mean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / total
        let average = total / Double(weights.count)
        return zip(weights, values).map { mean + $0 * ($1 - mean) / average }
    }
}
