import Foundation

/// A closed-loop client: one thread and many keep-alive connections, each with one request on its way.
///
/// It reads an answer, sends the next request on that connection, and goes to the next connection, so that the server always has work waiting.
/// Answers are told apart by their length alone, which is the same for each: the client must cost less than the server that it measures.
final class BenchClient {
    enum Failure: Error {
        case cannotConnect(Int32)
        case closed
        case unexpected(String)
    }

    private var descriptors: [Int32] = []
    private let request: [UInt8]
    /// Bytes of one answer, head and body.
    private(set) var answerBytes = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Connects, and asks once to learn how long an answer is.
    ///
    /// - Parameter headers: lines beside the usual ones, each with its end.
    convenience init(port: Int, connections: Int, path: String, body: String, headers: String = "") throws {
        try self.init(port: port, connections: connections, path: path, body: Array(body.utf8), headers: headers)
    }

    /// The same with a body of bytes.
    init(port: Int, connections: Int, path: String, body: [UInt8], headers: String = "") throws {
        let head = "POST \(path) HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: \(body.count)\r\n"
        request = Array((head + headers + "\r\n").utf8) + body
        for _ in 0..<connections { descriptors.append(try Self.connect(port)) }
        guard let first = descriptors.first else { throw Failure.closed }
        send(first)
        answerBytes = try readFirst(first)
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// Asks so many times over all connections; returns the seconds that it took.
    ///
    /// - Parameter anyLength: whether answers may differ in length, and each must be looked at.
    func run(_ count: Int, anyLength: Bool = false) throws -> Double {
        let start = ContinuousClock.now
        var sent = 0
        for descriptor in descriptors where sent < count {
            send(descriptor)
            sent += 1
        }
        var answered = 0
        while answered < count {
            for descriptor in descriptors where answered < count {
                if anyLength { _ = try readFirst(descriptor) } else { try readAnswer(descriptor) }
                answered += 1
                if sent < count {
                    send(descriptor)
                    sent += 1
                }
            }
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Asks on the first connection at an even pace that waits for no answer that is late; returns the latencies from when each was due, µs.
    func paced(_ count: Int, perSecond rate: Double) throws -> [Double] {
        guard let descriptor = descriptors.first else { throw Failure.closed }
        let pause = Duration.seconds(1 / rate)
        var due = ContinuousClock.now
        var latencies: [Double] = []
        latencies.reserveCapacity(count)
        for _ in 0..<count {
            let early = due - ContinuousClock.now
            if early > .zero {
                usleep(UInt32(early / .microseconds(1)))
                // Waking late is the timer's doing, and moves what is due; a request that waited for a late answer has waited.
                due = max(due, ContinuousClock.now)
            }
            send(descriptor)
            try readAnswer(descriptor)
            latencies.append((ContinuousClock.now - due) / .microseconds(1))
            due += pause
        }
        return latencies
    }

    private static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // A `sockaddr_in` byte by byte: which module its members come from depends on what else is compiled in the same batch.
        let family = withUnsafeBytes(of: sa_family_t(AF_INET)) { Array($0) }
        let address =
            family + [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port), 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
        let result = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { Foundation.connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw Failure.cannotConnect(code)
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private func send(_ descriptor: Int32) {
        request.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Foundation.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    private func readAnswer(_ descriptor: Int32) throws {
        var got = 0
        while got < answerBytes { got += try receive(descriptor, upTo: answerBytes - got) }
    }

    private func receive(_ descriptor: Int32, upTo wanted: Int) throws -> Int {
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, min(wanted, $0.count), 0) }
        guard count > 0 else { throw Failure.closed }
        return count
    }

    private func readFirst(_ descriptor: Int32) throws -> Int {
        var text: [UInt8] = []
        var total = Int.max
        while text.count < total {
            let count = try receive(descriptor, upTo: buffer.count)
            text += buffer[..<count]
            guard total == .max, let end = text.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            let head = String(decoding: text[..<end.lowerBound], as: UTF8.self)
            guard head.hasPrefix("HTTP/1.1 200"),
                let line = head.components(separatedBy: "\r\n").first(where: { $0.hasPrefix("content-length: ") }),
                let length = Int(line.dropFirst("content-length: ".count))
            else { throw Failure.unexpected(String(head.prefix(300))) }
            total = end.upperBound + length
        }
        return total
    }
}
