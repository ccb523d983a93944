public import Tabular

/// A label to be taken.
public struct LabelRecord: Sendable, Equatable {
    /// The deployment.
    public var deployment: String
    /// The prediction.
    public var id: RowID
    /// The truth: class index, or the number.
    public var value: Double
    /// UTC milliseconds.
    public var received: Int64
    /// Whether it may replace another value.
    public var correct: Bool
    /// Whether its prediction is not in the log yet.
    public var isPending: Bool

    /// Makes a record.
    public init(deployment: String, id: RowID, value: Double, received: Int64, correct: Bool, isPending: Bool) {
        self.deployment = deployment
        self.id = id
        self.value = value
        self.received = received
        self.correct = correct
        self.isPending = isPending
    }
}

/// What became of a label.
public enum LabelOutcome: String, Codable, Sendable {
    /// Taken.
    case accepted
    /// The same value stands already.
    case duplicate
    /// Another value stands.
    case conflict
    /// Replaced another value.
    case corrected
    /// Taken; its prediction is awaited.
    case pending
    /// Its prediction never came.
    case unknown
}

/// A label that stands.
public struct StoredLabel: Sendable, Equatable {
    /// Order of arrival; a correction gets a new one.
    public var sequence: Int64
    /// The prediction.
    public var id: RowID
    /// The truth.
    public var value: Double
    /// UTC milliseconds.
    public var received: Int64
}

/// Labels of a deployment by what became of them.
public struct LabelCounts: Codable, Sendable, Equatable {
    /// Standing, joined with a logged prediction.
    public var accepted: Int64 = 0
    /// Sent again.
    public var duplicate: Int64 = 0
    /// Refused: another value stands.
    public var conflict: Int64 = 0
    /// Replaced.
    public var corrected: Int64 = 0
    /// Awaiting their prediction.
    public var pending: Int64 = 0
    /// Given up after a day without prediction.
    public var unknown: Int64 = 0

    /// Makes zero counts.
    public init() {}
}
