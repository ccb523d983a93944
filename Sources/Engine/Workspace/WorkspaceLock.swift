import Foundation
import Synchronization
import Tabular

/// The exclusive hold on a workspace: advisory locks on `run/lock` and on the directory of the stores, which the kernel lifts when the process ends,
/// however it ends.
///
/// Whoever asks whether an engine runs looks at the first, which others may open; the second stands where somebody has removed that file.
final class WorkspaceLock: Sendable {
    private let descriptors: Mutex<[Int32]>

    private init(descriptors: [Int32]) { self.descriptors = Mutex(descriptors) }

    deinit { release() }

    /// Gives the workspace up, once.
    func release() {
        let held = descriptors.withLock { descriptors in
            defer { descriptors = [] }
            return descriptors
        }
        for descriptor in held { close(descriptor) }
    }

    static func take(_ workspace: Workspace) throws(WorkspaceFailure) -> WorkspaceLock {
        let file = try take(workspace.runDirectory + "/lock", O_RDWR | O_CREAT, of: workspace)
        do throws(WorkspaceFailure) {
            return WorkspaceLock(descriptors: [file, try take(workspace.storeDirectory, O_RDONLY | O_DIRECTORY, of: workspace)])
        } catch {
            close(file)
            throw error
        }
    }

    private static func take(_ path: String, _ flags: Int32, of workspace: Workspace) throws(WorkspaceFailure) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: String(cString: strerror(errno))) }
        // Whoever asks whether an engine runs holds the lock for an instant, shared; only a second refusal is an engine's.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            usleep(30_000)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw .busy(path: workspace.directory, pid: EngineInfo.read(workspace)?.pid ?? 0)
            }
        }
        return descriptor
    }
}

/// What the running engine writes into `run/engine.json`.
public struct EngineInfo: Codable, Sendable, Equatable {
    /// Process id.
    public var pid: Int32
    /// `host:port` of the HTTP listener, if it has one.
    public var http: String?
    /// `host:port` of the gRPC listener, if it has one.
    public var grpc: String?
    /// Whether both speak TLS; absent where they do not.
    public var speaksTLS: Bool?
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
        isHeld(runDirectory + "/lock", O_RDWR)
            || isHeld((runDirectory as NSString).deletingLastPathComponent + "/store", O_RDONLY | O_DIRECTORY)
    }

    private static func isHeld(_ path: String, _ flags: Int32) -> Bool {
        let descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    func write(_ workspace: Workspace) throws(WorkspaceFailure) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let bytes = Array(try encoder.encode(self))
            // On a full disk there is no room for a second file, but for what the first one has.
            guard WholeWrite.replace(workspace.infoPath, with: bytes) || WholeWrite.write(bytes, toFile: workspace.infoPath) else {
                throw WorkspaceFailure.unusable(path: workspace.infoPath, reason: String(cString: strerror(errno)))
            }
        } catch {
            throw .unusable(path: workspace.infoPath, reason: "cannot be written: \(error)")
        }
    }
}
