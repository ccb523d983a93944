import GRDB

/// Why a store cannot do what it was asked.
///
/// The description reads: what, where, what to do.
public enum StoreFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The store takes no writes.
    case readOnly(store: String, reason: String)
    /// The disk is full. Writes go on as soon as there is room.
    case diskFull(store: String, path: String, freeBytes: Int64)
    /// The file is of a newer flyball.
    case newerFormat(store: String, found: Int, known: Int)
    /// The file is damaged.
    case corrupt(String)
    /// Durability is not what it must be.
    case durability(store: String, found: String, wanted: String)
    /// No such row.
    case notFound(String)
    /// Somebody else was faster.
    case conflict(String)
    /// A bound is reached.
    case full(String)
    /// A value that cannot be stored.
    case invalid(String)
    /// A file or directory cannot be used.
    case cannotOpen(path: String, reason: String)
    /// Anything else that SQLite says.
    case database(store: String, reason: String)

    /// One line.
    public var description: String {
        switch self {
        case .readOnly(let store, let reason):
            "\(store) store: it takes no writes: \(reason): check the disk, then start flyball again if it does not go on by itself"
        case .diskFull(let store, let path, let freeBytes):
            "\(store) store: the disk is full: \(freeBytes) bytes free at \(path): make room; flyball goes on by itself"
        case .newerFormat(let store, let found, let known):
            "\(store) store: its format is \(found), this flyball knows \(known): use the newer flyball"
        case .corrupt(let what): "damaged: \(what): restore it from a backup"
        case .durability(let store, let found, let wanted): "\(store) store: durability is \(found), not \(wanted): report this"
        case .notFound(let what): "not found: \(what)"
        case .conflict(let what): "changed meanwhile: \(what): look again and repeat"
        case .full(let what): what
        case .invalid(let what): "cannot be stored: \(what): correct it and send it again"
        case .cannotOpen(let path, let reason): "cannot open: \(path): \(reason)"
        case .database(let store, let reason): "\(store) store: \(reason): report this"
        }
    }

    /// What a thrown error means for the store; its own failures pass through.
    init(_ error: any Error, store: String, path: String = "") {
        if let failure = error as? StoreFailure {
            self = failure
            return
        }
        guard let error = error as? DatabaseError else {
            self = .database(store: store, reason: "\(error)")
            return
        }
        let reason = error.message ?? "code \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(store: store, path: path, freeBytes: StoreDirectory.freeBytes(path))
        case .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_CANTOPEN: self = .readOnly(store: store, reason: reason)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt("\(store) store: \(reason)")
        default: self = .database(store: store, reason: reason)
        }
    }
}
