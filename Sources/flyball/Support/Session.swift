import Control
import Dispatch
import Engine
import Foundation
import Tabular

/// The engine of a workspace for the length of a command: the one that runs, or one started just for the command.
struct Session: Sendable {
    /// What a command needs an engine for.
    enum Purpose {
        /// It only looks.
        case reading
        /// It changes something, and leaves jobs to an engine that runs.
        case changing
        /// It changes something and waits for its own job.
        case working
    }

    /// The way to the engine.
    let link: any EngineLink
    /// Whether another process runs it.
    let isRunning: Bool

    /// Opens the engine, runs the body, and stops an engine of its own again.
    static func with<Result: Sendable>(
        _ place: WorkspaceOption, _ purpose: Purpose, _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let path = place.path
        if let client = try await connect(path) { return try await body(Session(link: client, isRunning: true)) }
        guard purpose != .reading || FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("no workspace: \(SafeText.escape(path)): make one with `flyball deploy`, or name another with --workspace")
        }
        let workspace = try Workspace.open(path: path)
        EngineLog.useFile(workspace.logPath)
        EngineLog.bound(workspace.configuration.limits[.log])
        let engine = try await Engine.start(solitary(workspace, purpose))
        let shutdown = Shutdown {
            Task {
                await engine.shutdown()
                Output.remark("flyball: interrupted: what was running is back in the queue")
                exit(1)
            }
        }
        defer { withExtendedLifetime(shutdown) {} }
        do {
            let result = try await body(Session(link: LocalLink(engine: engine, operator: .current()), isRunning: false))
            await engine.shutdown()
            return result
        } catch {
            await engine.shutdown()
            throw error
        }
    }

    /// The engine that runs, or nil.
    ///
    /// One that has just been started gets a moment to open its socket.
    static func connect(_ path: String) async throws(ControlFailure) -> ControlClient? {
        // Connecting blocks, and the cooperative pool is as narrow as the machine.
        try await onQueue(DispatchQueue(label: "flyball.connect")) { Result { () throws(ControlFailure) in try connectNow(path) } }.get()
    }

    /// The engine that must run already; throws that none does.
    static func running(_ place: WorkspaceOption) async throws(ControlFailure) -> ControlClient {
        if let client = try await connect(place.path) { return client }
        throw .noEngine(path: SafeText.escape(place.path))
    }

    private static func connectNow(_ path: String) throws(ControlFailure) -> ControlClient? {
        for _ in 0..<50 {
            do throws(ControlFailure) { return try ControlClient.connect(workspace: path) } catch {
                guard case .noEngine = error else { throw error }
                guard EngineInfo.isHeld(runDirectory: path + "/run") else { return nil }
                usleep(100_000)
            }
        }
        throw .refused(
            "the engine of \(SafeText.escape(path)) does not open its socket: it may be another command at work: try again, or see log/engine.log"
        )
    }

    /// No HTTP, no policies, only its own job.
    private static func solitary(_ workspace: Workspace, _ purpose: Purpose) -> EngineConfiguration {
        var configuration = EngineConfiguration(workspace: workspace)
        configuration.productVersion = Product.version
        configuration.isSolitary = true
        configuration.runsPolicies = false
        configuration.runsJobs = purpose == .working
        return configuration
    }

    /// Asks for a change; throws why it was not done.
    func perform(_ action: Action, reason: String? = nil) async throws -> Receipt {
        try await link.perform(ActionRequest(action, reason: reason)).get()
    }
}
