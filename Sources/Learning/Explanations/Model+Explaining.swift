public import Tabular

/// Explains a model's scores; bound to one dictionary.
public final class ModelExplainer: Sendable {
    /// The layout of rows.
    public let schema: Schema
    /// How contributions are made: `exact, linear`, `sampled, 64 orders`.
    public var method: String { explainer.method }
    let explainer: any Explainer
    /// What answers, correction and all.
    private let predictor: any Predictor
    private let calibration: String

    init(schema: Schema, explainer: any Explainer, predictor: any Predictor, calibration: String) {
        self.predictor = predictor
        self.calibration = calibration
        self.schema = schema
        self.explainer = explainer
    }

    /// Explains one raw row.
    ///
    /// - Throws: `.misshapen` for another number of values than the schema has features.
    public func explain(_ row: [Double]) throws(LearningFailure) -> Explanation {
        guard row.count == schema.width else { throw .misshapen(values: row.count, rows: 1, width: schema.width) }
        let target = schema.target
        let values = contributions(row, count: 1)
        let stride = schema.width + 1
        let answers = target.task == .regression ? [] : predictor.scores(row, count: 1)
        let outputs = (0..<explainer.outputs).map { output in
            let parts = Array(values[(output * stride)..<((output + 1) * stride - 1)])
            let base = values[(output + 1) * stride - 1]
            let position = target.task == .binary ? 1 : output
            let name = target.classes.indices.contains(position) ? target.classes[position] : target.name
            return Explanation.Output(
                name: name, base: base, score: parts.reduce(base, +), contributions: parts,
                probability: answers.indices.contains(output) ? answers[output] : nil)
        }
        return Explanation(
            method: method, unit: unit, calibration: calibration,
            features: schema.features.map(\.name),
            outputs: outputs)
    }

    private var unit: String {
        guard schema.target.task == .regression else { return "log-odds" }
        return explainer.isLogarithmic ? "log \(schema.target.name)" : schema.target.name
    }

    /// `[count, outputs, width + 1]`; the last of each output is its base.
    func contributions(_ rows: [Double], count: Int) -> [Double] {
        let size = explainer.outputs * (schema.width + 1)
        var values = [Double](repeating: 0, count: count * size)
        values.withUnsafeMutableBufferPointer { values in
            rows.withUnsafeBufferPointer { rows in
                guard let source = rows.baseAddress, let target = values.baseAddress else { return }
                for row in 0..<count { explainer.explain(source + row * schema.width, into: target + row * size) }
            }
        }
        return values
    }
}

extension Model {
    /// What explains rows whose categories are codes of that dictionary; texts of the model that it lacks are added to it.
    ///
    /// Exact where the algorithm allows it; else by sampling against the model's golden rows, the same for the same seed.
    ///
    /// - Throws: `.tooFewRows` when only sampling could tell and the model has no golden row.
    public func explainer(categories: Categories, seed: UInt64 = 0) throws(LearningFailure) -> ModelExplainer {
        let answering = self.predictor(categories: categories)
        if let exact = fitted.explainer(schema: innerSchema, categories: categories) {
            let whole: any Explainer =
                coding.map {
                    CodedExplainer(exact, BoundCoding($0, schema, categories), sources: $0.sources, width: schema.width)
                } ?? exact
            return ModelExplainer(schema: schema, explainer: whole, predictor: answering, calibration: calibrationMethod)
        }
        let predictor = Self.plainPredictor(fitted, coding, schema, categories)
        let background = golden.rows(schema: schema, categories: categories)
        guard let sampled = SampledExplainer(predictor, task: schema.target.task, background: background, seed: seed) else {
            throw .tooFewRows(found: 0, needed: 1)
        }
        return ModelExplainer(schema: schema, explainer: sampled, predictor: answering, calibration: calibrationMethod)
    }

    /// Why a raw row gets its score.
    ///
    /// Make an `explainer` once where many rows are explained.
    ///
    /// - Throws: `.misshapen`, `.tooFewRows`.
    public func explain(_ row: [Double], categories: Categories, seed: UInt64 = 0) throws(LearningFailure) -> Explanation {
        try explainer(categories: categories, seed: seed).explain(row)
    }
}
