import Foundation
import Tabular

/// Why a backup cannot be made, read or restored.
///
/// The description reads: which file, why, what to do.
public enum BackupFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file or directory cannot be used.
    case unusable(file: String, reason: String, remedy: String)
    /// What was stored is not what is there.
    case damaged(file: String, reason: String, remedy: String)
    /// There is no room for it.
    case noRoom(file: String, needed: Int64, free: Int64)
    /// A newer flyball wrote it.
    case newer(file: String, found: Int, known: Int)
    /// Somebody else is at work there.
    case busy(file: String, what: String)
    /// No such backup, or none at all.
    case none(file: String, what: String)
    /// The workspace's own stores say no.
    case store(StoreFailure)
    /// Somebody has stopped it.
    case cancelled

    /// One line.
    public var description: String {
        switch self {
        case .unusable(let file, let reason, let remedy): "\(SafeText.escape(file)): \(reason): \(remedy)"
        case .damaged(let file, let reason, let remedy): "damaged: \(SafeText.escape(file)): \(reason): \(remedy)"
        case .noRoom(let file, let needed, let free):
            "\(SafeText.escape(file)): \(needed) bytes are needed, \(free) are free: make room, or name another place"
        case .newer(let file, let found, let known):
            "\(SafeText.escape(file)): its format is \(found), this flyball knows \(known): use the newer flyball"
        case .busy(let file, let what): "\(SafeText.escape(file)): \(what): wait for its end and try again"
        case .none(let file, let what): "\(SafeText.escape(file)): \(what): see `flyball backup list`"
        case .store(let failure): "\(failure)"
        case .cancelled: "stopped before it was done: the backups before are as they were"
        }
    }

    /// Whether something that was stored is not as it was.
    package var isDamage: Bool {
        switch self {
        case .damaged, .store(.corrupt): true
        case .unusable, .noRoom, .newer, .busy, .none, .store, .cancelled: false
        }
    }

    /// What the system says of a file; to be made before anything else is called.
    static func system(_ file: String, _ what: String) -> BackupFailure {
        let code = errno
        switch code {
        case ENOSPC, EDQUOT: return .noRoom(file: file, needed: 1 << 20, free: StoreDirectory.freeBytes(parent(of: file)))
        case EROFS:
            return .unusable(
                file: file, reason: "\(what): the file system is read-only", remedy: "mount it for writing, or name another place")
        default:
            return .unusable(
                file: file, reason: "\(what): \(String(cString: strerror(code)))", remedy: "check the place and its permissions")
        }
    }

    private static func parent(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[..<$0]) }.flatMap { $0.isEmpty ? "/" : $0 } ?? "."
    }
}
