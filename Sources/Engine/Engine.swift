import Dispatch
import Foundation
public import Learning
public import Logging
import Monitoring
package import Store
import Synchronization
import Tabular

/// The engine: deployments, versions, jobs, policies, alerts.
///
/// One door for change, two windows for reading.
///
/// ```
/// let engine = try await Engine.start(EngineConfiguration(workspace: workspace))
/// let receipt = await engine.perform(ActionRequest(.pause(deployment: "churn")), by: operator)
/// ```
public final class Engine: Sendable {
    let core: EngineCore
    private let lock: WorkspaceLock
    private let histories = DispatchQueue(label: "flyball.history", qos: .userInitiated, attributes: .concurrent)
    private let heartbeat = Mutex<Task<Void, Never>?>(nil)
    private let rest = Mutex<Task<Void, Never>?>(nil)
    private let lastFlush = Mutex<Int64>(0)

    /// The workspace that it holds.
    public let workspace: Workspace
    /// What it was started with.
    public let configuration: EngineConfiguration
    /// The count of engine starts in this workspace: part of every prediction id.
    public let bootEpoch: UInt32

    private init(core: EngineCore, lock: WorkspaceLock) {
        self.core = core
        self.lock = lock
        workspace = core.workspace
        configuration = core.configuration
        bootEpoch = core.bootEpoch
    }

    /// Takes the workspace, opens its stores, reads everything back, and loads the champions.
    ///
    /// - Throws: `WorkspaceFailure.busy` when another engine has it, `StoreFailure` when a store cannot be used.
    public static func start(_ configuration: EngineConfiguration, logger: Logger = Logger(label: "flyball")) async throws -> Engine {
        let lock = try WorkspaceLock.take(configuration.workspace)
        let (stores, opening) = try EngineStores.open(
            configuration.workspace, version: configuration.productVersion, now: configuration.clock.milliseconds())
        let epoch = try EngineCore.raiseEpoch(stores.control, now: configuration.clock.milliseconds())
        let core = EngineCore(configuration: configuration, stores: stores, logger: logger, bootEpoch: epoch)
        try await core.restore()
        await core.journal(opening)
        await core.publish()
        let engine = Engine(core: core, lock: lock)
        engine.writeInfo(NoDataPlane())
        stores.control.settleBallast()
        if configuration.runsJobs { await core.startTraining() }
        if configuration.ticks { engine.beat() }
        let rest = Task { await core.restoreRest() }
        engine.rest.withLock { $0 = rest }
        return engine
    }

    /// The newest published present.
    ///
    /// Complexity: O(1).
    public var snapshot: Snapshot { core.board.snapshot }

    /// The one door.
    ///
    /// The action is authorised, compared with what the operator saw, applied and journalled; the receipt says what it did.
    public func perform(_ request: ActionRequest, by who: Operator) async -> Result<Receipt, ActionFailure> {
        await core.perform(request, by: who)
    }

    /// Takes note of an attempt that somebody had no right to; does not wait.
    public func noteRefused(_ reason: AccessRefusal.Reason) {
        let core = core
        Task { await core.noteRefused(reason) }
    }

    /// A page of the past, read off the main path.
    public func history(_ query: HistoryQuery) async -> HistoryPage { await core.history(query, on: histories) }

    /// Hears of each published snapshot, on the engine's queue: at most four a second and one at once after each action.
    ///
    /// Must not block.
    public func onPublish(_ body: @escaping @Sendable (Snapshot) -> Void) -> Int { core.board.add(body) }

    /// Hears, once, that the engine has stopped; returns what `removeObserver` takes.
    ///
    /// Must not block.
    public func onStop(_ body: @escaping @Sendable () -> Void) -> Int { core.board.addStop(body) }

    /// Stops hearing, of either.
    public func removeObserver(_ token: Int) { core.board.remove(token) }

    /// Gives the engine its event loops: from now on they are given routing tables and harvested.
    public func attach(_ dataPlane: any DataPlane) async throws {
        await core.attach(dataPlane)
        core.services.watchdog.watch(dataPlane.pulses)
        writeInfo(dataPlane)
    }

    /// Takes labels; answers when they are durable, one result a label, in order.
    public func acceptLabels(_ labels: [IncomingLabel], deployment: String) async -> Result<[LabelResult], ActionFailure> {
        guard let status = snapshot.deployment(deployment), let schema = status.schema else {
            return .failure(.notFound(kind: "deployment", name: SafeText.escape(deployment), nearest: nil))
        }
        // An id of the client's own is found by its row, which may still be in an event loop's block.
        if labels.contains(where: { RowID($0.id) == nil }) { await flushTraffic() }
        return await core.intake.accept(labels, deployment: deployment, target: schema.target, words: schema.missingWords)
    }

    /// Why raw rows in the deployment's codes, row-major, get their scores by a version; at any time, never on an event loop.
    public func explain(_ rows: [Double], deployment: String, version: UInt32) async -> Result<[Explanation], ActionFailure> {
        await core.explain(rows, deployment: deployment, version: version)
    }

    /// Hands what the event loops hold to the log, at most four times a second however often it is asked for.
    private func flushTraffic() async {
        let now = core.clock.milliseconds()
        let isDue = lastFlush.withLock { last in
            guard now - last >= 250 else { return false }
            last = now
            return true
        }
        if isDue { await core.flushTraffic() }
    }

    /// Enters an operator who looks at a console.
    public func operatorAttached(_ attached: AttachedOperator) async -> Int { await core.operatorAttached(attached) }

    /// Removes the operator of that token.
    public func operatorDetached(_ token: Int) async { await core.operatorDetached(token) }

    /// Returns when the engine has stopped.
    public func stopped() async { await core.stopped() }

    /// The program that is to take the engine's place, once it has stopped.
    public func successor() async -> String? { await core.stopping.successor }

    /// Stops in order; what runs is put back, what is held is written.
    public func shutdown() async {
        await core.shutdown()
        heartbeat.withLock { $0?.cancel() }
        try? FileManager.default.removeItem(atPath: workspace.infoPath)
        lock.release()
    }

    /// Returns when everything that could wait at the start has been read back too.
    package func restored() async { await rest.withLock { $0 }?.value }

    /// Has every champion, read anew, answer its golden rows.
    func proveChampions() async -> [(deployment: String, version: UInt32, proof: Result<Int, ActionFailure>)] {
        await core.proveChampions()
    }

    /// Writes what the event loops hold into the log now, for tests and simulations.
    package func flushed() async { await core.flushTraffic() }

    /// Transactions of labels that were synchronised since the start, for tests.
    package var labelCommits: Int { core.stores.labels.commits }

    /// From now on every write to every store meets this fault; nil: none.
    package func inject(_ fault: DiskFault?) {
        core.stores.control.inject(fault)
        core.stores.labels.inject(fault)
        core.stores.telemetry.inject(fault)
    }

    /// The engine's own queue does nothing else for so long, for tests.
    package func hold(seconds: Double) async { await core.hold(seconds: seconds) }

    /// One heartbeat by hand, for tests and simulations that move the clock themselves.
    package func tick() async { await core.tick() }

    /// Where the engine writes its log.
    public var logger: Logger { core.logger }

    /// The time as the engine sees it.
    public var clock: EngineClock { configuration.clock }

    private func beat() {
        let core = core
        core.services.watchdog.watch([
            Pulse("engine") { answer in
                Task {
                    await core.pulse()
                    answer()
                }
            }, core.services.writer.pulse, core.jobBoard.pulse.pulse("training"),
        ])
        core.services.watchdog.start()
        let task = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                await core.tick()
            }
        }
        heartbeat.withLock { $0 = task }
    }

    /// Says who runs here; commands find the engine by its socket all the same.
    private func writeInfo(_ plane: some DataPlane) {
        let info = EngineInfo(
            pid: ProcessInfo.processInfo.processIdentifier, http: plane.address, grpc: plane.grpcAddress,
            speaksTLS: plane.certificate == nil ? nil : true, startedAt: core.startedAt, version: configuration.productVersion)
        do throws(WorkspaceFailure) { try info.write(workspace) } catch { logger.error("\(error)") }
    }
}

/// The engine in this process, as one operator sees it.
public struct LocalLink: EngineLink {
    private let engine: Engine
    private let who: Operator

    /// The link of an operator.
    public init(engine: Engine, operator who: Operator) {
        self.engine = engine
        self.who = who
    }

    /// The one door, in the operator's name.
    public func perform(_ request: ActionRequest) async -> Result<Receipt, ActionFailure> { await engine.perform(request, by: who) }
    /// A page of the past.
    public func history(_ query: HistoryQuery) async -> HistoryPage { await engine.history(query) }
}
