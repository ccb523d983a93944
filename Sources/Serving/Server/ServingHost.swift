public import Engine
public import Learning

/// What HTTP needs of the engine.
///
/// Tests stand in for it.
public protocol ServingHost: Sendable {
    /// The present, for status and metrics.
    var snapshot: Snapshot { get }
    /// Part of every prediction id.
    var bootEpoch: UInt32 { get }
    /// Time.
    var servingClock: EngineClock { get }
    /// Where the engine keeps its files: no answer over HTTP names it.
    var workspaceDirectory: String { get }
    /// Commits labels durably and says what became of each, in order.
    func acceptLabels(_ labels: [IncomingLabel], deployment: String) async -> Result<[LabelResult], ActionFailure>
    /// The engine's one door.
    func perform(_ request: ActionRequest, by who: Operator) async -> Result<Receipt, ActionFailure>
    /// Why raw rows, row-major, get their scores by a version.
    func explain(_ rows: [Double], deployment: String, version: UInt32) async -> Result<[Explanation], ActionFailure>
}

extension ServingHost {
    /// A host without models explains nothing.
    public func explain(_ rows: [Double], deployment: String, version: UInt32) async -> Result<[Explanation], ActionFailure> {
        .failure(.unavailable("scores are not explained here"))
    }

    /// A host that changes nothing.
    public func perform(_ request: ActionRequest, by who: Operator) async -> Result<Receipt, ActionFailure> {
        .failure(.unavailable("nothing is changed here"))
    }

    /// A host without files.
    public var workspaceDirectory: String { "" }

    /// The machine's clocks.
    public var servingClock: EngineClock { .system }
}
