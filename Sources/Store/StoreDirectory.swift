import Foundation

/// Makes the directory and the files of the stores private to their owner.
enum StoreDirectory {
    /// Makes the directory with mode 0700, or takes it as it is when it is the caller's own; closes it to everybody else.
    static func prepare(_ path: String) throws(StoreFailure) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .cannotOpen(path: path, reason: "\(errorText()): make its parent directory, or choose another workspace")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .cannotOpen(path: path, reason: errorText()) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .cannotOpen(path: path, reason: "not a directory: remove it, or choose another workspace")
        }
        guard status.st_uid == geteuid() else {
            throw .cannotOpen(path: path, reason: "it belongs to uid \(status.st_uid): run as its owner")
        }
        if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 {
            throw .cannotOpen(path: path, reason: "others can read it and its mode cannot change: \(errorText())")
        }
    }

    /// Makes a file with mode 0600, or closes the one that is there to others.
    ///
    /// An existing file is never opened here: closing any descriptor of a file drops all POSIX locks that this process holds on it,
    /// those of an open SQLite connection included.
    static func prepareFile(_ path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        guard errno == EEXIST else { throw .cannotOpen(path: path, reason: errorText()) }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .cannotOpen(path: path, reason: errorText()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path: path, reason: "not a regular file: remove it") }
        if status.st_mode & 0o077 != 0, chmod(path, 0o600) != 0 {
            throw .cannotOpen(path: path, reason: "others can read it and its mode cannot change: \(errorText())")
        }
    }

    /// Puts a file's content, or a directory's entries, on the disk.
    static func synchronise(_ path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: errorText()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .cannotOpen(path: path, reason: "it cannot be put on the disk: \(errorText())") }
    }

    /// Size of a file, bytes; 0 when there is none.
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Room that is left for this user on the file system of `path`, bytes; 0 when it cannot be told.
    static func freeBytes(_ path: String) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return 0 }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    private static func errorText() -> String { String(cString: strerror(errno)) }
}
