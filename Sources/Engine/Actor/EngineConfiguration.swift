public import Store

/// How an engine is started; what an operator sets by hand stands in `flyball.toml` instead.
public struct EngineConfiguration: Sendable {
    /// The workspace, opened.
    public var workspace: Workspace
    /// Time.
    public var clock = EngineClock.system
    /// The product's version, for the status and the versions' lineage.
    public var productVersion = "0"
    /// Whether this is the demo, which the header says.
    public var isDemo = false
    /// Whether policies act.
    ///
    /// A command that works by itself runs none.
    public var runsPolicies = true
    /// Whether the engine ticks by itself.
    ///
    /// Tests and simulations call `tick` instead.
    public var ticks = true
    /// Whether what grows is measured, and an alert says what will be full; the disk of the machine is none of a test's business.
    public var watchesLimits = true
    /// Whether jobs run by themselves.
    public var runsJobs = true
    /// Only this job may be claimed: a command that works by itself runs its own job and leaves the rest queued.
    public var isSolitary = false
    /// Expected false drift alarms a day and deployment.
    public var falseAlarmsPerDay = 0.1
    /// Tries a backup, by its target and number, by restoring it; a product does so in a process of its own.
    public var drill: @Sendable (_ directory: String, _ number: Int) async throws(BackupFailure) -> DrillReport = {
        (directory, number) async throws(BackupFailure) -> DrillReport in
        try await RestoreDrill.run(directory: directory, number: number, productVersion: "0")
    }
    /// Without a sign of life for this long a part stands still, seconds.
    public var standstillSeconds = Watchdog.limitSeconds
    /// What every thread of the process does now, a line each; for the log when a part stands still.
    public var backtraces: @Sendable () -> [String] = { [] }
    /// Looks at a program that shall take this one's place; nil where none can.
    public var successor: SuccessorInspection?

    /// An engine on that workspace.
    public init(workspace: Workspace) { self.workspace = workspace }
}
