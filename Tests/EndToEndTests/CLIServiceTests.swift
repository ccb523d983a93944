import Foundation
import Synchronization
import Testing

@Suite("Under a service manager", .serialized)
struct CLIServiceTests {
    @Test("it says when it is ready, gives signs of life, tells of the program that takes over, and of its end")
    func notified() async throws {
        try await CLIRig.run { rig in
            let mailbox = try Mailbox(rig.directory + "/notify")
            _ = try await rig.done("algorithms")
            let server = try await rig.serve(["NOTIFY_SOCKET": mailbox.path, "WATCHDOG_USEC": "400000"])
            let ready = try await mailbox.next { $0.hasPrefix("READY=1") }
            #expect(ready.contains("MAINPID=\(server.child.pid)"))
            for _ in 0..<3 { _ = try await mailbox.next { $0 == "WATCHDOG=1" } }
            // Meanwhile somebody reads: a socket holds a few messages only.
            async let upgraded = rig.done("upgrade", "--exec", CLIRig.program)
            let reloading = try await mailbox.next { $0.hasPrefix("RELOADING=1") }
            #expect(reloading.contains("MONOTONIC_USEC="))
            _ = try await mailbox.next { $0.hasPrefix("READY=1") }
            _ = try await mailbox.next { $0 == "WATCHDOG=1" }
            _ = try await upgraded
            server.child.signal(SIGTERM)
            _ = try await mailbox.next { $0 == "STOPPING=1" }
        }
    }
}

/// A datagram socket as a service manager has one.
private final class Mailbox: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = descriptor
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard descriptor >= 0, isBound else { throw CLIUnexpected("no socket at \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// The next message of a kind; others are passed over.
    func next(_ isWanted: (String) -> Bool) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(30)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while ContinuousClock.now < deadline {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                let message = String(decoding: buffer[0..<count], as: UTF8.self)
                if isWanted(message) { return message }
            } else {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw CLIUnexpected("no such message within 30 s")
    }
}
