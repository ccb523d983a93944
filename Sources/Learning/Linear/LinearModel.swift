import Tabular

/// Weights of a logistic regression with the layout that they belong to.
struct LinearModel: FittedAlgorithm {
    static let name = Logistic.name
    let layout: DesignLayout
    /// One a column, then the intercept.
    let weights: [Double]

    var notes: [String] { layout.notes }

    init(layout: DesignLayout, weights: [Double]) {
        self.layout = layout
        self.weights = weights
    }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        layout = try DesignLayout(from: &reader, width: schema.width)
        weights = try reader.reals()
        guard weights.count == layout.columns + 1, weights.allSatisfy(\.isFinite) else {
            throw .corruptArtefact("its weights do not fit its columns")
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        layout.encode(into: &writer)
        writer.reals(weights)
    }

    func predictor(schema: Schema, categories: CategoryDictionary) -> any Predictor {
        LinearPredictor(width: schema.width, layout: BoundLayout(layout, categories), weights: weights)
    }

    /// The weights by column, the intercept left out, with the intercept.
    func coefficients(schema: Schema) -> (weights: [String: Double], intercept: Double) {
        let names = layout.columnNames(schema)
        return (Dictionary(zip(names, weights), uniquingKeysWith: { a, _ in a }), weights[layout.columns])
    }

    /// The spread that a feature gives to the score: |w| of a standardised number, the spread of a category's weights.
    func importance(schema: Schema) -> [Double] {
        layout.blocks.map { block in
            guard let block else { return 0 }
            if !block.isCategorical { return abs(weights[block.start]) }
            let own = (0..<block.texts.count).map { weights[block.start + $0] }
            guard let first = own.min(), let last = own.max() else { return 0 }
            return (last - first) / 2
        }
    }
}

private final class LinearPredictor: Predictor {
    let width: Int
    let outputs = 1
    private let layout: BoundLayout
    private let weights: [Double]

    init(width: Int, layout: BoundLayout, weights: [Double]) {
        self.width = width
        self.layout = layout
        self.weights = weights
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result.pointee = weights.withUnsafeBufferPointer { weights in
            var score = weights[weights.count - 1]
            layout.forEach(row) { score += weights[$0] * $1 }
            return Sigmoid.value(score)
        }
    }
}
