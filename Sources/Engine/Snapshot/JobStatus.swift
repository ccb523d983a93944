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

    /// Of jobs that wait or run, as they are stored.
    static let open = [queued, running].map(\.rawValue)
    /// Of jobs that have ended, as they are stored.
    static let ended = [done, failed, cancelled, parked].map(\.rawValue)
}

/// What a job does.
///
/// Stored by its word; one that this release does not know is kept and shown.
public enum JobKind: RawRepresentable, Codable, Sendable, Hashable {
    /// Imports the data of a new deployment and trains its first version.
    case deploy
    /// Trains a version.
    case train
    /// Of another release.
    case other(String)

    /// The kind of that word.
    public init(rawValue: String) {
        switch rawValue {
        case "deploy": self = .deploy
        case "train": self = .train
        default: self = .other(rawValue)
        }
    }

    /// Reads the word.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the word.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// Its word, as it is stored and shown.
    public var rawValue: String {
        switch self {
        case .deploy: "deploy"
        case .train: "train"
        case .other(let word): word
        }
    }
}

/// A job as lists show it.
public struct JobStatus: Codable, Sendable, Equatable, Identifiable {
    /// Number.
    public var id: Int64
    /// What it does.
    public var kind: JobKind
    /// The deployment.
    public var deployment: String
    /// The state.
    public var state: JobState
    /// 0…1.
    public var progress: Double
    /// "fitting: tree 61 of 100, loss 0.4312".
    public var progressText: String
    /// The text without the figures that a search's table shows as well; nil unless it runs.
    public var progressStage: String?
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
        id: Int64, kind: JobKind, deployment: String, state: JobState, progress: Double = 0, progressText: String = "",
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
