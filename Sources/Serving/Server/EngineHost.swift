public import Engine

/// The engine behind HTTP.
extension Engine: ServingHost {
    /// The engine's own clock, so that a simulated one also dates the traffic.
    public var servingClock: EngineClock { clock }
    /// The workspace's own.
    public var workspaceDirectory: String { workspace.directory }
}
