import Tabular

/// What an online algorithm has learnt so far: weights to serve, and the memory to go on from.
protocol OnlineFitted: FittedAlgorithm {
    static var isLogistic: Bool { get }
    var knowledge: OnlineKnowledge { get }
    init(knowledge: OnlineKnowledge)
}

extension OnlineFitted {
    var notes: [String] { knowledge.layout.notes }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        let needed: PredictionTask = Self.isLogistic ? .binary : .regression
        guard schema.target.task == needed else { throw .corruptArtefact("its target is not \(needed.rawValue)") }
        let knowledge = try OnlineKnowledge(from: &reader, schema: schema)
        guard knowledge.isFinite else { throw .corruptArtefact("a weight is no number") }
        self.init(knowledge: knowledge)
    }

    func encode(into writer: inout ArtefactWriter) { knowledge.encode(into: &writer) }

    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        LinearPredictor(knowledge.linear, schema, categories, isProbability: Self.isLogistic)
    }

    func importance(schema: Schema) -> [Double] { knowledge.linear.importance }

    func explainer(schema: Schema, categories: Categories) -> (any Explainer)? {
        LinearExplainer([knowledge.linear], schema, categories)
    }
}

/// What `online-logistic` has learnt.
struct OnlineLogisticModel: OnlineFitted {
    static let name = OnlineLogistic.name
    static let isLogistic = true
    let knowledge: OnlineKnowledge
}

/// What `online-linear` has learnt.
struct OnlineLinearModel: OnlineFitted {
    static let name = OnlineLinear.name
    static let isLogistic = false
    let knowledge: OnlineKnowledge
}
