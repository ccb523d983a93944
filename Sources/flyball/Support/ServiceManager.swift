import Foundation
import Synchronization

/// What a service manager wants to hear (systemd's `Type=notify`): that the engine is ready, lives, stops.
///
/// Without `NOTIFY_SOCKET` in the environment nothing is said.
final class ServiceManager: Sendable {
    private let socketPath: String?
    /// Between two signs of life, seconds; nil where none is wanted.
    private let period: Double?
    private let isOver = Atomic(false)

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        // Twice as often as it must be.
        period = isMeant ? environment["WATCHDOG_USEC"].flatMap { Double($0) }.flatMap { $0 > 0 ? $0 / 2e6 : nil } : nil
    }

    /// It serves; from now on signs of life go out as long as `isAlive` says so.
    ///
    /// On a thread of its own: neither a busy pool nor a queue that stands still keeps it, and it says nothing for those.
    func ready(isAlive: @escaping @Sendable () -> Bool) {
        guard socketPath != nil else { return }
        send("READY=1\nMAINPID=\(getpid())")
        guard let period else { return }
        let thread = Thread { [self] in
            while !isOver.load(ordering: .acquiring) {
                if isAlive() { send("WATCHDOG=1") }
                Thread.sleep(forTimeInterval: period)
            }
        }
        thread.name = "flyball.service"
        thread.start()
    }

    /// It stops.
    func stopping() {
        isOver.store(true, ordering: .releasing)
        send("STOPPING=1")
    }

    /// Another program takes this one's place; it will say that it is ready.
    func reloading() {
        isOver.store(true, ordering: .releasing)
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)")
    }

    private func send(_ message: String) {
        guard let socketPath else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        // An abstract name begins with a zero byte, written as @.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A manager that does not read keeps nothing waiting: what it cannot take within a second is lost.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0)
        let bytes = Array(message.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
