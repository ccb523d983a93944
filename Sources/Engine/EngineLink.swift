import Tabular

/// The engine as a caller sees it, in this process or over the workspace's socket.
public protocol EngineLink: Sendable {
    /// The one door. The operator is attested by the implementation, never by the caller's words.
    func perform(_ request: ActionRequest) async -> Result<Receipt, ActionFailure>
    /// A page of the past.
    func history(_ query: HistoryQuery) async -> HistoryPage
}

/// A label as a client sends it.
public struct IncomingLabel: Sendable, Equatable {
    /// A prediction id, `id.row`, or the client's own request id.
    public var id: String
    /// The truth as text: a class or a number.
    public var value: String
    /// Whether it may replace an earlier, different value.
    public var correct: Bool

    /// Makes a label.
    public init(id: String, value: String, correct: Bool = false) {
        self.id = id
        self.value = value
        self.correct = correct
    }
}

/// What became of each label of a batch.
public enum LabelResult: String, Codable, Sendable {
    /// Taken.
    case accepted
    /// The same value again: fine.
    case duplicate
    /// Another value stands; send `"correct": true` to replace it.
    case conflict
    /// Replaced an earlier value.
    case corrected
    /// Taken; its prediction has not reached the log yet.
    case pending
    /// No such prediction.
    case unknown
    /// The value is neither a class of the target nor a number.
    case invalid
}
