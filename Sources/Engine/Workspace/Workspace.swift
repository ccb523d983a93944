import Foundation
import Tabular

/// The directory that holds everything of one engine: configuration, stores, socket, log.
///
/// ```
/// flyball.toml   configuration, read at start
/// store/         control.db labels.db telemetry.db, mode 0700
/// data/          imported data by content hash, mode 0700
/// log/           engine.log
/// run/           lock, engine.json, the socket s
/// themes/        the operator's own themes
/// ```
public struct Workspace: Sendable {
    /// The absolute path.
    public let directory: String
    /// What `flyball.toml` says.
    public let configuration: WorkspaceConfiguration

    /// Stores.
    public var storeDirectory: String { directory + "/store" }
    /// Imported data.
    public var dataDirectory: String { directory + "/data" }
    /// What trainings that run have learnt so far.
    var checkpointDirectory: String { directory + "/checkpoints" }
    /// Logs.
    public var logDirectory: String { directory + "/log" }
    /// Lock, engine.json and socket.
    public var runDirectory: String { directory + "/run" }
    /// The engine's standard error.
    public var logPath: String { logDirectory + "/engine.log" }
    /// What the running engine says of itself.
    public var infoPath: String { runDirectory + "/engine.json" }
    /// Shown in the header: as `flyball.toml` says, else the last path component.
    public var name: String { configuration.name ?? (directory as NSString).lastPathComponent }

    /// The workspace's path: `option`, else `$FLYBALL_WORKSPACE`, else `$XDG_DATA_HOME/flyball/default`, else `~/.local/share/flyball/default`.
    public static func resolve(option: String?) -> String {
        let environment = ProcessInfo.processInfo.environment
        func given(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        let path: String
        if let option = given(option) ?? given(environment["FLYBALL_WORKSPACE"]) {
            path = option
        } else if let data = given(environment["XDG_DATA_HOME"]) {
            path = data + "/flyball/default"
        } else {
            path = (given(environment["HOME"]) ?? NSHomeDirectory()) + "/.local/share/flyball/default"
        }
        return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// Opens the workspace, making its directories where they are missing, and reads its configuration.
    public static func open(path: String) throws(WorkspaceFailure) -> Workspace { try open(path: path, configuration: nil) }

    /// The same with another configuration than its own.
    static func open(path: String, configuration given: WorkspaceConfiguration?) throws(WorkspaceFailure) -> Workspace {
        let standard = (path as NSString).standardizingPath
        try makeDirectory(standard, mode: 0o700)
        let configuration = if let given { given } else { try readConfiguration(standard) }
        let workspace = Workspace(directory: standard, configuration: configuration)
        let isShared = !configuration.operators.isEmpty
        for directory in [workspace.storeDirectory, workspace.dataDirectory, workspace.logDirectory] {
            try makeDirectory(directory, mode: 0o700)
            try check(directory, mode: 0o700, group: nil)
        }
        try makeDirectory(workspace.runDirectory, mode: 0o700)
        // Others must be able to pass through the workspace to run/s, and see nothing on the way.
        try check(standard, mode: isShared ? 0o711 : 0o700, group: nil)
        try check(workspace.runDirectory, mode: isShared ? 0o750 : 0o700, group: isShared ? configuration.group : nil)
        return workspace
    }

    /// What `flyball.toml` of a workspace says, which is not opened.
    public static func configuration(at path: String) throws(WorkspaceFailure) -> WorkspaceConfiguration {
        try readConfiguration((path as NSString).standardizingPath)
    }

    private static func readConfiguration(_ directory: String) throws(WorkspaceFailure) -> WorkspaceConfiguration {
        let path = directory + "/flyball.toml"
        guard FileManager.default.fileExists(atPath: path) else { return WorkspaceConfiguration() }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .unusable(path: path, reason: "cannot be read as UTF-8 text: check its permissions and content")
        }
        return try WorkspaceConfiguration.parse(text)
    }

    private static func makeDirectory(_ path: String, mode: mode_t) throws(WorkspaceFailure) {
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty, parent != "/", !FileManager.default.fileExists(atPath: parent) { try makeDirectory(parent, mode: 0o755) }
        if mkdir(path, mode) != 0, errno != EEXIST {
            throw .unusable(path: path, reason: "cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Checks with lstat that the directory is ours and no link, then sets its mode and group.
    private static func check(_ path: String, mode: mode_t, group: String?) throws(WorkspaceFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable(path: path, reason: "is not a directory (links are not followed): move it away")
        }
        guard status.st_uid == geteuid() else {
            throw .unusable(path: path, reason: "belongs to uid \(status.st_uid), not to you: choose another workspace")
        }
        if let group {
            guard let entry = getgrnam(group) else {
                throw .configuration(key: "group", reason: "no such Unix group: \(SafeText.escape(group))")
            }
            if status.st_gid != entry.pointee.gr_gid, chown(path, geteuid(), entry.pointee.gr_gid) != 0 {
                throw .unusable(path: path, reason: "cannot be given to group \(group): \(String(cString: strerror(errno)))")
            }
        }
        if status.st_mode & 0o7777 != mode, chmod(path, mode) != 0 {
            throw .unusable(path: path, reason: "cannot be set to mode \(String(mode, radix: 8)): \(String(cString: strerror(errno)))")
        }
    }
}
