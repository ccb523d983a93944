import Foundation

/// A socket at `run/s` below a directory that takes connections and never says anything.
final class SilentListener: Sendable {
    private let descriptor: Int32

    struct Unusable: Error {
        var reason: Int32
    }

    /// The directory's path must fit a socket address.
    init(_ directory: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory + "/run/s").utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
        let socket = descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0, listen(descriptor, 4) == 0 else { throw Unusable(reason: errno) }
    }

    deinit { close(descriptor) }
}
