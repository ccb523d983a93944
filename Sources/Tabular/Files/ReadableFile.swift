import Foundation

/// A regular file open for reading.
///
/// Anything else (directory, pipe, device) is refused, and a file that changes under the reader is noticed.
final class ReadableFile {
    let path: String
    /// The last path component.
    let name: String
    /// Bytes at the time of opening.
    let size: Int64
    /// Bytes handed out since the start or the last rewind.
    private(set) var bytesRead: Int64 = 0

    private let descriptor: Int32
    private let modified: (seconds: Int, nanoseconds: Int)

    /// Opens without waiting, so that a pipe without a writer cannot hold the caller up.
    init(path: String) throws(TabularFailure) {
        self.path = path
        name = path.split(separator: "/").last.map(String.init) ?? path
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .unreadable(path: path, reason: "the path is empty or holds a NUL", remedy: "pass the path of a CSV file")
        }
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard opened >= 0 else {
            let code = errno
            let remedy = code == ENOENT ? "check the path" : "check the file and its permissions"
            throw .unreadable(path: path, reason: String(cString: strerror(code)), remedy: remedy)
        }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let code = errno
            close(opened)
            throw .unreadable(path: path, reason: String(cString: strerror(code)), remedy: "check the file")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .unreadable(
                path: path, reason: "it is \(Self.kind(status.st_mode))",
                remedy: "pass a regular file, or - for what comes in by standard input")
        }
        descriptor = opened
        size = Int64(status.st_size)
        modified = Self.modificationTime(status)
    }

    deinit { close(descriptor) }

    /// Fills a part of `buffer`; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                bytesRead += Int64(count)
                return count
            }
            if errno == EINTR { continue }
            throw .unreadable(path: path, reason: String(cString: strerror(errno)), remedy: "check the disk")
        }
    }

    /// Fills a part of `buffer` from a place of the file, whatever was read before; 0 at its end.
    ///
    /// On any thread; `bytesRead` does not count it.
    func read(at place: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(place))
            if count >= 0 { return count }
            if errno == EINTR { continue }
            throw .unreadable(path: path, reason: String(cString: strerror(errno)), remedy: "check the disk")
        }
    }

    /// The first bytes, at most so many.
    func start(_ count: Int) throws(TabularFailure) -> [UInt8] { try bytes(at: 0, count: count) }

    /// Bytes from a place on, at most so many.
    ///
    /// Fewer only at the end of the file.
    func bytes(at place: Int64, count: Int) throws(TabularFailure) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 16)
        defer { room.deallocate() }
        var done = 0
        while done < count {
            let part = try read(at: place + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: room[done..<count]))
            if part == 0 { break }
            done += part
        }
        return Array(room[..<done])
    }

    /// Counts bytes that were read by their place, so that `bytesRead` tells how far a reader is.
    func count(read bytes: Int) { bytesRead = min(size, bytesRead + Int64(bytes)) }

    /// Back to the first byte.
    func rewind() throws(TabularFailure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)), remedy: "check the disk")
        }
        bytesRead = 0
    }

    /// Throws when the file is no longer what it was when it was opened.
    func checkUnchanged() throws(TabularFailure) {
        var status = stat()
        let same = fstat(descriptor, &status) == 0 && Int64(status.st_size) == size && Self.modificationTime(status) == modified
        guard same else {
            throw .unreadable(path: path, reason: "it changed while it was read", remedy: "wait until it is complete and import again")
        }
    }

    private static func modificationTime(_ status: stat) -> (seconds: Int, nanoseconds: Int) {
        #if os(Linux)
            (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
        #else
            (Int(status.st_mtimespec.tv_sec), Int(status.st_mtimespec.tv_nsec))
        #endif
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "no regular file"
        }
    }
}
