import Foundation

/// Writes all of some bytes, however few of them the system takes at a time.
///
/// Foundation's own writing begins with the first byte again after each part, in the middle of the file.
package enum WholeWrite {
    /// Writes to a descriptor, at a place of its file or (nil) where it stands; false, with `errno`, where that cannot be done to the end.
    package static func write(_ bytes: [UInt8], to descriptor: Int32, at place: Int64? = nil) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = buffer.baseAddress.map { $0 + done }
                let count =
                    place.map { pwrite(descriptor, rest, buffer.count - done, off_t($0) + off_t(done)) }
                    ?? Foundation.write(descriptor, rest, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                // A file takes a byte at least, or says why not.
                if count == 0 { errno = EIO }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }

    /// Makes a file of some bytes, in place of what it held; false, with `errno`, where that cannot be done to the end.
    package static func write(_ bytes: [UInt8], toFile path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isWhole = write(bytes, to: descriptor)
        let reason = errno
        close(descriptor)
        errno = reason
        return isWhole
    }

    /// The same under another name first, so that the file is the former one or the whole new one.
    package static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let part = path + ".part"
        guard write(bytes, toFile: part), rename(part, path) == 0 else {
            let reason = errno
            unlink(part)
            errno = reason
            return false
        }
        return true
    }
}
