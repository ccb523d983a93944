public import Learning

/// The state of a job.
public enum JobState: String, Codable, Sendable {
    /// Waits.
    case queued
    /// Runs.
    case running
    /// Ended well.
    case done
    /// Ended with an error.
    case failed
    /// Ended because somebody asked.
    case cancelled
    /// Failed three times; waits for a person.
    case parked

    /// Whether it waits or runs.
    public var isOpen: Bool { self == .queued || self == .running }
}

/// A job as lists show it.
public struct JobStatus: Codable, Sendable, Equatable, Identifiable {
    /// Number.
    public var id: Int64
    /// `deploy` or `train`.
    public var kind: String
    /// The deployment.
    public var deployment: String
    /// The state.
    public var state: JobState
    /// 0…1.
    public var progress: Double
    /// "fitting: tree 61 of 100, loss 0.4312".
    public var progressText: String
    /// Seconds left, estimated; nil when not known.
    public var secondsLeft: Double?
    /// UTC milliseconds.
    public var createdAt: Int64
    /// UTC milliseconds.
    public var startedAt: Int64?
    /// UTC milliseconds.
    public var finishedAt: Int64?
    /// Who asked.
    public var createdBy: String
    /// Attempts begun.
    public var attempts: Int
    /// Higher runs first.
    public var priority: Int
    /// "v3 blessed" and the like.
    public var result: String?
    /// Why it failed.
    public var error: String?
    /// The algorithm it trains.
    public var algorithm: String
    /// The live loss curve, at most 200 points.
    public var curve: [TrainingProgress]
    /// Whether a cancel was asked for.
    public var isCancelling: Bool
    /// The trials of a search while the job runs, the best ones; nil without a search.
    public var search: SearchProgress?

    /// Makes a status.
    public init(
        id: Int64, kind: String, deployment: String, state: JobState, progress: Double = 0, progressText: String = "",
        secondsLeft: Double? = nil,
        createdAt: Int64, startedAt: Int64? = nil, finishedAt: Int64? = nil, createdBy: String, attempts: Int = 0, priority: Int = 0,
        result: String? = nil, error: String? = nil, algorithm: String = "", curve: [TrainingProgress] = [], isCancelling: Bool = false,
        search: SearchProgress? = nil
    ) {
        self.search = search
        self.id = id
        self.kind = kind
        self.deployment = deployment
        self.state = state
        self.progress = progress
        self.progressText = progressText
        self.secondsLeft = secondsLeft
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.createdBy = createdBy
        self.attempts = attempts
        self.priority = priority
        self.result = result
        self.error = error
        self.algorithm = algorithm
        self.curve = curve
        self.isCancelling = isCancelling
    }
}
