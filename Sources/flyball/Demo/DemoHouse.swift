import Control
import Engine
import Foundation
import Learning
import Logging
import Tabular
import Workload

/// A throwaway workspace with several deployments, live traffic on them, and the script's incidents.
///
/// Everything that it does to the engine goes through its one door, in the demo's own name, so that the journal tells the script's doing
/// from the product's. With and without a screen it is the same house.
final class DemoHouse: Sendable {
    /// What the operator chooses.
    struct Options: Sendable {
        /// The same seed gives the same data and, as far as the incidents come at the same rows, the same traffic.
        var seed: UInt64 = 1
        /// How much faster than in the script the incidents follow each other.
        var speed = 1.0
        /// `host:port` given by hand.
        var listen: String?
        /// A directory made for it before, by `makeDirectory`.
        var directory: String?
    }

    /// Windows close and loops turn in seconds, so that a visitor sees a whole turn within minutes.
    ///
    /// The header says so.
    private static let configuration = """
        # Written by the demo: windows are much shorter than anybody should run in earnest.
        name = "demo"
        [monitoring]
        window_rows = 300
        window = "6s"
        cooldown = "30s"

        [telemetry]
        max_bytes = "512MiB"
        max_age = "6h"

        """

    /// Engine, HTTP and socket.
    let house: EngineHouse
    /// What is being sent.
    let traffic: DemoTraffic
    private let directory: String
    private let options: Options
    private let files: DemoFiles
    private let work = WorkingTasks()

    private init(house: EngineHouse, directory: String, options: Options, traffic: DemoTraffic) {
        self.house = house
        self.directory = directory
        self.options = options
        self.traffic = traffic
        files = DemoFiles(seed: options.seed)
    }

    /// Makes the workspace, trains the first versions, and starts the traffic.
    ///
    /// - Parameters:
    ///   - opener: makes the console of an operator who attaches.
    ///   - report: told of each step.
    static func start(options: Options, opener: @escaping ConsoleOpener, report: @escaping @Sendable (String) -> Void) async throws
        -> DemoHouse
    {
        let directory = try options.directory ?? makeDirectory()
        do {
            try Data(configuration.utf8).write(to: URL(fileURLWithPath: directory + "/flyball.toml"))
            let workspace = try Workspace.open(path: directory)
            let house = try await EngineHouse.start(
                workspace: workspace, options: EngineHouse.Options(listen: options.listen, isDemo: true), opener: opener)
            guard let endpoint = Endpoint(house.address) else {
                throw CommandFailure("the demo cannot reach its own server: \(house.address): give another --listen")
            }
            let traffic = DemoTraffic(endpoint: endpoint, seed: options.seed, script: DemoScript(speed: options.speed))
            let demo = DemoHouse(house: house, directory: directory, options: options, traffic: traffic)
            do { try await demo.deployAll(report) } catch {
                await demo.stop()
                throw error
            }
            demo.begin()
            return demo
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    /// Ends the traffic, stops the engine, and removes the workspace.
    func stop() async {
        work.cancelAll()
        await house.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Returns when an operator has stopped the engine; the traffic has ended and the workspace is gone then.
    func stopped() async {
        await house.stopped()
        await stop()
    }

    /// The engine.
    var engine: Engine { house.engine }

    /// The workspace, for `attach` and the other verbs.
    var path: String { directory }

    /// Makes an empty directory for a demo.
    static func makeDirectory() throws(CommandFailure) -> String {
        let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array((base + "/flyball-demo-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                "no throwaway workspace: \(SafeText.escape(base)): \(String(cString: strerror(errno)).lowercased()): set TMPDIR to another place"
            )
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Setting up

    private static let director = Operator(name: "demo", uid: nil, role: .admin)

    private func deployAll(_ report: @Sendable (String) -> Void) async throws {
        var jobs: [(job: Int64, name: String)] = []
        for deployment in SimulatedDeployment.all {
            report("making up data for \(deployment.name)")
            let path = directory + "/data/\(deployment.name).csv"
            try await files.writeTraining(deployment, to: path, endingAt: house.engine.clock.milliseconds())
            let order = DeployOrder(
                name: deployment.name, path: path, options: Self.importing(deployment),
                training: TrainingRequest(algorithm: deployment.algorithm, seed: options.seed), policy: deployment.policy)
            let receipt = try await perform(.deploy(order), reason: deployment.summary)
            if let job = receipt.job { jobs.append((job, deployment.name)) }
        }
        report("training the first versions")
        let session = Session(link: LocalLink(engine: house.engine, operator: Self.director), isRunning: true)
        for (job, name) in jobs {
            var watch = JobWatch(session, isQuiet: true)
            _ = try await watch.wait(for: job, deployment: name, untilServing: true)
        }
    }

    private static func importing(_ deployment: SimulatedDeployment) -> ImportOptions {
        ImportOptions(
            target: deployment.target.name, task: deployment.target.task, positive: deployment.target.task == .binary ? "yes" : nil,
            timeColumn: SimulatedDeployment.timeColumn,
            kinds: Dictionary(deployment.columns.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first }))
    }

    private func perform(_ action: Action, reason: String? = nil) async throws -> Receipt {
        try await house.engine.perform(ActionRequest(action, reason: reason), by: Self.director).get()
    }

    // MARK: The script

    private func begin() {
        let traffic = traffic
        work.add(Task { await traffic.run() })
        work.add(Task { [weak self] in await self?.direct() })
    }

    /// Performs the script's orders at their times.
    private func direct() async {
        let script = DemoScript(speed: options.speed)
        let start = ContinuousClock.now
        var done = 0.0
        while !Task.isCancelled {
            let now = (ContinuousClock.now - start) / .seconds(1)
            for order in script.orders(from: done, until: now) { await perform(order) }
            done = now
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// An order that the engine refuses, because an operator froze or stopped something, is logged and left out.
    private func perform(_ order: DemoOrder) async {
        do {
            switch order.kind {
            case .note(let text): _ = try await perform(.note(deployment: order.deployment, text: text))
            case .trainOnMixedUpLabels(let turn):
                guard let deployment = SimulatedDeployment.all.first(where: { $0.name == order.deployment }) else { return }
                let path = directory + "/data/\(order.deployment)-mixed-up-\(turn).csv"
                try await files.writeMixedUp(deployment, turn: turn, to: path, endingAt: house.engine.clock.milliseconds())
                let training = TrainOrder(
                    deployment: order.deployment, path: path,
                    training: TrainingRequest(algorithm: deployment.algorithm, seed: options.seed),
                    trigger: .other("demo"))
                _ = try await perform(.train(training), reason: "demo script: the labels of this file were mixed up")
            }
        } catch { house.engine.logger.warning("demo script: \(error)") }
    }
}
