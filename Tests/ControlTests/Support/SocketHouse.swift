import Control
import Engine
import Foundation
import Logging

/// An engine without HTTP, its workspace, and its socket, for the length of a test.
struct SocketHouse: Sendable {
    let engine: Engine
    let server: ControlServer
    let directory: String

    /// Runs a body with a fresh house; `depth` makes the workspace's path longer than a socket address can hold.
    static func run(
        depth: Int = 0, prepare: (String) throws -> Void = { _ in }, opener: @escaping ConsoleOpener = { _, _, _, _ in nil },
        _ body: (SocketHouse) async throws -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "fb-\(UUID().uuidString.prefix(8))").path
        let directory = root + String(repeating: "/a-folder-with-a-long-name", count: depth) + "/w"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let workspace = try Workspace.open(path: directory)
        try prepare(directory)
        let engine = try await Engine.start(EngineConfiguration(workspace: workspace), logger: quiet)
        do {
            let server = try ControlServer.start(engine: engine, opener: opener)
            defer { server.stop() }
            try await body(SocketHouse(engine: engine, server: server, directory: directory))
        } catch {
            await engine.shutdown()
            throw error
        }
        await engine.shutdown()
    }

    /// A logger that says nothing: these tests provoke warnings.
    static var quiet: Logger {
        var logger = Logger(label: "flyball.test")
        logger.logLevel = .critical
        return logger
    }
}
