import Tabular

/// What a multinomial logistic regression has learnt.
struct SoftmaxModel: FittedAlgorithm {
    static let name = SoftmaxRegression.name
    let layout: DesignLayout
    let classes: Int
    /// `[columns + 1, classes]`; the last line holds the intercepts.
    let weights: [Double]

    var notes: [String] { layout.notes }

    init(layout: DesignLayout, classes: Int, weights: [Double]) {
        self.layout = layout
        self.classes = classes
        self.weights = weights
    }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        layout = try DesignLayout(from: &reader, width: schema.width)
        classes = schema.target.classes.count
        weights = try reader.reals()
        guard schema.target.task == .multiclass, classes > 0, weights.count == (layout.columns + 1) * classes,
            weights.allSatisfy(\.isFinite)
        else { throw .corruptArtefact("its weights do not fit its columns and classes") }
    }

    func encode(into writer: inout ArtefactWriter) {
        layout.encode(into: &writer)
        writer.reals(weights)
    }

    /// The weights of one class.
    func linear(of index: Int) -> LinearWeights {
        LinearWeights(layout: layout, weights: (0...layout.columns).map { weights[$0 * classes + index] })
    }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        SoftmaxPredictor(self, BoundLayout(layout, schema, categories))
    }

    func explainer(schema: Schema, categories: Categories) -> (any Explainer)? {
        LinearExplainer((0..<classes).map { linear(of: $0) }, schema, categories)
    }

    /// The spread that a feature gives to the classes' scores, all classes together.
    func importance(schema: Schema) -> [Double] {
        (0..<classes).reduce([Double](repeating: 0, count: schema.width)) { sums, index in
            zip(sums, linear(of: index).importance).map { $0 + $1 }
        }
    }
}

private final class SoftmaxPredictor: Predictor {
    let width: Int
    let outputs: Int
    private let layout: BoundLayout
    private let weights: [Double]

    init(_ model: SoftmaxModel, _ layout: BoundLayout) {
        width = layout.layout.blocks.count
        outputs = model.classes
        self.layout = layout
        weights = model.weights
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        weights.withUnsafeBufferPointer { weights in
            let intercepts = weights.count - outputs
            for k in 0..<outputs { result[k] = weights[intercepts + k] }
            layout.forEach(row) { column, value in
                let line = column * outputs
                for k in 0..<outputs { result[k] += weights[line + k] * value }
            }
        }
        Softmax.apply(result, count: outputs)
    }
}
