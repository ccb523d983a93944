import Engine
import Foundation
import Monitoring
import Synchronization
import Tabular
import Testing

/// A listener on loopback that answers each request with the next of some statuses.
private final class Listener: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let bodies = Mutex<[String]>([])

    init(statuses: [Int]) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isReady)
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in for status in statuses { answer(status) } }
    }

    deinit { close(descriptor) }

    /// Ends the thread that waits for connections.
    func stop() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The bodies received so far.
    var received: [String] { bodies.withLock { $0 } }

    private func answer(_ status: Int) {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return }
        defer { close(client) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !Self.isWhole(bytes) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[0..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        bodies.withLock { $0.append(String(text[(text.range(of: "\r\n\r\n")?.upperBound ?? text.endIndex)...])) }
        let reply = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        _ = send(client, reply, reply.count, 0)
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        let head = text[..<end.lowerBound].lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?.split(separator: ":").last
        return text[end.upperBound...].utf8.count >= Int(length?.trimmingCharacters(in: .whitespaces) ?? "0") ?? 0
    }
}

@Suite("Webhook", .serialized)
struct WebhookTests {
    private struct Message: Decodable {
        var event: String
        var workspace: String
        var alert: Alert
    }

    @Test(
        "an alert is posted when it fires, again when the answer was an error, and when it resolves")
    func delivered() async throws {
        let listener = try Listener(statuses: [503] + [Int](repeating: 200, count: 15))
        defer { listener.stop() }
        var options = EngineHarness.Options()
        options.toml = "webhook = \"http://127.0.0.1:\(listener.port)/hook\"\n" + options.toml
        try await EngineHarness.run(options) { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            let humid = try #require(rows.schema.index(of: "humid"))
            try await harness.send(rows, count: 300) { $0[humid] = .nan }
            await harness.pass(seconds: 4)
            try await missing(2, listener)
            try await harness.send(rows, count: 800)
            await harness.pass(seconds: 31)
            let messages = try await missing(3, listener)
            #expect(messages.map(\.event) == ["firing", "firing", "resolved"])
            #expect(messages.allSatisfy { $0.workspace == harness.snapshot.engine.workspace })
        }
    }

    /// The messages about missing values, once there are so many: the fault moves the drift as well, which is another alert.
    @discardableResult
    private func missing(_ count: Int, _ listener: Listener) async throws -> [Message] {
        let started = ContinuousClock.now
        while true {
            let messages = try listener.received.map { try JSONDecoder().decode(Message.self, from: Data($0.utf8)) }
                .filter { $0.alert.kind == .missing }
            if messages.count >= count { return messages }
            guard ContinuousClock.now - started < .seconds(20) else { throw EngineHarness.Missed(what: "message \(count)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
