import Dispatch
import Foundation
import Tabular

/// An answer as it came over the wire.
struct RawAnswer: Sendable {
    var status: Int
    var headers: [String: String]
    var body: String
}

/// A client on a plain blocking socket, so that tests decide about every byte.
final class RawClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    enum Failure: Error {
        case cannotConnect(Int32)
        case closed
        case malformed(String)
    }

    init(address: String?) throws {
        let port = UInt16(address?.split(separator: ":").last ?? "") ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { throw Failure.cannotConnect(errno) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    static func request(_ method: String, _ path: String, _ body: String = "", headers: String = "", host: String = "localhost") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    func get(_ path: String, headers: String = "") throws -> RawAnswer {
        write("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        return try read()
    }

    func post(_ path: String, _ body: String) throws -> RawAnswer {
        write(Self.request("POST", path, body))
        return try read()
    }

    /// Reads one whole answer. `isHead`: no body follows whatever the headers say.
    func read(isHead: Bool = false) throws -> RawAnswer {
        let mark = Array("\r\n\r\n".utf8)
        var end: Int?
        while end == nil {
            end = received.indices.first { $0 + 4 <= received.count && Array(received[$0..<$0 + 4]) == mark }
            if end == nil, !fill() { throw Failure.closed }
        }
        let head = String(decoding: received[..<(end ?? 0)], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = head.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { throw Failure.malformed(head.first ?? "") }
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        received.removeFirst((end ?? 0) + 4)
        let length = isHead || status == 100 ? 0 : Int(headers["content-length"] ?? "") ?? 0
        while received.count < length { guard fill() else { throw Failure.closed } }
        let body = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return RawAnswer(status: status, headers: headers, body: body)
    }

    /// Whether the server has closed: reads to the end.
    func isClosed() -> Bool {
        while fill() {}
        return true
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        received.append(contentsOf: chunk[..<count])
        return true
    }
}

/// Runs blocking work away from the cooperative pool.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
