import Engine
import Foundation
import Learning
import Logging
import Store
import Synchronization
import Tabular
import Testing

/// An engine in a workspace of its own, with event loops that the test drives.
struct EngineHarness: Sendable {
    /// The committed flights sample.
    static let flights = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/flights-sample.csv").path
    /// The last row of the sample that deployments learn from: 1 May 2013, 04:00 UTC.
    static let may: Int64 = 1_367_380_800_000
    static let admin = Operator(name: "root", uid: 0, role: .admin)
    static let oncall = Operator(name: "oncall", uid: 1001, role: .operator)

    let engine: Engine
    let plane: FakePlane
    let clock: ManualClock

    /// How a test's engine differs from the usual one.
    struct Options: Sendable {
        /// Margins are wide: some hundred held-out rows decide nothing by those that workspaces have.
        var toml = "[monitoring]\nwindow_rows = 500\nwindow = \"5s\"\n" + wideGates
        static let wideGates = "[gates]\nnon_inferiority = 0.1\nlog_loss = 0.2\ncalibration = 0.2\n"
        var runsPolicies = false
        var runsJobs = true
        var isSolitary = false
        /// Only where the test is about it: how full the machine's disk is is none of the others' business.
        var watchesLimits = false
    }

    /// Runs a body with a fresh directory that is removed afterwards.
    static func withDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-engine-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }

    /// Runs a body with an engine in a fresh workspace; the engine is shut down afterwards.
    static func run(_ options: Options = Options(), _ body: (EngineHarness) async throws -> Void) async throws {
        try await withDirectory { directory in
            try await run(in: directory, clock: ManualClock(may + 86_400_000), options, body)
        }
    }

    /// The same in a directory that stays, so that a second engine can take it up.
    static func run(
        in directory: String, clock: ManualClock, _ options: Options = Options(), _ body: (EngineHarness) async throws -> Void
    ) async throws {
        let harness = try await start(in: directory, clock: clock, options)
        do { try await body(harness) } catch {
            await harness.engine.shutdown()
            throw error
        }
        await harness.engine.shutdown()
    }

    /// Starts an engine that the test stops, or lets go as if its process had been killed.
    static func start(in directory: String, clock: ManualClock, _ options: Options = Options()) async throws -> EngineHarness {
        // Not on a full disk, where it stands already.
        let path = directory + "/flyball.toml"
        if (try? String(contentsOfFile: path, encoding: .utf8)) != options.toml {
            try options.toml.write(toFile: path, atomically: true, encoding: .utf8)
        }
        var configuration = EngineConfiguration(workspace: try Workspace.open(path: directory))
        configuration.clock = clock.clock
        configuration.ticks = false
        configuration.runsPolicies = options.runsPolicies
        configuration.runsJobs = options.runsJobs
        configuration.isSolitary = options.isSolitary
        configuration.watchesLimits = options.watchesLimits
        var logger = Logger(label: "flyball.test")
        logger.logLevel = .critical
        let engine = try await Engine.start(configuration, logger: logger)
        let plane = FakePlane(loops: 2, epoch: engine.bootEpoch, clock: clock.clock)
        try await engine.attach(plane)
        return EngineHarness(engine: engine, plane: plane, clock: clock)
    }

    var snapshot: Snapshot { engine.snapshot }

    func status(_ name: String = "flights") throws -> DeploymentStatus { try #require(snapshot.deployment(name)) }

    // MARK: Doing

    /// The order that the tests deploy with: January to April of the sample.
    static func order(_ name: String = "flights", algorithm: String = "logistic", path: String = flights, policy: String? = nil)
        -> DeployOrder
    {
        DeployOrder(
            name: name, path: path,
            options: ImportOptions(
                target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: ["dep_delay"], until: may),
            training: TrainingRequest(algorithm: algorithm), policy: policy)
    }

    @discardableResult
    func perform(
        _ action: Action, by who: Operator = admin, expected: ExpectedState? = nil, reason: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        switch await engine.perform(ActionRequest(action, expected: expected, reason: reason), by: who) {
        case .success(let receipt): return receipt
        case .failure(let failure):
            Issue.record("\(action.verb): \(failure)", sourceLocation: sourceLocation)
            throw failure
        }
    }

    /// Why an action is not done.
    func refusal(
        _ action: Action, by who: Operator = admin, expected: ExpectedState? = nil, reason: String? = nil
    ) async -> ActionFailure? {
        guard case .failure(let failure) = await engine.perform(ActionRequest(action, expected: expected, reason: reason), by: who) else {
            return nil
        }
        return failure
    }

    /// Deploys the sample and waits until its first version answers.
    func deploy(_ name: String = "flights", algorithm: String = "logistic", policy: String? = nil) async throws {
        let receipt = try await perform(.deploy(Self.order(name, algorithm: algorithm, policy: policy)))
        try await finished(receipt.job)
        #expect(try status(name).champion == 1)
    }

    /// Trains and waits; returns the job's end.
    @discardableResult
    func train(_ order: TrainOrder, by who: Operator = admin) async throws -> JobStatus {
        try await finished(try await perform(.train(order), by: who).job)
    }

    /// Waits until a job has ended.
    @discardableResult
    func finished(_ id: Int64?) async throws -> JobStatus {
        let id = try #require(id)
        try await wait("the end of job \(id)") { $0.jobs.first { $0.id == id }?.state.isOpen == false }
        return try #require(snapshot.jobs.first { $0.id == id })
    }

    // MARK: Waiting

    /// Waits for a published present that meets a condition.
    ///
    /// Time does not move meanwhile.
    func wait(_ what: String, seconds: Double = 120, _ condition: @escaping @Sendable (Snapshot) -> Bool) async throws {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let token = engine.onPublish { if condition($0) { continuation.finish() } }
        defer { engine.removeObserver(token) }
        if condition(engine.snapshot) { return }
        let timer = Task {
            try? await Task.sleep(for: .seconds(seconds))
            continuation.finish()
        }
        for await _ in stream {}
        timer.cancel()
        if !condition(engine.snapshot) { throw Missed(what: what) }
    }

    struct Missed: Error, CustomStringConvertible {
        var what: String
        var description: String { "waited in vain for \(what)" }
    }

    /// Moves the clock in ticks of a quarter of a second.
    func pass(seconds: Double) async {
        for _ in 0..<Int(seconds * 4) {
            clock.advance(250)
            await engine.tick()
        }
    }

    // MARK: Traffic

    /// The sample's rows from a time on, coded for the deployment.
    func rows(from: Int64? = nil, until: Int64? = nil, _ name: String = "flights") throws -> LabelledRows {
        let schema = try #require(try status(name).schema)
        let categories = try #require(plane.categories(name))
        var rows = try CSVImport.read(path: Self.flights, schema: schema, from: from, until: until).rows
        for (column, feature) in schema.features.enumerated() where feature.kind == .categorical {
            let table = rows.categories[feature.name].table
            for position in stride(from: column, to: rows.features.count, by: schema.width) {
                guard let text = Int32(exactly: rows.features[position]).flatMap({ table.name(of: $0) }) else { continue }
                rows.features[position] = Double(categories[feature.name].intern(text))
            }
        }
        rows.categories = categories
        return rows
    }

    /// One answered row with its truth.
    struct Served: Sendable {
        var answer: FakePlane.Answer
        var truth: Double
    }

    /// Sends rows one request each, as many as there are or again from the first, at so many a second of the engine's time.
    @discardableResult
    func send(
        _ rows: LabelledRows, count: Int, rate: Int = 100, to name: String = "flights", change: (inout [Double]) -> Void = { _ in }
    ) async throws -> [Served] {
        let width = rows.schema.width
        var served: [Served] = []
        for index in 0..<count {
            // Not in order of time: every window then looks like all of the rows.
            let row = index * 1_009 % rows.count
            var values = Array(rows.features[(row * width)..<((row + 1) * width)])
            change(&values)
            if let answer = plane.predict(name, row: values) { served.append(Served(answer: answer, truth: rows.targets[row])) }
            if (index + 1) % max(1, rate / 4) == 0 { await pass(seconds: 0.25) }
        }
        return served
    }

    /// Sends the truth of answered rows, once they are in the log.
    @discardableResult
    func label(
        _ served: [Served], of name: String = "flights", correct: Bool = false, truth: ((Served) -> Double)? = nil
    ) async throws -> [LabelResult] {
        await engine.flushed()
        let classes = try #require(try status(name).schema).target.classes
        let labels = served.map { IncomingLabel(id: $0.answer.id, value: classes[Int(truth?($0) ?? $0.truth)], correct: correct) }
        return try await engine.acceptLabels(labels, deployment: name).get()
    }

    /// A page of the past.
    func journal(limit: Int = 100) async throws -> [JournalRow] {
        guard case .journal(let rows) = await engine.history(.journalAfter(sequence: 0, limit: limit, deployment: nil)).content else {
            throw Missed(what: "the journal")
        }
        return rows
    }
}
