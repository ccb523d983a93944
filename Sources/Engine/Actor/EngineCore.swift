import Dispatch
import Foundation
import Learning
import Logging
import Monitoring
import Store
import Tabular

/// The engine's own state and its only writer. Runs on a queue of its own, since it calls the stores, which block.
actor EngineCore {
    /// Snapshots a second, at most, beside those that an action publishes at once.
    static let publishIntervalMilliseconds: Int64 = 250
    /// Journal rows in a snapshot.
    static let recentRows = 200

    nonisolated let configuration: EngineConfiguration
    nonisolated let stores: EngineStores
    nonisolated let board = SnapshotBoard()
    nonisolated let jobBoard = JobBoard()
    nonisolated let pressure = ServingPressure()
    nonisolated let writer: TrafficWriter
    nonisolated let intake: LabelIntake
    nonisolated let loader: VersionLoader
    nonisolated let importances: ImportanceWorker
    /// Short reads that the engine waits for without standing still.
    nonisolated let reading = DispatchQueue(label: "flyball.read", qos: .userInitiated, attributes: .concurrent)
    /// Reads and writes that may take long and that nobody waits for: retention, series, settling of labels.
    nonisolated let maintenance = DispatchQueue(label: "flyball.maintenance", qos: .utility)
    nonisolated let webhook: Webhook?
    nonisolated let logger: Logger
    nonisolated let bootEpoch: UInt32
    nonisolated let startedAt: Int64
    private nonisolated let executor: QueueExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    nonisolated var clock: EngineClock { configuration.clock }
    nonisolated var workspace: Workspace { configuration.workspace }

    var entries: [String: DeploymentEntry] = [:]
    /// Open jobs and the latest ended ones, as stored; what a training thread reports is laid over them when they are published.
    var jobs: [JobStatus] = [] {
        didSet {
            openJobs = [:]
            for job in jobs where job.state.isOpen && (openJobs[job.deployment] == nil || job.state == .running) {
                openJobs[job.deployment] = job.id
            }
        }
    }
    /// The running or else a waiting job of each deployment that has one.
    private(set) var openJobs: [String: Int64] = [:]
    var alerts = AlertBook()
    var freezes: [Freeze] = []
    /// What of the stores cannot be read.
    var damage = DamageBook()
    var operators: [Int: AttachedOperator] = [:]
    var recent: [JournalRow] = []
    var dataPlane: any DataPlane = NoDataPlane()
    var routingGeneration: UInt64 = 0
    var snapshotGeneration: UInt64 = 0
    var isDirty = true
    var lastPublish: Int64 = 0
    var lastSecond: Int64 = 0
    var lastMinute: Int64 = 0
    var loops: [Int: LoopStatus] = [:]
    var lastSwapNanoseconds: UInt64?
    var probe = SystemProbe()
    var system = SystemStatus()
    /// Changes that hold in memory only, because the control store refused them; written first when it takes writes again.
    var unjournalled: [JournalEntry] = []
    /// Why the control store refuses writes, if it does.
    var controlFailure: String?
    var isStopping = false
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
    var isStopped = false
    /// Whether labels are being joined with late predictions right now.
    var isSettling = false
    var nextOperatorToken = 1
    /// One a deployment: of the version whose scores were last asked about.
    var explainers: [String: CachedExplainer] = [:]
    var trainer: TrainingThread?
    /// What learns label by label, and its thread; nil in an engine that runs no policies.
    var online: (worker: OnlineWorker, thread: TrainingThread)?
    /// The only job that a solitary engine runs.
    var ownJob: Int64?

    init(configuration: EngineConfiguration, stores: EngineStores, logger: Logger, bootEpoch: UInt32) {
        self.configuration = configuration
        self.stores = stores
        self.logger = logger
        self.bootEpoch = bootEpoch
        startedAt = configuration.clock.milliseconds()
        executor = QueueExecutor(label: "flyball.engine")
        writer = TrafficWriter(store: stores.telemetry, logger: logger)
        intake = LabelIntake(
            labels: stores.labels, telemetry: stores.telemetry, epoch: bootEpoch, clock: configuration.clock, logger: logger)
        loader = VersionLoader(control: stores.control)
        let workspace = configuration.workspace
        importances = ImportanceWorker(
            control: stores.control, dataDirectory: workspace.dataDirectory, memory: workspace.configuration.trainingMemory,
            pressure: pressure)
        webhook = configuration.workspace.configuration.webhook.flatMap { Webhook(url: $0, logger: logger) }
    }

    /// The deployment, or an error that names the nearest one.
    func entry(_ name: String) throws(ActionFailure) -> DeploymentEntry {
        if let entry = entries[name] { return entry }
        throw .notFound(kind: "deployment", name: SafeText.escape(name), nearest: Names.nearest(to: name, in: Array(entries.keys).sorted()))
    }

    /// Now, UTC milliseconds.
    nonisolated func now() -> Int64 { clock.milliseconds() }

    // MARK: Operators

    func operatorAttached(_ attached: AttachedOperator) -> Int {
        defer { nextOperatorToken += 1 }
        operators[nextOperatorToken] = attached
        isDirty = true
        return nextOperatorToken
    }

    func operatorDetached(_ token: Int) {
        operators[token] = nil
        isDirty = true
    }

    // MARK: Routing

    /// Installs the current routing on every event loop; returns how long that took, nanoseconds.
    func installRouting() async -> UInt64 {
        routingGeneration += 1
        var table = RoutingTable(generation: routingGeneration)
        for entry in entries.values { table.routes[entry.name] = entry.route }
        let started = clock.nanoseconds()
        await dataPlane.install(table)
        return clock.nanoseconds() &- started
    }

    func attach(_ plane: any DataPlane) async {
        dataPlane = plane
        _ = await installRouting()
        isDirty = true
        publish()
    }
}
