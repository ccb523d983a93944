import Store

/// The three stores of a workspace.
struct EngineStores: Sendable {
    let control: ControlStore
    let labels: LabelStore
    let telemetry: TelemetryStore

    static func open(_ workspace: Workspace) throws(StoreFailure) -> EngineStores {
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
