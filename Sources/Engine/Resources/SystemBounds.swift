/// What work may take and has given way, and what grows with its limits.
public struct SystemBounds: Codable, Sendable, Equatable {
    /// By class of work.
    public var resources: [ResourceStatus] = []
    /// What grows, in the order of `GrowingThing`; empty before it was measured.
    public var limits: [GrowthStatus] = []

    /// Makes empty bounds.
    public init() {}

    /// How long all of it has waited for serving, milliseconds.
    public var yieldedMilliseconds: Int64 { resources.reduce(0) { $0.addingReportingOverflow($1.yieldedMilliseconds).partialValue } }
}
