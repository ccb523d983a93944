import Dispatch
import Foundation
import Tabular

/// An answer as it came over the wire.
struct RawAnswer: Sendable {
    var status: Int
    var headers: [String: String]
    var bytes: [UInt8]

    var body: String { String(decoding: bytes, as: UTF8.self) }
    /// The body as a JSON object; empty when it is none.
    var json: [String: Any] { ((try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any]) ?? [:] }
    /// The text of `{"error": …}`.
    var error: String { json["error"] as? String ?? "" }
}

/// A client on a plain blocking socket, so that tests decide about every byte.
///
/// One thread at a time reads it; a test hands it on to another only by awaiting the first one. Writing touches only the descriptor.
final class RawClient: @unchecked Sendable {
    private let descriptor: Int32
    private var received: [UInt8] = []
    private var consumed = 0
    private var hasEnded = false

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

    /// Sends no more, but still reads.
    func closeOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    static func request(_ method: String, _ path: String, _ body: String = "", headers: String = "", host: String = "localhost") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    func get(_ path: String, headers: String = "") throws -> RawAnswer {
        write("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        return try read()
    }

    func post(_ path: String, _ body: String, headers: String = "") throws -> RawAnswer {
        write(Self.request("POST", path, body, headers: headers))
        return try read()
    }

    func post(_ path: String, _ body: [UInt8], headers: String = "") throws -> RawAnswer {
        write(Array("POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\(headers)\r\n".utf8) + body)
        return try read()
    }

    /// Reads one whole answer.
    ///
    /// `isHead`: no body follows whatever the headers say.
    func read(isHead: Bool = false) throws -> RawAnswer {
        var end = headEnd()
        while end == nil {
            guard fill() else { throw Failure.closed }
            end = headEnd()
        }
        let stop = end ?? consumed
        let head = String(decoding: received[consumed..<stop], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = head.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure.malformed(head.first ?? "")
        }
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        consumed = stop + 4
        let length = isHead || status == 100 ? 0 : Int(headers["content-length"] ?? "") ?? 0
        while received.count - consumed < length { guard fill() else { throw Failure.closed } }
        let body = Array(received[consumed..<consumed + length])
        consumed += length
        return RawAnswer(status: status, headers: headers, bytes: body)
    }

    private func headEnd() -> Int? {
        var i = consumed
        while i + 4 <= received.count {
            if received[i] == 0x0D, received[i + 1] == 0x0A, received[i + 2] == 0x0D, received[i + 3] == 0x0A { return i }
            i += 1
        }
        return nil
    }

    /// Whether the server closes without a further byte; false when it says more or nothing happens for 20 s.
    func isClosed() -> Bool {
        let more = fill()
        return !more && hasEnded && received.count == consumed
    }

    /// Everything up to the server's end of the connection, as text.
    func rest() -> String {
        while fill() {}
        defer { consumed = received.count }
        return String(decoding: received[consumed...], as: UTF8.self)
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        // A reset is an end too; a time-out (EAGAIN) is none.
        if count == 0 || (count < 0 && errno == ECONNRESET) { hasEnded = true }
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
