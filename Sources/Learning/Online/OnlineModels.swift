import Tabular

/// What an online algorithm has learnt so far: weights to serve, and the memory to go on from.
protocol OnlineFitted: FittedAlgorithm {
    static var isLogistic: Bool { get }
    var state: OnlineState { get }
    init(state: OnlineState)
}

extension OnlineFitted {
    var notes: [String] { state.layout.notes }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        let needed: PredictionTask = Self.isLogistic ? .binary : .regression
        guard schema.target.task == needed else { throw .corruptArtefact("its target is not \(needed.rawValue)") }
        let state = try OnlineState(from: &reader, schema: schema)
        guard state.linear.weights.allSatisfy(\.isFinite) else { throw .corruptArtefact("a weight is no number") }
        self.init(state: state)
    }

    func encode(into writer: inout ArtefactWriter) { state.encode(into: &writer) }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        LinearPredictor(state.linear, schema, categories, isProbability: Self.isLogistic)
    }

    func importance(schema: Schema) -> [Double] { state.linear.importance }

    func explainer(schema: Schema, categories: Categories) -> (any Explainer)? {
        LinearExplainer([state.linear], schema, categories)
    }
}

/// What `online-logistic` has learnt.
struct OnlineLogisticModel: OnlineFitted {
    static let name = OnlineLogistic.name
    static let isLogistic = true
    let state: OnlineState
}

/// What `online-linear` has learnt.
struct OnlineLinearModel: OnlineFitted {
    static let name = OnlineLinear.name
    static let isLogistic = false
    let state: OnlineState
}
