import Foundation
import Synchronization

/// A preallocated file that is given up when the disk is full, so that roll back, pause and freeze can still be written.
package final class Ballast: Sendable {
    /// Its full size, bytes.
    package static let fullBytes: Int64 = 8 << 20
    /// Least time between two attempts to grow it back, seconds.
    private static let retrySeconds: Int64 = 10

    private struct State {
        var bytes: Int64 = 0
        var triedSeconds: Int64 = -retrySeconds
    }

    let path: String
    private let state = Mutex(State())

    init(path: String) {
        self.path = path
        state.withLock { $0.bytes = StoreDirectory.size(path) }
    }

    /// Bytes that it holds now.
    package var bytes: Int64 { state.withLock { $0.bytes } }

    /// Gives its room back to the file system.
    func release() {
        state.withLock { state in
            unlink(path)
            state.bytes = 0
        }
    }

    /// Takes as much room as there is, up to the full size.
    func restore() {
        state.withLock { state in
            state.triedSeconds = Self.seconds()
            if state.bytes >= Self.fullBytes { return }
            for size in Self.sizes where size > state.bytes {
                if allocate(size) {
                    state.bytes = size
                    return
                }
            }
            state.bytes = StoreDirectory.size(path)
        }
    }

    /// `restore`, at most every ten seconds and only when something is missing.
    ///
    /// Costs a lock otherwise.
    func restoreIfDue() {
        let isDue = state.withLock { $0.bytes < Self.fullBytes && Self.seconds() &- $0.triedSeconds >= Self.retrySeconds }
        if isDue { restore() }
    }

    /// Full size first, then a mebibyte less each time: whatever the write left over stays reserved.
    private static let sizes: [Int64] = (1...8).reversed().map { Int64($0) << 20 } + [512 << 10, 256 << 10]

    private static let origin = ContinuousClock.now
    private static func seconds() -> Int64 { (ContinuousClock.now - origin).components.seconds }

    private func allocate(_ size: Int64) -> Bool {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A failed allocation may leave part of the room taken; that part must go back before a smaller size is tried.
        let former = StoreDirectory.size(path)
        if posix_fallocate(descriptor, 0, off_t(size)) == 0 { return true }
        _ = ftruncate(descriptor, off_t(former))
        return false
    }
}
