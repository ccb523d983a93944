public import Monitoring
public import Store
public import Tabular

/// Whether and how a deployment answers.
public enum DeploymentState: String, Codable, Sendable {
    /// Created; no version has passed its gates yet.
    case empty
    /// Answering.
    case live
    /// Paused by an operator: requests get 503 and Retry-After, or a fallback.
    case paused
    /// Should answer but cannot: its champion's artefact does not load.
    case failed
}

/// The present of one deployment.
public struct DeploymentStatus: Codable, Sendable, Equatable, Identifiable {
    /// Its name.
    public var name: String
    /// Identity for lists: the name.
    public var id: String { name }
    /// Whether it answers.
    public var state: DeploymentState
    /// Why it cannot answer, when its state is `failed`.
    public var failure: String?
    /// What requests get while it is paused; nil: 503.
    public var pausedAnswer: PausedAnswer?
    /// Stored records of it that cannot be read, at most `shownDamage`.
    public var damaged: [DamagedRecord] = []
    /// The frozen schema; nil until the first import.
    public var schema: Schema?
    /// The champion's algorithm.
    public var algorithm: String?
    /// The version that answers.
    public var champion: UInt32?
    /// What a roll back returns to.
    public var lastKnownGood: UInt32?
    /// The newest blessed version above the champion that waits for a person (policy `advise`), if any.
    public var advised: UInt32?
    /// What the versions beside the champion have done with their part of the traffic; nil: there are none.
    public var challengers: [ChallengerStatus]?
    /// Champion, challengers, last-known-good, and others that requests named in the last minute.
    public var arms: [ArmStatus]
    /// The versions that matter now, newest first: those that serve, those that wait for a person, and the newest few.
    ///
    /// The others come in pages of `HistoryQuery.versions`.
    public var versions: [VersionSummary]
    /// How many versions are kept, those that are not here included.
    public var versionCount: Int
    /// Requests a second, mean of the last 5 s.
    public var requestsPerSecond: Double
    /// Requests a second in each of the last 60 s, oldest first: the sparkline.
    public var requestSpark: [Float]
    /// Share of the champion's requests of the last minute that failed by the engine's fault (5xx, pause answers not counted), 0…1.
    public var errorRate: Double
    /// The champion's median answer time of the last minute, milliseconds; nil without traffic.
    public var latencyP50Milliseconds: Double?
    /// The champion's 99th percentile of the last minute, milliseconds; nil without traffic.
    public var latencyP99Milliseconds: Double?
    /// The champion's mean score of the last minute; nil without traffic.
    public var meanScore: Double?
    /// Mean score on the champion's hold-out, for comparison.
    public var referenceMeanScore: Double?
    /// The last closed drift window.
    public var drift: DriftReport?
    /// How good its answers were where their truth has come; nil before enough labels.
    public var quality: QualityStatus?
    /// How good they should be by what its newest answers promise; nil before enough of them, and for numbers.
    public var qualityEstimate: QualityEstimate?
    /// What operators have said of its columns: which are no alarm for now, and from which effect on one is; nil: nothing.
    public var tuning: DriftTuning?
    /// Rows in the open drift window, and how many it needs.
    public var windowFill: WindowFill?
    /// The four lights with reasons.
    public var health: Health
    /// Label counts since the deployment's creation.
    public var labels: LabelStatus
    /// The policy in force, in short.
    public var policy: PolicyStatus
    /// The running or last turn of the loop.
    public var loop: LoopClock?
    /// Predictions since creation (restarts included).
    public var predictions: Int64
    /// Predictions that are answered but not in the log (queue full).
    public var unlogged: Int64
    /// The deployment's running or queued job, if any.
    public var job: Int64?
    /// Promotions, roll-backs, pauses of the last hour: chart markers.
    public var markers: [EventMarker]
    /// Learning label by label; nil where the champion's algorithm does not.
    public var online: OnlineStatus?
    /// How full the dictionary of its fullest categorical column is; nil without one.
    public var categories: CategoryFill?

    /// Records of a deployment that cannot be read in a snapshot, at most.
    public static let shownDamage = 20

    /// Makes an empty status of that name.
    public init(name: String) {
        self.name = name
        state = .empty
        arms = []
        versions = []
        versionCount = 0
        requestsPerSecond = 0
        requestSpark = []
        errorRate = 0
        health = Health(service: .unknown, data: .unknown, quality: .unknown, freshness: .unknown, reasons: [])
        labels = LabelStatus()
        policy = PolicyStatus()
        predictions = 0
        unlogged = 0
        markers = []
    }
}

/// How full the open drift window is.
///
/// It closes when both rows and time are reached.
public struct WindowFill: Codable, Sendable, Equatable {
    /// Rows so far.
    public var rows: Int
    /// Rows it needs.
    public var rowsNeeded: Int
    /// Milliseconds so far.
    public var milliseconds: Int64
    /// Milliseconds it needs.
    public var millisecondsNeeded: Int64

    /// Makes a fill.
    public init(rows: Int, rowsNeeded: Int, milliseconds: Int64, millisecondsNeeded: Int64) {
        self.rows = rows
        self.rowsNeeded = rowsNeeded
        self.milliseconds = milliseconds
        self.millisecondsNeeded = millisecondsNeeded
    }
}

/// What a version in memory is there for.
public enum ArmRole: String, Codable, Sendable {
    /// It answers.
    case champion
    /// It answers a slice of the requests.
    case canary
    /// It answers the requests of a part of the keys.
    case ab = "a/b"
    /// It scores what the champion answers.
    case shadow
    /// It answers next if the champion is rolled back.
    case lastGood = "last good"
    /// It answers while the deployment is paused.
    case fallback
    /// It can be asked for by number.
    case loaded
}

/// A version in its role.
public struct ArmStatus: Codable, Sendable, Equatable {
    /// What it is there for.
    public var role: ArmRole
    /// The version's number.
    public var version: UInt32
    /// Share of traffic asked for, 0…1.
    public var share: Double
    /// Share of traffic seen in the last minute, 0…1.
    public var observedShare: Double
    /// Median latency of the last minute, milliseconds.
    public var latencyP50Milliseconds: Double?
    /// 99th percentile of the last minute, milliseconds.
    public var latencyP99Milliseconds: Double?
    /// Errors of the last minute.
    public var errors: Int

    /// Makes an arm.
    public init(
        role: ArmRole, version: UInt32, share: Double, observedShare: Double, latencyP50Milliseconds: Double? = nil,
        latencyP99Milliseconds: Double? = nil, errors: Int = 0
    ) {
        self.role = role
        self.version = version
        self.share = share
        self.observedShare = observedShare
        self.latencyP50Milliseconds = latencyP50Milliseconds
        self.latencyP99Milliseconds = latencyP99Milliseconds
        self.errors = errors
    }
}

/// Labels by what became of them.
public struct LabelStatus: Codable, Sendable, Equatable {
    /// Taken, joined with a logged prediction.
    public var accepted: Int64 = 0
    /// The same value again.
    public var duplicate: Int64 = 0
    /// Another value for a labelled prediction; the first stands.
    public var conflict: Int64 = 0
    /// Superseded on request.
    public var corrected: Int64 = 0
    /// Waiting for their prediction to reach the log.
    public var pending: Int64 = 0
    /// No such prediction.
    public var unknown: Int64 = 0
    /// Refused for their value since the engine started, by why: `no_class`, `no_number`, ….
    public var refused: [String: Int64] = [:]

    /// All that were refused for their value since the engine started.
    public var refusedCount: Int64 { refused.values.reduce(0, +) }

    /// Makes zero counts.
    public init() {}
}

/// The policy in short.
public struct PolicyStatus: Codable, Sendable, Equatable {
    /// `manual`, `advise`, `auto`.
    public var automation = "advise"
    /// `on drift`, `every 24h`, `after 50,000 labels`.
    public var triggers: [String] = []
    /// Why no automatic turn can start now (frozen, cooling down, upstream fault), if so.
    public var blocked: String?

    /// Makes the default.
    public init() {}
}

/// One turn of the loop, by stage; UTC milliseconds, nil where the turn has not come that far.
public struct LoopClock: Codable, Sendable, Equatable {
    /// What started it: `drift`, `every`, `labels`, or an operator's name.
    public var trigger: String
    /// The version that it made.
    public var version: UInt32?
    /// Start of the first bad window; nil when no drift started the turn.
    public var onset: Int64?
    /// The alarm.
    public var detected: Int64?
    /// Queued as a job.
    public var queued: Int64?
    /// Training began.
    public var started: Int64?
    /// Training ended.
    public var trained: Int64?
    /// Gates passed (or refused).
    public var gated: Int64?
    /// Loaded and warm.
    public var loaded: Int64?
    /// Made champion.
    public var promoted: Int64?
    /// Its first answer.
    public var firstAnswer: Int64?
    /// Seconds that the training itself took.
    public var trainingSeconds: Double?
    /// Median delay between prediction and label, milliseconds, shown apart.
    public var labelDelay: Int64?
    /// Why it ended without an answer: refused, frozen, advice only, failed.
    public var ended: String?

    /// Starts a clock.
    public init(trigger: String) { self.trigger = trigger }
}
