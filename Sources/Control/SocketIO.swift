import CLinux
import Foundation

/// A connected or listening socket, closed when it goes away.
final class SocketHandle: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Sends all bytes, waiting where it must.
    ///
    /// A client that does not read within the socket's send timeout is given up.
    func send(_ bytes: [UInt8]) throws(ControlFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .closed }
            sent += count
        }
    }

    /// Sends what fits now; returns the bytes taken, nil when the connection is gone.
    func sendSome(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : nil
    }

    /// Bytes that are there, waiting for the first; empty when the other side has closed, nil when the receive timeout has passed.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            return count > 0 ? Array(buffer[0..<count]) : []
        }
    }

    /// Sets the time after which a stalled send or receive fails, seconds; 0: never.
    func setTimeout(_ option: Int32, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Ends both directions, so that a thread that waits in `receive` comes back.
    func hangUp() { Foundation.shutdown(descriptor, Int32(SHUT_RDWR)) }

    static func lastError(_ call: String) -> ControlFailure { .system(call: call, reason: String(cString: strerror(errno))) }
}

/// Addresses `run/s` through the directory's own descriptor: the path of a workspace may be longer than a socket address can hold.
struct SocketAddress {
    private let directory: Int32
    private let text: String

    /// Opens the directory, which must be one and no link.
    init(runDirectory: String) throws(ControlFailure) {
        directory = open(runDirectory, flyball_path_only | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? .noEngine(path: runDirectory)
                : .refused(
                    "\(runDirectory): \(String(cString: strerror(errno))): the workspace's owner must add you to [operators] and its group")
        }
        text = "/proc/self/fd/\(directory)/s"
    }

    func close() { Foundation.close(directory) }

    /// Removes a socket that an engine left behind.
    ///
    /// Only for the holder of the workspace's lock.
    func removeStale() { unlinkat(directory, "s", 0) }

    /// Lets the group in, or only the owner.
    func setMode(_ mode: mode_t) -> Bool { chmod(text, mode) == 0 }

    func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    static func makeSocket() throws(ControlFailure) -> SocketHandle {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketHandle.lastError("socket") }
        return SocketHandle(descriptor)
    }
}
