/// How a run loads the server.
public struct LoadOptions: Sendable, Equatable {
    /// Where.
    public var endpoint: Endpoint
    /// The path of the requests, as `/v2/models/NAME/infer`.
    public var path: String
    /// When requests are meant to start.
    public var schedule: ArrivalSchedule
    /// Keep-alive connections, each with one request under way: the bound on what is in flight, 1 to 4,096.
    public let connections: Int
    /// From the intended start to the whole answer, milliseconds; then the request counts as failed by `timeout`.
    public let timeoutMilliseconds: Int
    /// Stop after so many requests; nil: at the source's end.
    public var limit: Int?
    /// Stop after so long; nil: at the source's end.
    public var durationSeconds: Double?
    /// Requests made ahead of their time, 1 to 4,096: few where a request's content depends on when it is made.
    public let readAhead: Int
    /// Whether a server that nobody answers at the start ends the run with an error.
    ///
    /// Otherwise the run goes on and counts failures until the server comes.
    public var needsServerAtStart: Bool

    /// Makes options.
    public init(
        endpoint: Endpoint, path: String, schedule: ArrivalSchedule = ArrivalSchedule(.asFastAsPossible), connections: Int = 8,
        timeoutMilliseconds: Int = 10_000, limit: Int? = nil, durationSeconds: Double? = nil, readAhead: Int = 512,
        needsServerAtStart: Bool = true
    ) {
        self.endpoint = endpoint
        self.path = path
        self.schedule = schedule
        self.connections = min(max(connections, 1), 4_096)
        self.timeoutMilliseconds = min(max(timeoutMilliseconds, 1), 3_600_000)
        self.limit = limit
        self.durationSeconds = durationSeconds
        self.readAhead = min(max(readAhead, 1), 4_096)
        self.needsServerAtStart = needsServerAtStart
    }
}
