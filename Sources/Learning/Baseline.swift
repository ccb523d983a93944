public import Tabular

/// Predicts the mean of the training part: what every other algorithm must beat.
public struct Baseline: Estimator {
    /// `baseline`.
    public static let name = "baseline"
    /// One sentence.
    public static let summary = "predicts the training part's mean or rate: what the others must beat"
    /// All but several classes.
    public static let tasks: [PredictionTask] = [.binary, .regression]
    /// A constant.
    public static var fitted: any FittedAlgorithm.Type { ConstantModel.self }
    /// None.
    public static let parameters: [ParameterSpec] = []

    /// Takes no settings.
    public init(settings: [String: String]) throws(LearningFailure) { _ = try Settings(settings, for: Self.parameters) }

    /// The mean of the targets.
    ///
    /// Complexity: O(rows).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        try rows.check(for: Self.self)
        try hooks.checkpoint()
        let mean = rows.targets.reduce(0, +) / Double(rows.count)
        guard mean.isFinite else { throw .diverged(iteration: 0) }
        return ConstantModel(value: mean)
    }
}

/// A constant.
struct ConstantModel: FittedAlgorithm {
    static let name = Baseline.name
    let value: Double
    var notes: [String] { [] }

    init(value: Double) { self.value = value }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        value = try reader.real()
        guard value.isFinite else { throw .corruptArtefact("its constant is no number") }
    }

    func encode(into writer: inout ArtefactWriter) { writer.real(value) }

    func predictor(schema: Schema, categories: CategoryDictionary) -> any Predictor { ConstantPredictor(width: schema.width, value: value) }

    func importance(schema: Schema) -> [Double] { [Double](repeating: 0, count: schema.width) }
}

private final class ConstantPredictor: Predictor {
    let width: Int
    let outputs = 1
    private let value: Double

    init(width: Int, value: Double) {
        self.width = width
        self.value = value
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { result.pointee = value }
}
