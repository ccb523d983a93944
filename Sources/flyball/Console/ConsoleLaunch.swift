import ArgumentParser
import Console
import Control
import Engine
import Foundation

/// From a shell to a console.
enum ConsoleLaunch {
    /// The console of a workspace: on the engine that runs, or with an engine of its own in the same process.
    static func open(workspace path: String) throws {
        if try isRunning(path) { return try attach(workspace: path, isReadOnly: false) }
        let workspace = try Workspace.open(path: path)
        try finish(
            Launcher.Job(
                arguments: ["--workspace", workspace.directory, ConsoleProcessCommand.name], logPath: workspace.logPath, what: "the engine",
                isRestartable: true))
    }

    /// A screen on the engine that runs.
    static func attach(workspace path: String, isReadOnly: Bool) throws {
        try finish(
            Launcher.Job(
                arguments: ["--workspace", path, AttachProcessCommand.name] + (isReadOnly ? ["--read-only"] : []), logPath: nil,
                what: "the screen", isRestartable: true))
    }

    /// The demo with its console: a throwaway workspace that ends with it.
    ///
    /// After a crash it stays, for its log.
    static func demo(_ arguments: [String]) throws {
        let directory = try DemoHouse.makeDirectory()
        try? FileManager.default.createDirectory(
            atPath: directory + "/log", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let status = try Launcher.run(
            Launcher.Job(
                arguments: [DemoProcessCommand.name, "--directory", directory] + arguments, logPath: directory + "/log/engine.log",
                what: "the demo", isRestartable: false))
        if status == 0 || status == 128 + SIGINT { try? FileManager.default.removeItem(atPath: directory) }
        if status != 0 { throw CommandFailure("", code: status) }
    }

    /// Runs a job to its end.
    private static func finish(_ job: Launcher.Job) throws {
        let status = try Launcher.run(job)
        if status != 0 { throw CommandFailure("", code: status) }
    }

    private static func isRunning(_ path: String) throws -> Bool {
        do throws(ControlFailure) {
            _ = try ControlClient.connect(workspace: path)
            return true
        } catch {
            guard case .noEngine = error else { throw error }
            return false
        }
    }

    /// Which theme a terminal begins with: `$FLYBALL_THEME`, else its own colours where there are few, else midnight.
    static func theme(_ depth: ColourDepth) -> String {
        let chosen = ProcessInfo.processInfo.environment["FLYBALL_THEME"] ?? ""
        return chosen.isEmpty ? (depth <= .ansi16 ? "ansi16" : "midnight") : chosen
    }

    /// The built-in themes and those of the workspace.
    static func themes(workspace path: String) -> ThemeCatalog { ThemeCatalog(userDirectory: path + "/themes") }
}

/// What a launcher tells the process that it starts.
struct ChannelOption: ParsableArguments {
    @Option(help: "The descriptor of the launcher's socket.") var channel: Int32

    func validate() throws {
        var status = stat()
        guard fstat(channel, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw ValidationError("--channel is for the launcher: run `flyball` instead")
        }
    }
}
