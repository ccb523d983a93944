import Engine
import Foundation
import Logging
import Store
import Tabular

/// An engine with everything around it: time, disk, clients, operators; all of it follows from a seed.
final class World {
    /// The date on which every simulation begins: 1 May 2026, UTC milliseconds.
    static let beginning: Int64 = 1_777_593_600_000
    static let day: Int64 = 86_400_000
    /// Between two looks at everything.
    static let step: Int64 = 3_600_000

    /// How a world is made.
    struct Plan {
        var seed: UInt64
        var days: Int
        var hasFaults = true
    }

    let plan: Plan
    var random: SimulationRandom
    /// Holds one workspace after the other: each end of an engine leaves a copy of what its disk held.
    let root: String
    private(set) var generation = 0
    private(set) var engine: Engine
    private(set) var plane: SimulatedPlane
    private(set) var clock: ManualClock
    var told = Told()
    var clients = Clients()
    var operators = Operators()
    var disk = Disk()
    var watch = Watch()
    /// Steps done.
    private(set) var steps = 0
    /// What happened, for whoever looks for the reason of a failure; the newest only.
    private(set) var log: [String] = []
    private(set) var ends = 0
    /// Faults of the disk.
    var faults = 0

    var workspace: String { "\(root)/w\(generation)" }
    var day: Int { Int((clock.clock.milliseconds() - Self.beginning) / Self.day) }

    private static let toml = """
        [monitoring]
        window_rows = 100
        window = "10m"
        cooldown = "6h"
        [gates]
        non_inferiority = 0.1
        log_loss = 0.3
        calibration = 0.3
        [telemetry]
        max_age = "7d"
        """

    /// Makes a fresh world in a directory that is emptied.
    static func make(_ plan: Plan, root: String) async throws -> World {
        try? FileManager.default.removeItem(atPath: root)
        try FileManager.default.createDirectory(atPath: root + "/w0", withIntermediateDirectories: true)
        try toml.write(toFile: root + "/w0/flyball.toml", atomically: true, encoding: .utf8)
        let clock = ManualClock(beginning)
        let (engine, plane) = try await start(root + "/w0", clock)
        let world = World(plan: plan, root: root, engine: engine, plane: plane, clock: clock)
        try Houses.writeFiles(root, seed: plan.seed)
        return world
    }

    private init(plan: Plan, root: String, engine: Engine, plane: SimulatedPlane, clock: ManualClock) {
        self.plan = plan
        self.root = root
        self.engine = engine
        self.plane = plane
        self.clock = clock
        random = SimulationRandom(seed: plan.seed)
    }

    private static func start(_ directory: String, _ clock: ManualClock) async throws -> (Engine, SimulatedPlane) {
        var configuration = EngineConfiguration(workspace: try Workspace.open(path: directory))
        configuration.watchesLimits = false
        configuration.clock = clock.clock
        configuration.ticks = false
        configuration.runsJobs = false
        var logger = Logger(label: "flyball.simulation")
        logger.logLevel = ProcessInfo.processInfo.environment["SIMULATION_LOG"] == nil ? .critical : .debug
        let engine = try await Engine.start(configuration, logger: logger)
        let plane = SimulatedPlane(epoch: engine.bootEpoch, clock: clock.clock)
        try await engine.attach(plane)
        await engine.restored()
        await engine.settled()
        return (engine, plane)
    }

    // MARK: Time

    /// Runs to the plan's end; throws what must not be.
    func run() async throws {
        while steps < plan.days * Int(Self.day / Self.step) {
            try await advance()
        }
        await disk.mend(self)
        try await rest()
        try await Invariants.journalHolds(self)
        try await end(.stop)
        try await Invariants.journalGrows(self)
    }

    /// One step: traffic and ticks, then labels, an operator, jobs, faults; then everything that must hold.
    func advance() async throws {
        steps += 1
        for _ in 0..<3 {
            clock.advance(Self.step / 3 - 500)
            clients.ask(self)
            await engine.tick()
            // Else what the first turn began, such as joining labels, runs before or after the second one as threads will have it.
            await engine.settled()
            clock.advance(500)
            await engine.tick()
            await engine.settled()
            try Invariants.hold(self)
        }
        try await clients.label(self)
        try await operators.act(self)
        await runJobs()
        if plan.hasFaults {
            await disk.turn(self)
            if random.chance(0.01) { try await end(random.pick(End.allCases) ?? .kill) }
        }
        await engine.tick()
        await engine.settled()
        try Invariants.hold(self)
        try await Invariants.journalGrows(self)
        if steps.isMultiple(of: 24) { try await Invariants.journalHolds(self) }
        try recordLogs()
    }

    /// Lets time go by without anybody until whatever the store refused is written.
    private func rest() async throws {
        for _ in 0..<12 {
            clock.advance(30_000)
            await engine.tick()
            await engine.settled()
        }
        try Invariants.hold(self)
    }

    private func runJobs() async {
        // A worker that is lost keeps its job until the claim is over.
        if plan.hasFaults, random.chance(0.01) { note("lost job \((try? engine.loseJob()) ?? 0)") }
        for _ in 0..<4 {
            guard await engine.runJob() else { break }
            await engine.settled()
        }
    }

    // MARK: Ends

    /// How an engine ends.
    enum End: CaseIterable {
        /// In order.
        case stop
        /// kill -9: what the system has taken stays.
        case kill
        /// Power loss: what was not synchronised is lost from some byte on.
        case powerLoss
        /// Power loss in the middle of a change that nobody has heard of.
        case midway
    }

    /// Ends the engine and starts another one on what its disk holds, some time later, by a clock that may be wrong.
    func end(_ end: End) async throws {
        ends += 1
        note("end \(end)")
        let former = Present(engine.snapshot)
        var unheard: String?
        let before = try WriteAheadLog(path: "\(workspace)/store/control.db-wal")
        if end == .midway { unheard = await operators.whisper(self) }
        let source = workspace
        if end == .stop {
            await disk.mend(self)
            await engine.shutdown()
        }
        generation += 1
        try copy(from: source, end, after: before)
        if end != .stop {
            // The one that is gone says nothing more to anybody.
            for store in Engine.StoreName.allCases { engine.inject(.writeError, into: store) }
            await engine.shutdown()
        }
        try FileManager.default.removeItem(atPath: source)
        clients.forgetWhatIsLost(self, end)
        // A date that lies before the last one, or long after it, deletes nothing and refuses nobody.
        let away = random.pick([60_000, 60_000, 3_600_000, 3 * Self.day, 20 * Self.day, -7_200_000] as [Int64]) ?? 0
        clock = ManualClock(clock.clock.milliseconds() + away)
        disk = Disk()
        watch.restart()
        (engine, plane) = try await Self.start(workspace, clock)
        if let unheard { told.changes[unheard] = .unheard }
        try Invariants.comeBack(self, former, isSure: unheard == nil)
        try await Invariants.everythingTold(self)
    }

    /// What the disk held at the end.
    ///
    /// - Parameter before: the registry's log before the change that nobody has heard of.
    private func copy(from source: String, _ end: End, after before: WriteAheadLog?) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: workspace + "/store", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["data", "checkpoints", "flyball.toml"] where manager.fileExists(atPath: source + "/" + name) {
            try manager.copyItem(atPath: source + "/" + name, toPath: workspace + "/" + name)
        }
        for name in try manager.contentsOfDirectory(atPath: source + "/store").sorted() {
            // The index of a log is made anew; the ballast is only room.
            if name.hasSuffix("-shm") || name == "ballast" { continue }
            try manager.copyItem(atPath: source + "/store/" + name, toPath: workspace + "/store/" + name)
        }
        switch end {
        case .stop, .kill: break
        case .powerLoss: try cut("telemetry") { 0..<$0.end }
        case .midway:
            // Whatever was acknowledged before was on the disk.
            try cut("control") { log in before?.salts == log.salts ? (before?.end ?? log.end)..<log.end : 0..<0 }
        }
    }

    /// Loses a log from some byte on.
    private func cut(_ store: String, _ within: (WriteAheadLog) -> Range<Int64>) throws {
        let path = "\(workspace)/store/\(store).db-wal"
        guard let log = try WriteAheadLog(path: path) else { return }
        let range = within(log)
        guard !range.isEmpty else { return }
        let place = Int64.random(in: range, using: &random)
        guard truncate(path, off_t(place)) == 0 else { throw Violation(what: "the log cannot be cut") }
        note("cut \(store) at \(place) of \(log.end)")
    }

    // MARK: Saying

    func note(_ what: String) {
        let line = "day \(day), step \(steps): \(what)"
        log.append(line)
        rows?.write(Data((line + "\n").utf8))
        if log.count > 400 { log.removeFirst(200) }
    }

    /// SIMULATION_JOURNAL: a file at whose end each row is put, and what happened between them, for whoever compares two lives of one seed.
    private let rows = ProcessInfo.processInfo.environment["SIMULATION_JOURNAL"].flatMap { path in
        FileManager.default.createFile(atPath: path, contents: nil) ? FileHandle(forWritingAtPath: path) : nil
    }

    func record(_ row: JournalRow) {
        let entry = row.entry
        let place = "\(row.sequence) \(entry.time) \(entry.verb) \(entry.deployment ?? "-")"
        rows?.write(Data("\(place) \(entry.summary) \(entry.reason ?? "-") \(entry.details)\n".utf8))
    }

    /// How far the log of each store has come, beside the rows: where two lives of one seed part first.
    private func recordLogs() throws {
        guard rows != nil else { return }
        for store in Engine.StoreName.allCases {
            let log = try WriteAheadLog(path: "\(workspace)/store/\(store.rawValue).db-wal")
            let bytes = (try? FileManager.default.attributesOfItem(atPath: "\(workspace)/store/\(store.rawValue).db")[.size]) as? Int
            rows?.write(Data("step \(steps): \(store.rawValue) \(bytes ?? 0) and \(log?.end ?? 0)\n".utf8))
        }
    }

    /// Stops the engine and takes the directory away.
    func close() async {
        await engine.shutdown()
        try? FileManager.default.removeItem(atPath: root)
    }
}
