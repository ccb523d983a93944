import Foundation

/// Files on the terminal's side, which are only ever made anew.
package enum FreshFile {
    /// Writes a text into a file that does not exist yet.
    ///
    /// Nothing is ever overwritten and no link is followed: the order to write comes with a frame, which another process may have made.
    /// - Parameter path: as it was typed: relative to this process's directory, or from `~/`.
    /// - Returns: why nothing was written; nil when the file is there.
    package static func write(_ text: String, to path: String) -> String? {
        let place = path.hasPrefix("~/") ? NSHomeDirectory() + path.dropFirst() : path
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            return errno == EEXIST ? "there is a file of that name: choose another" : String(cString: strerror(errno))
        }
        var rest = Array(text.utf8)[...]
        var failure: String?
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                failure = String(cString: strerror(errno))
                break
            }
            rest = rest.dropFirst(count)
        }
        if close(descriptor) != 0 && failure == nil { failure = String(cString: strerror(errno)) }
        // Half a file is none.
        if failure != nil { unlink(place) }
        return failure
    }
}
