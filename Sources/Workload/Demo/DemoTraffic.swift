import Foundation
import NIOCore
import Synchronization
import Tabular

/// Keeps live traffic on all deployments of the demo, through the real HTTP endpoint, with labels that follow some seconds later.
///
/// It outlives a server that restarts or has not come yet: it keeps trying, and counts what failed.
public final class DemoTraffic: Sendable {
    /// Requests on their way per deployment.
    private static let connections = 2
    private static let pauseAfterFailure = Duration.seconds(1)

    private let endpoint: Endpoint
    private let seed: UInt64
    private let script: DemoScript
    private let deployments: [SimulatedDeployment]
    private let reports = Mutex<[String: ReplayReport]>([:])

    /// Traffic for deployments, by a script; the same seed sends the same rows, as far as the incidents come at the same rows.
    public init(
        endpoint: Endpoint, seed: UInt64, script: DemoScript = DemoScript(), deployments: [SimulatedDeployment] = SimulatedDeployment.all
    ) {
        self.endpoint = endpoint
        self.seed = seed
        self.script = script
        self.deployments = deployments
    }

    /// What has been sent, by deployment, at most half a second ago.
    public var progress: [String: ReplayReport] { reports.withLock { $0 } }

    /// Sends until the task is cancelled.
    ///
    /// The script's time starts now; the driver that performs `DemoScript.orders` starts its own with it.
    public func run() async {
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for (index, deployment) in deployments.enumerated() {
                group.addTask { await self.drive(deployment, phase: Double(index) / Double(self.deployments.count), start: start) }
            }
        }
    }

    private func drive(_ deployment: SimulatedDeployment, phase: Double, start: ContinuousClock.Instant) async {
        let sender = LabelSender(
            endpoint: endpoint, deployment: deployment.name, delayMilliseconds: deployment.labelDelayMilliseconds)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sender.run() }
            group.addTask { await self.send(deployment, phase: phase, start: start, sender: sender) }
        }
    }

    private func send(_ deployment: SimulatedDeployment, phase: Double, start: ContinuousClock.Instant, sender: LabelSender) async {
        let options = LoadOptions(
            endpoint: endpoint, path: "/v2/models/\(deployment.name)/infer",
            schedule: ArrivalSchedule(.wave(mean: deployment.requestsPerSecond, swing: 0.4, periodSeconds: 90, phase: phase)),
            connections: Self.connections, timeoutMilliseconds: 2_000, readAhead: 4, needsServerAtStart: false)
        while !Task.isCancelled {
            do throws(WorkloadFailure) {
                let model = try await ModelMetadata.fetch(deployment.name, from: endpoint)
                let rows = DemoRows(deployment, model: model, script: script, seed: seed, start: start)
                _ = try await LoadClient.run(
                    options, source: rows,
                    onAnswer: { answer in
                        if let id = answer.predictionID, let label = answer.label { sender.offer(id: id, value: label) }
                    },
                    onProgress: { report in
                        self.reports.withLock { $0[deployment.name] = ReplayReport(report, labels: sender.tally) }
                    })
            } catch {
                // The server is away, or does not know the deployment yet.
                try? await Task.sleep(for: Self.pauseAfterFailure)
            }
        }
    }
}

/// The endless rows of one deployment of the demo.
actor DemoRows: LoadSource {
    private let deployment: SimulatedDeployment
    private let script: DemoScript
    private let start: ContinuousClock.Instant
    private let writer: RequestWriter
    /// Positions in a sample for the model's inputs; nil for the time and for inputs that the simulation does not know.
    private let positions: [Int?]
    private let inputs: [ModelInput]
    private var random: SeededGenerator
    private var rows = 0

    init(_ deployment: SimulatedDeployment, model: ModelMetadata, script: DemoScript, seed: UInt64, start: ContinuousClock.Instant) {
        self.deployment = deployment
        self.script = script
        self.start = start
        inputs = model.inputs
        writer = RequestWriter(inputs: model.inputs)
        positions = model.inputs.map { input in deployment.columns.firstIndex { $0.name == input.name } }
        random = SeededGenerator(seed: seed, stream: deployment.name + "/traffic")
    }

    func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest] {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let incident = script.phase(at: elapsed)[deployment.name]
        let now = Int64((Date().timeIntervalSince1970 * 1_000).rounded())
        return (0..<max(1, maximum)).map { _ in request(incident, now: now) }
    }

    private func request(_ incident: Incident?, now: Int64) -> LoadRequest {
        let sample = deployment.sample(&random, incident: incident)
        rows += 1
        let values: [InputValue?] = zip(inputs, positions).map { input, position in
            if let position { return sample.values[position] }
            if input.kind == .time { return .time(now) }
            return input.optional ? nil : .missing
        }
        return LoadRequest(body: writer.body(values), label: sample.truth, row: rows)
    }
}
