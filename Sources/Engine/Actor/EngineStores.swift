import Store

/// The three stores of a workspace.
struct EngineStores: Sendable {
    let control: ControlStore
    let labels: LabelStore
    let telemetry: TelemetryStore

    /// Opens the stores, of an older format after copies of them were set aside.
    ///
    /// - Returns: what was done to bring them up to date, if anything was.
    static func open(_ workspace: Workspace, now: Int64) throws(StoreFailure) -> (
        stores: EngineStores, migration: WorkspaceFormat.Migration?
    ) {
        let migration = try WorkspaceFormat.prepare(directory: workspace.storeDirectory, now: now)
        return (try open(workspace), migration)
    }

    private static func open(_ workspace: Workspace) throws(StoreFailure) -> EngineStores {
        EngineStores(
            control: try ControlStore(directory: workspace.storeDirectory), labels: try LabelStore(directory: workspace.storeDirectory),
            telemetry: try TelemetryStore(directory: workspace.storeDirectory, retention: workspace.configuration.retention))
    }

    /// Sizes and durability for the System screen.
    func status(_ health: StoreHealth) -> [StoreStatus] {
        [
            StoreStatus(name: "control", sizeBytes: control.sizeBytes, durability: control.durability, readOnlyReason: health.control),
            StoreStatus(name: "labels", sizeBytes: labels.sizeBytes, durability: labels.durability, readOnlyReason: health.labels),
            StoreStatus(
                name: "telemetry", sizeBytes: telemetry.sizeBytes, durability: telemetry.durability, readOnlyReason: health.telemetry),
        ]
    }
}
