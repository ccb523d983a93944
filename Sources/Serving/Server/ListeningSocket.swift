import Foundation
import NIOCore
import Synchronization

/// The socket that takes connections, beside the one that the server closes: as long as a copy is open, whoever connects waits and is not refused.
///
/// So a program that takes over goes on with it, and finds in it whoever came meanwhile.
final class ListeningSocket: Sendable {
    /// Why there is none.
    enum Failure: Error {
        case busy
        case other(String)
    }

    let address: ListenAddress
    private let kept: Mutex<Int32?>

    private init(address: ListenAddress, kept: Int32) {
        self.address = address
        self.kept = Mutex(kept)
    }

    /// Binds an address, without listening yet.
    ///
    /// - Returns: the socket, and a descriptor for the server, which closes it.
    static func bind(_ wanted: ListenAddress) throws(Failure) -> (socket: ListeningSocket, descriptor: Int32) {
        let address: SocketAddress
        do { address = try SocketAddress.makeAddressResolvingHost(wanted.host, port: wanted.port) } catch { throw .other("\(error)") }
        let descriptor = socket(Int32(address.protocol.rawValue), Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw .other(String(cString: strerror(errno))) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) == 0 }
        let problem = errno
        guard isBound, let (copy, port) = copied(descriptor) else {
            close(descriptor)
            throw problem == EADDRINUSE ? .busy : .other(String(cString: strerror(problem)))
        }
        return (ListeningSocket(address: ListenAddress(host: wanted.host, port: port), kept: copy), descriptor)
    }

    /// Goes on with a socket that listens already, if it is one and stands where it is wanted; else closes it.
    static func inherit(_ descriptor: Int32, wanted: ListenAddress, anyPort: Bool) -> (socket: ListeningSocket, descriptor: Int32)? {
        var listens: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // Whatever else has that number is not ours to close.
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens == 1 else { return nil }
        guard let name = local(descriptor), let port = name.port, anyPort || wanted.port == 0 || wanted.port == port,
            let resolved = try? SocketAddress.makeAddressResolvingHost(wanted.host, port: port), resolved == name,
            let (copy, _) = copied(descriptor)
        else {
            close(descriptor)
            return nil
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return (ListeningSocket(address: ListenAddress(host: wanted.host, port: port), kept: copy), descriptor)
    }

    /// The copy, for the program that takes over; nil once it is closed.
    var descriptor: Int32? { kept.withLock { $0 } }

    /// From now on nobody can connect.
    func end() {
        kept.withLock { kept in
            if let descriptor = kept { close(descriptor) }
            kept = nil
        }
    }

    deinit { end() }

    private static var flags: Int32 { Int32(SOCK_CLOEXEC.rawValue) }

    private static func copied(_ descriptor: Int32) -> (copy: Int32, port: Int)? {
        guard let port = local(descriptor)?.port else { return nil }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        return copy < 0 ? nil : (copy, port)
    }

    private static func local(_ descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { name -> SocketAddress? in
                guard getsockname(descriptor, name, &size) == 0 else { return nil }
                switch Int32(name.pointee.sa_family) {
                case AF_INET: return name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
                case AF_INET6: return name.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
                default: return nil
                }
            }
        }
    }
}
