import Monitoring

/// What the engine remembers of a deployment across restarts, beside the registry's own columns; stored as JSON.
struct DeploymentMemory: Codable, Equatable {
    /// The import that the deployment was made from, by content hash.
    var importHash: String?
    /// The policy's memory.
    var policy = PolicyMemory()
    /// The running or last turn of the loop.
    var loop: LoopClock?
    /// Predictions answered since creation.
    var predictions: Int64 = 0
    /// Predictions answered but not logged.
    var unlogged: Int64 = 0
    /// Who ordered the deployment: the first promotion is in that name.
    var createdBy = ""
    /// Where learning label by label goes on from; nil before it has begun.
    var online: OnlineMemory?
    /// What operators have said of its columns; nil: nothing.
    var tuning: DriftTuning?
    /// Versions with a part of the traffic beside the champion; nil: none.
    var challengers: [Challenger]?
    /// What requests get while it is paused; nil: 503, as of every pause of an earlier release.
    var pausedAnswer: PausedAnswer?
}

/// What a policy remembers.
struct PolicyMemory: Codable, Equatable {
    /// The last training that was begun, UTC milliseconds.
    var lastTraining: Int64?
    /// Labelled rows at that time.
    var labelsAtLastTraining: Int64 = 0
    /// When a person has last returned to a version, which is left alone for as long as a cool-down lasts; nil: never.
    var quietSince: Int64?
    /// Whether the drift that is raised now was already answered with a training.
    var answeredDrift = false
    /// Whether the drop of quality that is raised now was already answered with a training; nil: no.
    var answeredQuality: Bool?
    /// How long the next drift waits to be learnt from; nil: not at all.
    var backoff: DriftBackoff?
    /// Times of automatic promotions of the last day, UTC milliseconds.
    var promotions: [Int64] = []

    /// A training was begun because of a drift: the next one waits.
    mutating func driftAnswered() {
        var waits = backoff ?? DriftBackoff()
        waits.answered()
        backoff = waits
    }
}
