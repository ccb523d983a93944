/// One request of a run, as its source makes it.
public struct LoadRequest: Sendable, Equatable {
    /// The JSON body of an inference request.
    public var body: [UInt8]
    /// The truth that is known of the row, to be sent later as its label.
    public var label: String?
    /// The source's own number for the row, handed back with the answer.
    public var row: Int

    /// Makes a request.
    public init(body: [UInt8], label: String? = nil, row: Int = 0) {
        self.body = body
        self.label = label
        self.row = row
    }
}

/// Where a run's requests come from.
public protocol LoadSource: Sendable {
    /// The next requests, at most `maximum`; none at the end.
    func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest]
}

/// What came back for one request.
public struct LoadAnswer: Sendable, Equatable {
    /// The row as the source numbered it.
    public var row: Int
    /// The truth that the source gave with the request.
    public var label: String?
    /// The HTTP status.
    public var status: Int
    /// The version that answered, as `v7`; nil without a readable answer.
    public var version: String?
    /// The id to send the truth under.
    public var predictionID: String?
    /// Scores as answered, row-major.
    public var scores: [Double]
    /// From the intended start to the whole answer, nanoseconds.
    public var latencyNanoseconds: Int64
}
