import Dispatch
import Logging

/// What the engine works with beside its own state; each is safe to use from any thread.
struct EngineServices: Sendable {
    let board = SnapshotBoard()
    let jobBoard = JobBoard()
    let resources: ResourceManager
    let writer: TrafficWriter
    let intake: LabelIntake
    let loader: VersionLoader
    let importances: ImportanceTask.Worker
    let pairs: PairTask.Worker
    /// Short reads that the engine waits for without standing still.
    let reading = DispatchQueue(label: "flyball.read", qos: .userInitiated, attributes: .concurrent)
    /// Reads and writes that may take long and that nobody waits for: retention, series, settling of labels.
    let maintenance = DispatchQueue(label: "flyball.maintenance", qos: .utility)
    let scrub: Scrub
    /// What is done after an answer was given.
    let errands = Errands()
    let watchdog: Watchdog
    let webhook: Webhook?
    let logger: Logger
    let birth: Birth

    /// Which engine of its workspace it is.
    struct Birth: Sendable {
        /// The count of engine starts in this workspace.
        let epoch: UInt32
        /// When it was started, UTC milliseconds.
        let time: Int64
    }

    init(configuration: EngineConfiguration, stores: EngineStores, logger: Logger, bootEpoch: UInt32) {
        let workspace = configuration.workspace
        self.logger = logger
        birth = Birth(epoch: bootEpoch, time: configuration.clock.milliseconds())
        writer = TrafficWriter(
            store: stores.telemetry, queue: configuration.ticks ? DispatchQueue(label: "flyball.traffic", qos: .utility) : maintenance,
            logger: logger)
        intake = LabelIntake(
            labels: stores.labels, telemetry: stores.telemetry, epoch: bootEpoch, clock: configuration.clock, logger: logger)
        loader = VersionLoader(control: stores.control)
        let plan = workspace.configuration.resources
        resources = ResourceManager(plan: plan)
        let share = resources.share(.analysis)
        let data = KeptData(directory: workspace.dataDirectory, memory: plan.memory(.analysis))
        let importance = ImportanceTask(data: data, control: stores.control)
        importances = ImportanceTask.Worker(name: "flyball.matter", share: share, work: importance.find)
        let pair = PairTask(data: data, stores: stores)
        // Labels come: an old comparison is made once more.
        pairs = PairTask.Worker(
            name: "flyball.pair", share: share, keeping: .init(fresh: .seconds(10), stale: .seconds(60)), work: pair.compare)
        scrub = Scrub(stores: stores)
        watchdog = Watchdog(
            limit: configuration.standstillSeconds, clock: configuration.clock, logger: logger, backtraces: configuration.backtraces
        ) { [board] standstills in
            board.amend { $0.engine.standstills = standstills }
        }
        webhook = workspace.configuration.webhook.flatMap { Webhook(url: $0, logger: logger) }
    }
}
