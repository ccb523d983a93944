import Foundation
import Synchronization

/// The exclusive hold on a workspace: an advisory lock on `run/lock`, which the kernel lifts when the process ends, however it ends.
final class WorkspaceLock: Sendable {
    private let descriptor: Mutex<Int32?>

    private init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    /// Gives the workspace up, once.
    func release() {
        let held = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        if let held { close(held) }
    }

    static func take(_ workspace: Workspace) throws(WorkspaceFailure) -> WorkspaceLock {
        let path = workspace.runDirectory + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        // Whoever asks whether an engine runs holds the lock for an instant, shared; only a second refusal is an engine's.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            usleep(30_000)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw .busy(path: workspace.directory, pid: EngineInfo.read(workspace)?.pid ?? 0)
            }
        }
        return WorkspaceLock(descriptor: descriptor)
    }
}

/// What the running engine writes into `run/engine.json`.
public struct EngineInfo: Codable, Sendable, Equatable {
    /// Process id.
    public var pid: Int32
    /// `host:port` of the HTTP listener, if it has one.
    public var http: String?
    /// Start, UTC milliseconds.
    public var startedAt: Int64
    /// Product version.
    public var version: String

    /// Reads the file of a running engine; nil when there is none.
    ///
    /// The engine may have died since: only its lock says that it runs.
    public static func read(_ workspace: Workspace) -> EngineInfo? { read(runDirectory: workspace.runDirectory) }

    /// As `read`, without opening the workspace.
    public static func read(runDirectory: String) -> EngineInfo? {
        guard let data = FileManager.default.contents(atPath: runDirectory + "/engine.json") else { return nil }
        return try? JSONDecoder().decode(EngineInfo.self, from: data)
    }

    /// The info of the engine that holds the workspace now; nil when none does.
    public static func running(_ workspace: Workspace) -> EngineInfo? {
        guard isHeld(runDirectory: workspace.runDirectory) else { return nil }
        return read(workspace) ?? EngineInfo(pid: 0, http: nil, startedAt: 0, version: "")
    }

    /// Whether a process holds the workspace's lock now.
    public static func isHeld(runDirectory: String) -> Bool {
        let descriptor = open(runDirectory + "/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    func write(_ workspace: Workspace) throws(WorkspaceFailure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try encoder.encode(self).write(to: URL(fileURLWithPath: workspace.infoPath), options: .atomic)
        } catch {
            throw .unusable(path: workspace.infoPath, reason: "cannot be written: \(error)")
        }
    }
}
