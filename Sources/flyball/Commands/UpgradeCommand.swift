import ArgumentParser
import Control
import Engine
import Foundation
import Tabular

/// The verb `upgrade`.
struct UpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Have another flyball take the running engine's place without refusing a connection.",
        discussion: """
            The new program is asked for its version and whether it knows the stores' format (`migrate --check`), and must belong to root or to the engine's \
            user, as must its directory. Then the engine stops in order and becomes the new program: same process id, same arguments, same listening socket, in \
            which whoever connects meanwhile waits. Only `flyball serve` can be replaced so. Open consoles end: attach again.

            flyball upgrade --exec /opt/flyball-0.2/flyball --reason "fixes the drift chart"
            """)

    /// How long the new program may take until it answers; it may migrate the stores first.
    private static let patienceSeconds = 120

    @OptionGroup var place: WorkspaceOption
    @Option(help: ArgumentHelp("The new program's file, on the engine's machine.", valueName: "path")) var exec: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let session = Session(link: try await Session.running(place), isRunning: true)
        let before = try await session.ask(.engine, \.asEngine)
        let path = URL(fileURLWithPath: exec).standardizedFileURL.path
        let began = ContinuousClock.now
        let receipt = try await session.perform(.upgrade(path: path), reason: why.reason)
        let after = try await successor(of: before)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        if json.isJSON {
            return try Output.json(
                Document(receipt: ReceiptDocument(receipt), from: before.version, to: after.version, pid: after.pid, seconds: seconds))
        }
        try Output.line(receipt.text)
        try Output.line(
            "flyball \(SafeText.escape(after.version)) answers as process \(after.pid), \(String(format: "%.1f", seconds)) s after the order"
        )
    }

    /// The engine that answers once the former one has gone.
    private func successor(of before: EngineStatus) async throws -> EngineStatus {
        let deadline = ContinuousClock.now + .seconds(Self.patienceSeconds)
        while ContinuousClock.now < deadline {
            if let client = try? ControlClient.connect(workspace: place.path),
                let status = try? await Session(link: client, isRunning: true).ask(.engine, \.asEngine),
                status.startedAt != before.startedAt
            {
                return status
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure(
            "no engine answers \(Self.patienceSeconds) s after the order: see log/engine.log in \(SafeText.escape(place.path)), and start one by hand"
        )
    }

    private struct Document: Encodable {
        var receipt: ReceiptDocument
        /// Versions of the product.
        var from: String
        var to: String
        var pid: Int32
        /// From the order to the first answer on the workspace's socket.
        var seconds: Double
    }
}
