import Store

/// The three stores of a workspace.
struct EngineStores: Sendable {
    let control: ControlStore
    let labels: LabelStore
    let telemetry: TelemetryStore

    /// What was done before the stores could be used.
    struct Opening {
        /// They were brought up to date.
        var migration: WorkspaceFormat.Migration?
        /// The backup that was made before that, or why it was not; nil where nobody wanted one.
        var backup: Result<BackupReport, BackupFailure>?
        /// Damaged ones were set aside and begun anew.
        var aside: [StoreAside] = []
        /// Logs that had been changed behind the engine's back.
        var logs: [LogDamage] = []
    }

    /// Opens the stores, of an older format after copies of them were set aside.
    ///
    /// Without its registry nothing can be served, so that one must be whole. Labels and the log of traffic, where they are damaged, are set
    /// aside as they are, and begun anew.
    static func open(_ workspace: Workspace, version: String, now: Int64) throws(StoreFailure) -> (stores: EngineStores, opening: Opening) {
        let directory = workspace.storeDirectory
        var opening = Opening()
        // Before anybody opens a store: whoever does takes its log for what is left of it.
        for name in ["control", "labels", "telemetry"] {
            if let damage = try LogDamage.check(name, in: directory, now: now) { opening.logs.append(damage) }
        }
        opening.backup = BackupWorker.beforeMigration(workspace, version: version, time: now)
        let isBallastOut = try ControlStore.beforeOpening(directory) { () throws(StoreFailure) in
            for name in ["labels", "telemetry"] {
                if let aside = try StoreAside.check(name, in: directory, now: now) { opening.aside.append(aside) }
            }
            opening.migration = try WorkspaceFormat.prepare(directory: directory, now: now)
        }
        let control = try ControlStore(directory: directory, isBallastOut: isBallastOut)
        let (labels, labelsAside) = try control.withRoom { isCramped throws(StoreFailure) in
            try StoreAside.opening("labels", in: directory, now: now) { () throws(StoreFailure) in
                let store = try LabelStore(directory: directory, isCramped: isCramped)
                try store.checkReadable()
                return store
            }
        }
        let retention = workspace.configuration.retention
        let (telemetry, telemetryAside) = try control.withRoom { isCramped throws(StoreFailure) in
            try StoreAside.opening("telemetry", in: directory, now: now) { () throws(StoreFailure) in
                let store = try TelemetryStore(directory: directory, retention: retention, isCramped: isCramped)
                try store.checkReadable()
                return store
            }
        }
        opening.aside += [labelsAside, telemetryAside].compactMap(\.self)
        return (EngineStores(control: control, labels: labels, telemetry: telemetry), opening)
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
