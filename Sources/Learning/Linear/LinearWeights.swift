import Tabular

/// Weights of a linear score with the layout that they belong to.
struct LinearWeights: Sendable {
    let layout: DesignLayout
    /// One a column, then the intercept.
    let weights: [Double]

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

    /// The weights by column, the intercept left out, with the intercept.
    func coefficients(schema: Schema) -> (weights: [String: Double], intercept: Double) {
        let names = layout.columnNames(schema)
        return (Dictionary(zip(names, weights), uniquingKeysWith: { a, _ in a }), weights[layout.columns])
    }

    /// The spread that a feature gives to the score: |w| of a standardised number, the spread of a category's weights, the spreads of a
    /// time's parts together.
    var importance: [Double] {
        layout.blocks.map { block in
            guard let block else { return 0 }
            let own = zip(block.texts, weights[block.start...])
            switch block.kind {
            case .number: return abs(weights[block.start])
            case .category: return Self.spread(own.map(\.1))
            case .time:
                return TimePart.allCases.reduce(0) { sum, part in
                    sum + Self.spread(own.filter { $0.0.hasPrefix(part.name) }.map(\.1))
                }
            }
        }
    }

    private static func spread(_ weights: [Double]) -> Double { ((weights.max() ?? 0) - (weights.min() ?? 0)) / 2 }
}

/// What a logistic regression has learnt.
struct LogisticModel: FittedAlgorithm, LinearlyWeighted {
    static let name = Logistic.name
    let linear: LinearWeights

    init(_ linear: LinearWeights) { self.linear = linear }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        LinearPredictor(linear, schema, categories, isProbability: true)
    }
}

/// What a ridge regression has learnt.
struct RidgeModel: FittedAlgorithm, LinearlyWeighted {
    static let name = Ridge.name
    let linear: LinearWeights

    init(_ linear: LinearWeights) { self.linear = linear }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        LinearPredictor(linear, schema, categories, isProbability: false)
    }
}

/// A model that is nothing but weights.
protocol LinearlyWeighted {
    var linear: LinearWeights { get }
    init(_ linear: LinearWeights)
}

extension FittedAlgorithm where Self: LinearlyWeighted {
    var notes: [String] { linear.layout.notes }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        self.init(try LinearWeights(from: &reader, schema: schema))
    }

    func encode(into writer: inout ArtefactWriter) { linear.encode(into: &writer) }

    func importance(schema: Schema) -> [Double] { linear.importance }

    func explainer(schema: Schema, categories: Categories) -> (any Explainer)? { LinearExplainer([linear], schema, categories) }
}

/// Scores by weights: a probability, or the score itself.
final class LinearPredictor: Predictor {
    let width: Int
    let outputs = 1
    private let layout: BoundLayout
    private let weights: [Double]
    private let isProbability: Bool

    init(_ linear: LinearWeights, _ schema: Schema, _ categories: Categories, isProbability: Bool) {
        width = schema.width
        layout = BoundLayout(linear.layout, schema, categories)
        weights = linear.weights
        self.isProbability = isProbability
    }

    /// Of a layout that is bound already.
    init(_ layout: BoundLayout, weights: [Double], width: Int, isProbability: Bool) {
        self.width = width
        self.layout = layout
        self.weights = weights
        self.isProbability = isProbability
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result.pointee = weights.withUnsafeBufferPointer { weights in
            var score = weights[weights.count - 1]
            layout.forEach(row) { score += weights[$0] * $1 }
            return isProbability ? Sigmoid.value(score) : score
        }
    }
}
