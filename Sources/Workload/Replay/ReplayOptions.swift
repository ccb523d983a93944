/// What `flyball replay` is asked to do.
public struct ReplayOptions: Sendable, Equatable {
    /// The deployment that gets the rows.
    public var deployment: String
    /// The server.
    public var endpoint: Endpoint
    /// Whatever a `DataReference` says.
    public var path: String
    /// Rows from this time on, as text in the deployment's zone; nil: from the first.
    public var from: String?
    /// Rows before this time, as text in the deployment's zone; nil: to the last.
    public var until: String?
    /// Requests a second; nil or 0: as fast as the server answers.
    public var rate: Double?
    /// Keep-alive connections.
    public var connections: Int
    /// Whether the target column's values are sent as labels.
    public var sendsLabels: Bool
    /// From an answer to its label.
    public var labelDelayMilliseconds: Int64
    /// Whether the file begins again at its end, until the run is cancelled or reaches its limit.
    public var loops: Bool
    /// Send so many rows at most.
    public var limit: Int?
    /// From the intended start to the whole answer.
    public var timeoutMilliseconds: Int

    /// Makes options; all but the first three can be left out.
    public init(
        deployment: String, endpoint: Endpoint, path: String, from: String? = nil, until: String? = nil, rate: Double? = nil,
        connections: Int = 8, sendsLabels: Bool = false, labelDelayMilliseconds: Int64 = 0, loops: Bool = false, limit: Int? = nil,
        timeoutMilliseconds: Int = 10_000
    ) {
        self.deployment = deployment
        self.endpoint = endpoint
        self.path = path
        self.from = from
        self.until = until
        self.rate = rate
        self.connections = connections
        self.sendsLabels = sendsLabels
        self.labelDelayMilliseconds = labelDelayMilliseconds
        self.loops = loops
        self.limit = limit
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}
