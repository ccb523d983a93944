/// What a run has seen so far, or in all.
public struct LoadReport: Sendable, Codable, Equatable {
    /// Requests that were due and have an outcome.
    public var requests = 0
    /// Requests without a readable 200 answer.
    public var failed = 0
    /// Answers by HTTP status.
    public var statusCounts: [String: Int] = [:]
    /// Requests without an answer, by `TransportFailure`.
    public var transportFailures: [String: Int] = [:]
    /// 200 answers that are not what the protocol says.
    public var unreadable = 0
    /// 200 answers by the version that they name.
    public var versions: [String: Int] = [:]
    /// Half of all answers took no longer, from the intended start; microseconds, 0 without answers.
    public var p50Microseconds = 0.0
    /// 99 of 100 answers took no longer; microseconds.
    public var p99Microseconds = 0.0
    /// The slowest answer; microseconds.
    public var maxMicroseconds = 0.0
    /// Since the first intended start.
    public var elapsedSeconds = 0.0
    /// Outcomes a second over the whole run.
    public var requestsPerSecond = 0.0
    /// What the first failed request was told.
    public var firstError: String?
    /// Whether the run was stopped before its end.
    public var interrupted = false

    /// An empty report.
    public init() {}
}
