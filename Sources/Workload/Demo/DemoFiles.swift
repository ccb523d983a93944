import Foundation
import Tabular

/// Writes the demo's data files, on a queue of its own.
public actor DemoFiles {
    private let executor = QueueExecutor(label: "flyball.demo.files")
    /// Where the writing runs.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let seed: UInt64

    /// Files that repeat from a seed.
    public init(seed: UInt64) { self.seed = seed }

    /// Writes a deployment's training file: its columns, the time column, the target.
    ///
    /// Rows lie 10 minutes apart and end just before `endingAt`, UTC milliseconds.
    /// - Throws: `unwritable`.
    public func writeTraining(_ deployment: SimulatedDeployment, to path: String, endingAt: Int64) throws(WorkloadFailure) {
        var random = SeededGenerator(seed: seed, stream: deployment.name + "/training")
        let samples = (0..<deployment.trainingRows).map { _ in deployment.sample(&random) }
        try write(samples, of: deployment, to: path, endingAt: endingAt)
    }

    /// Writes a file of the same kind in which the labels of all but the latest rows were dealt out at random.
    ///
    /// What is learnt from it is noise, and the latest rows, which training holds out, are right and show it: a candidate that was judged by
    /// labels as random as its own would slip through a gate of 95 % now and then.
    /// - Throws: `unwritable`.
    public func writeMixedUp(_ deployment: SimulatedDeployment, turn: Int, to path: String, endingAt: Int64) throws(WorkloadFailure) {
        var random = SeededGenerator(seed: seed, stream: deployment.name + "/mixed-up/\(turn)")
        var samples = (0..<max(2_000, deployment.trainingRows / 2)).map { _ in deployment.sample(&random) }
        let mixed = Int(Double(samples.count) * Self.mixedShare)
        let truths = samples.prefix(mixed).map(\.truth).shuffled(using: &random)
        for (index, truth) in truths.enumerated() { samples[index].truth = truth }
        try write(samples, of: deployment, to: path, endingAt: endingAt)
    }

    /// Training holds out the rest, a fifth, unless it is told otherwise.
    private static let mixedShare = 0.8
    private static let step: Int64 = 600_000

    private func write(
        _ samples: [Sample], of deployment: SimulatedDeployment, to path: String, endingAt: Int64
    ) throws(WorkloadFailure) {
        var text =
            ([SimulatedDeployment.timeColumn] + deployment.columns.map(\.name) + [deployment.target.name]).joined(separator: ",") + "\n"
        text.reserveCapacity(samples.count * 96)
        for (index, sample) in samples.enumerated() {
            text += TimeText.rfc3339(endingAt - Int64(samples.count - index) * Self.step)
            for value in sample.values { text += "," + Self.cell(value.text) }
            text += "," + Self.cell(sample.truth) + "\n"
        }
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }

    private static func cell(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
