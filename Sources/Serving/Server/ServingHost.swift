public import Engine

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
    /// Commits labels durably and says what became of each, in order.
    func acceptLabels(_ labels: [IncomingLabel], deployment: String) async -> Result<[LabelResult], ActionFailure>
}

extension ServingHost {
    /// The machine's clocks.
    public var servingClock: EngineClock { .system }
}
