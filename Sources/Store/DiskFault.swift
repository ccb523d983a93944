import GRDB

/// What a disk can do to a write, for tests that cannot fill or break a real one.
package enum DiskFault: Sendable {
    /// No room.
    case full
    /// The write itself fails.
    case writeError
    /// The write went well, its sync did not.
    case syncError

    var error: DatabaseError {
        switch self {
        case .full: DatabaseError(resultCode: .SQLITE_FULL, message: "database or disk is full")
        case .writeError: DatabaseError(resultCode: .SQLITE_IOERR_WRITE, message: "disk I/O error")
        case .syncError: DatabaseError(resultCode: .SQLITE_IOERR_FSYNC, message: "disk I/O error")
        }
    }
}

/// What writes meet, and from which on.
struct PlannedFault {
    var fault: DiskFault?
    /// Writes that go well before it.
    var spared = 0

    /// What the next write meets.
    mutating func next() -> DiskFault? {
        guard fault != nil, spared > 0 else { return fault }
        spared -= 1
        return nil
    }
}
