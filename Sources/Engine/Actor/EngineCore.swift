import Dispatch
import Learning
import Logging
import Store
import Tabular

/// The engine's own state and its only writer. Runs on a queue of its own, since it calls the stores, which block.
///
/// It receives (actions, harvests, ticks, reports of jobs), asks the parts what that means, writes what they answer in one transaction, and
/// publishes. What something means is decided in the parts, which know nothing of it.
actor EngineCore {
    nonisolated let configuration: EngineConfiguration
    nonisolated let stores: EngineStores
    nonisolated let services: EngineServices
    private nonisolated let executor = QueueExecutor(label: "flyball.engine")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var fleet = Fleet()
    var jobs = JobBook()
    var alerts = AlertBook()
    var freezes: [Freeze] = []
    /// What of the stores cannot be read.
    var damage = DamageBook()
    var journal = JournalState()
    var operators = AttachedOperators()
    var plane = PlaneState()
    var pace = Pace()
    var system = SystemWatch()
    var stopping = Stopping()
    var threads = LearningThreads()

    init(configuration: EngineConfiguration, stores: EngineStores, logger: Logger, bootEpoch: UInt32) {
        self.configuration = configuration
        self.stores = stores
        services = EngineServices(configuration: configuration, stores: stores, logger: logger, bootEpoch: bootEpoch)
    }

    /// The deployments, by name.
    var entries: [String: DeploymentEntry] {
        get { fleet.entries }
        _modify { yield &fleet.entries }
    }

    /// The deployment, or an error that names the nearest one.
    func entry(_ name: String) throws(ActionFailure) -> DeploymentEntry {
        if let entry = entries[name] {
            do throws(StoreFailure) { try bringLines(entry) } catch { throw .store("\(name): its older versions cannot be read: \(error)") }
            return entry
        }
        throw .notFound(kind: "deployment", name: SafeText.escape(name), nearest: Names.nearest(to: name, in: Array(entries.keys).sorted()))
    }

    /// Whether the present has changed since it was published.
    var isDirty: Bool {
        get { pace.isDirty }
        set { pace.isDirty = newValue }
    }

    /// Whether no new work is taken.
    var isStopping: Bool {
        get { stopping.hasBegun }
        set { stopping.hasBegun = newValue }
    }

    /// How long the last swap took.
    var lastSwapNanoseconds: UInt64? {
        get { plane.lastSwapNanoseconds }
        set { plane.lastSwapNanoseconds = newValue }
    }

    // MARK: Operators

    func operatorAttached(_ attached: AttachedOperator) -> Int {
        isDirty = true
        return operators.add(attached)
    }

    func operatorDetached(_ token: Int) {
        operators.remove(token)
        isDirty = true
    }

    // MARK: Routing

    /// Installs the current routing on every event loop; returns how long that took, nanoseconds.
    func installRouting() async -> UInt64 { await install(plane.nextTable(entries.compactMapValues(\.route))) }

    /// The same where only one deployment has changed, or is gone: what that takes does not grow with the number of deployments.
    func installRouting(of name: String) async -> UInt64 {
        // A learner hands its copies over by itself: the table has to have the newest of each.
        var changes = entries.filter { $0.value.live != nil }.mapValues(\.route)
        changes[name] = .some(entries[name]?.route)
        return await install(plane.nextTable(changing: changes))
    }

    /// Who may ask has changed, and nothing else.
    func installAccess() async -> UInt64 {
        await install(plane.nextTable(changing: entries.filter { $0.value.live != nil }.mapValues(\.route)))
    }

    private func install(_ table: RoutingTable) async -> UInt64 {
        let started = clock.nanoseconds()
        await plane.dataPlane.install(table)
        return clock.nanoseconds() &- started
    }

    func attach(_ dataPlane: any DataPlane) async {
        plane.dataPlane = dataPlane
        _ = await installRouting()
        isDirty = true
        publish()
    }
}

/// What the actor's own code calls by its short name.
extension EngineCore {
    nonisolated var clock: EngineClock { configuration.clock }
    nonisolated var workspace: Workspace { configuration.workspace }
    nonisolated var board: SnapshotBoard { services.board }
    nonisolated var jobBoard: JobBoard { services.jobBoard }
    nonisolated var resources: ResourceManager { services.resources }
    nonisolated var writer: TrafficWriter { services.writer }
    nonisolated var intake: LabelIntake { services.intake }
    nonisolated var loader: VersionLoader { services.loader }
    nonisolated var importances: ImportanceTask.Worker { services.importances }
    nonisolated var pairs: PairTask.Worker { services.pairs }
    nonisolated var reading: DispatchQueue { services.reading }
    nonisolated var maintenance: DispatchQueue { services.maintenance }
    nonisolated var webhook: Webhook? { services.webhook }
    nonisolated var logger: Logger { services.logger }
    nonisolated var bootEpoch: UInt32 { services.birth.epoch }
    nonisolated var startedAt: Int64 { services.birth.time }

    var trainer: TrainingThread? { threads.trainer }
    var online: (worker: OnlineWorker, thread: TrainingThread)? { threads.online }

    /// Now, UTC milliseconds.
    nonisolated func now() -> Int64 { clock.milliseconds() }
}
