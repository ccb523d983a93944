/// What a replay has done so far, or in all; its JSON keys are those of `replay --json`.
public struct ReplayReport: Sendable, Codable, Equatable {
    /// Requests that were due and have an outcome.
    public var requests = 0
    /// Requests without a readable 200 answer.
    public var failed = 0
    /// Answers by HTTP status.
    public var statusCounts: [String: Int] = [:]
    /// Requests without an answer: `connect`, `closed`, `timeout`, `malformed`, `tooLarge`.
    public var transportFailures: [String: Int] = [:]
    /// Half of all answers took no longer, from the intended start.
    public var p50Microseconds = 0.0
    /// 99 of 100 answers took no longer.
    public var p99Microseconds = 0.0
    /// The slowest answer.
    public var maxMicroseconds = 0.0
    /// 200 answers by the version that they name.
    public var versions: [String: Int] = [:]
    /// Labels that the server has taken: accepted, corrected, pending, or there already.
    public var labelsAccepted = 0
    /// Labels by what the server said of them.
    public var labelOutcomes: [String: Int] = [:]
    /// Labels that could not be delivered.
    public var labelsFailed = 0
    /// Labels whose time has not come yet; at the end of an interrupted run they are given up.
    public var labelsWaiting = 0
    /// Since the first request.
    public var elapsedSeconds = 0.0
    /// Outcomes a second over the whole run.
    public var requestsPerSecond = 0.0
    /// What the first failed request was told.
    public var firstError: String?
    /// Whether the run was stopped before its end.
    public var interrupted = false

    /// An empty report.
    public init() {}

    init(_ load: LoadReport, labels: LabelTally) {
        requests = load.requests
        failed = load.failed
        statusCounts = load.statusCounts
        transportFailures = load.transportFailures
        p50Microseconds = load.p50Microseconds
        p99Microseconds = load.p99Microseconds
        maxMicroseconds = load.maxMicroseconds
        versions = load.versions
        labelsAccepted = labels.accepted
        labelOutcomes = labels.outcomes
        labelsFailed = labels.failed
        labelsWaiting = labels.waiting
        elapsedSeconds = load.elapsedSeconds
        requestsPerSecond = load.requestsPerSecond
        firstError = load.firstError ?? labels.firstError
        interrupted = load.interrupted
    }
}
