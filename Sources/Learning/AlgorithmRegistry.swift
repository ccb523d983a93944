import Synchronization
import Tabular

/// Every algorithm there is here, and what models come in that were fitted elsewhere.
public enum AlgorithmRegistry {
    /// In the order in which they are offered.
    public static let all: [any Estimator.Type] = [
        BoostedTrees.self, Logistic.self, SoftmaxRegression.self, Ridge.self, OnlineLogistic.self, OnlineLinear.self, Perceptron.self,
        Baseline.self,
    ]

    /// What models are read as whose algorithms stand in other modules.
    private static let guests = Mutex<[String: any FittedAlgorithm.Type]>([:])

    /// What makes models out of something else than rows, by modules beside this one.
    private static let guestEstimators = Mutex<[String: any Estimator.Type]>([:])

    /// Makes a way to a model known that another module has, with the kind of model that it makes; it is found by its name, and not offered.
    ///
    /// - Throws: `.nameTaken` for a name that an algorithm here, or another kind, has.
    public static func register(estimator type: any Estimator.Type) throws(LearningFailure) {
        try register(type.fitted)
        guestEstimators.withLock { $0[type.name] = type }
    }

    /// Makes a kind of model known that another module reads, answers with and writes; call it before the first model is read.
    ///
    /// The module imports this one, not the other way round. A kind that has no `Estimator` can be served, not trained.
    ///
    /// - Throws: `.nameTaken` for a name that an algorithm here, or another kind, has.
    public static func register(_ type: any FittedAlgorithm.Type) throws(LearningFailure) {
        let isTaken = guests.withLock { guests in
            if let known = guests[type.name] { return known != type }
            if all.contains(where: { $0.name == type.name }) { return true }
            guests[type.name] = type
            return false
        }
        if isTaken { throw .nameTaken(type.name) }
    }

    /// What a model of that algorithm is read as; nil for a name that is not known.
    static func fitted(_ name: String) -> (any FittedAlgorithm.Type)? {
        all.first { $0.name == name }?.fitted ?? guests.withLock { $0[name] }
    }

    /// The algorithm of that name.
    public static func named(_ name: String) throws(LearningFailure) -> any Estimator.Type {
        if let type = all.first(where: { $0.name == name }) ?? guestEstimators.withLock({ $0[name] }) { return type }
        throw .unknownAlgorithm(name: name, nearest: Names.nearest(to: name, in: all.map { $0.name }), known: all.map { $0.name })
    }

    /// Whether what that algorithm has learnt can go on learning, label by label; false for a name that is not known.
    public static func learnsOnline(_ name: String) -> Bool { fitted(name) is any OnlineFitted.Type }

    /// Refuses a task that the algorithm cannot learn.
    static func check(_ type: any Estimator.Type, task: PredictionTask) throws(LearningFailure) {
        guard type.tasks.contains(task) else {
            throw .unsuited(
                algorithm: type.name, task: task, instead: all.filter { $0.tasks.contains(task) && $0.name != "baseline" }.map { $0.name })
        }
    }
}
