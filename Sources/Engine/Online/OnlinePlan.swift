import Learning
import Tabular

/// What a learner needs to know of its deployment, gathered by the engine for each look at the labels.
struct OnlinePlan: Sendable {
    var deployment: String
    var epoch: Int
    /// Codes of the logged rows.
    var categories: Categories
    /// Where it goes on from.
    var base: UInt32
    /// The base's model.
    var artefactHash: String
    /// The base's settings.
    var settings: [String: String]
    /// Whether its learner answers live, and why not if it was stopped.
    var live: LivePlan
    /// Labels after this one; nil: those that arrive from now on.
    var after: Int64?
    /// The version that answers, with which a new one is compared.
    var champion: LoadedVersion
    /// How often a version is made.
    var policy: OnlinePolicy
    /// When one was last made, or learning began, UTC milliseconds.
    var attempted: Int64
    /// The champion's weight of each feature.
    var importance: [String: Double]
    /// Rows answered then are not learnt.
    var faults: [ClosedRange<Int64>]
    /// How much worse than the champion a version may be.
    var margins: GateMargins
}

/// What a learner needs to know of answering live.
struct LivePlan: Sendable {
    /// Whether the deployment answers live.
    var isLive: Bool
    /// Labels after this one are not learnt: learning is frozen, and what was learnt before it is to answer; nil: all are.
    var until: Int64?
    /// Why it does not answer, as of before.
    var stopped: String?
    /// Whether no copy of it answers.
    var isAwaited: Bool
}

/// What a learner has learnt, made ready to be a version.
struct OnlinePublication: Sendable {
    var outcome: TrainingOutcome
    var predictor: (any Predictor)?
    var gates: [GateResult]
    var importance: [FeatureImportance]
    var artefactHash: String
    var profileHash: String?
    var reportHash: String
    /// What thresholds make of the rows that judged it; nil where it has none.
    var decisions: DecisionTable?
    /// Of the base's model and every label that was learnt since.
    var dataHash: String
    /// The last label that was learnt, by its sequence number.
    var after: Int64
    /// Labels learnt since the base.
    var learnt: Int
}
