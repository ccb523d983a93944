import Foundation

/// What a screen's process tells its launcher.
enum ScreenReport: Codable, Equatable {
    /// What it does before the screen opens, for whoever waits.
    case progress(String)
    /// The screen is open.
    case ready
    /// The terminal has been given back for a while.
    case suspended
    /// The operator has left; this process goes on without a terminal.
    case detached(pid: Int32)
    /// It ends, and the terminal is as it was found; with words for the operator.
    case ended(String)
    /// It could not begin or go on: what, where, what to do.
    case failed(String)
}

/// What a launcher tells the screen's process.
enum LauncherOrder: Codable, Equatable {
    /// Give the terminal back.
    case suspend
    /// Take it again.
    case resume
}

/// One end of the socket between a launcher and the process that it started: a line of JSON a message.
final class Channel: Sendable {
    /// The longest message, bytes.
    private static let limit = 16 << 10

    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Two connected ends; the second one is for a child and outlives `exec`.
    static func pair() -> (own: Channel, child: Channel)? {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return nil }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        return (Channel(ends[0]), Channel(ends[1]))
    }

    /// Sends a message; one that nobody reads any more is lost.
    func send(_ message: some Encodable) {
        guard var bytes = try? Array(JSONEncoder().encode(message)) else { return }
        bytes.append(UInt8(ascii: "\n"))
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Bytes that are there, waiting for the first; empty when the other end is gone.
    private func receive() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : []
        }
    }

    /// Reads messages out of what comes.
    struct Reader {
        private let channel: Channel
        private var bytes: [UInt8] = []

        init(_ channel: Channel) { self.channel = channel }

        /// The next messages, waiting for at least some bytes; nil when the other end is gone.
        ///
        /// What is no message is passed over.
        mutating func next<Message: Decodable>(_ type: Message.Type) -> [Message]? {
            let more = channel.receive()
            guard !more.isEmpty else { return nil }
            bytes += more
            var messages: [Message] = []
            while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                if let message = try? JSONDecoder().decode(type, from: Data(bytes[..<end])) { messages.append(message) }
                bytes.removeFirst(end + 1)
            }
            if bytes.count > Channel.limit { bytes = [] }
            return messages
        }
    }
}
