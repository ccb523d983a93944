import Foundation

/// Files of a backup: whole or absent, for their owner's eyes, never through a link.
package enum PrivateFile {
    /// Writes a file under another name, puts it on the disk, and gives it its own, whatever had that before.
    static func write(_ bytes: ArraySlice<UInt8>, to path: String) throws(BackupFailure) {
        let part = path + ".part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(part, "it cannot be made") }
        do throws(BackupFailure) {
            try append(bytes, to: descriptor, part)
            guard fsync(descriptor) == 0 else { throw .system(part, "it cannot be put on the disk") }
        } catch {
            close(descriptor)
            unlink(part)
            throw error
        }
        close(descriptor)
        guard rename(part, path) == 0 else {
            let failure = BackupFailure.system(path, "it cannot be put in its place")
            unlink(part)
            throw failure
        }
    }

    /// Writes all of some bytes.
    static func append(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ path: String) throws(BackupFailure) {
        let outcome: Result<Void, BackupFailure> = bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Foundation.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return .failure(.system(path, "it cannot be written")) }
                done += count
            }
            return .success(())
        }
        try outcome.get()
    }

    /// Reads a regular file of at most so many bytes.
    package static func read(_ path: String, limit: Int) throws(BackupFailure) -> [UInt8] {
        let file = try Reader(path)
        guard file.size <= Int64(limit) else {
            throw .unusable(file: path, reason: "it has \(file.size) bytes, at most \(limit) are read", remedy: "name the right file")
        }
        var all: [UInt8] = []
        all.reserveCapacity(Int(file.size))
        while all.count <= limit {
            let part = try file.next(min(1 << 20, limit + 1 - all.count))
            if part.isEmpty { break }
            all += part
        }
        guard all.count <= limit else { throw .unusable(file: path, reason: "it grows while it is read", remedy: "try again") }
        return all
    }

    /// Puts a file's content, or a directory's entries, on the disk.
    static func synchronise(_ path: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path, "it cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(path, "it cannot be put on the disk") }
    }

    /// A regular file that is read from its beginning, piece by piece.
    ///
    /// Never one that SQLite has open in this process: closing it would drop the locks of whoever has.
    final class Reader {
        let path: String
        /// When it was opened, bytes.
        let size: Int64
        private let descriptor: Int32

        init(_ path: String) throws(BackupFailure) {
            self.path = path
            descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { throw .system(path, "it cannot be opened") }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                let failure = BackupFailure.system(path, "it cannot be read")
                close(descriptor)
                throw failure
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw .unusable(file: path, reason: "it is no regular file", remedy: "move it away")
            }
            size = Int64(status.st_size)
        }

        deinit { close(descriptor) }

        /// The next bytes, fewer only at the end.
        func next(_ count: Int) throws(BackupFailure) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let found = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress.map { $0 + done }, count - done) }
                if found < 0, errno == EINTR { continue }
                guard found >= 0 else { throw .system(path, "it cannot be read") }
                if found == 0 { break }
                done += found
            }
            buffer.removeLast(count - done)
            return buffer
        }
    }
}
