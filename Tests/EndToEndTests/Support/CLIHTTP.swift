import Foundation

/// A client on one plain blocking connection; for threads of a test's own.
final class CLIHTTP {
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// Whether the last answer was the connection's last.
    private(set) var isClosing = false

    /// Nil when nobody listens.
    init?(_ address: String) {
        let port = UInt16(address.split(separator: ":").last ?? "") ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = inet_addr("127.0.0.1")
        let socket = descriptor
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        // A class that fails here, all its members set, is deinitialised: that closes, once.
        guard result == 0 else { return nil }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// Status and body of a POST; nil when the connection ends before the whole answer has come.
    func post(_ path: String, _ body: String, token: String? = nil) -> (status: Int, body: Data)? {
        let header = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let text = "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        return answer()
    }

    /// Status and body of a GET; nil when the connection ends before the whole answer has come.
    func get(_ path: String) -> (status: Int, body: Data)? {
        let bytes = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        return answer()
    }

    private func answer() -> (status: Int, body: Data)? {
        let mark = Array("\r\n\r\n".utf8)
        while true {
            if let end = received.firstRange(of: mark) {
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self).lowercased()
                let lines = head.components(separatedBy: "\r\n")
                let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                let length =
                    lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                    ?? 0
                isClosing = lines.contains("connection: close")
                let total = end.upperBound + length
                if received.count >= total {
                    let body = Data(received[end.upperBound..<total])
                    received.removeFirst(total)
                    return (status, body)
                }
            }
            var buffer = [UInt8](repeating: 0, count: 16_384)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[0..<count]
        }
    }
}

/// Runs blocking bodies on threads of their own, all at the same time.
func cliThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            Thread {
                body(index)
                group.leave()
            }.start()
        }
        Thread {
            group.wait()
            continuation.resume()
        }.start()
    }
}
