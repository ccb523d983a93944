import CLinux
import Foundation

/// Carries one console over its socket: at most one frame is in flight, the next is built from the newest state when that one is drawn.
///
/// A terminal that is stopped or slow therefore costs one frame of memory and nothing else; after 30 s without an answer it is dropped.
final class ConsolePump: @unchecked Sendable {
    // Sendable by hand: `wake` only writes to the eventfd; everything else is confined to the connection's thread.

    /// Milliseconds that a frame may stay unanswered.
    static let patience: Int64 = 30_000

    private let handle: SocketHandle
    private let events: SocketHandle
    private var parser: FrameParser
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var isInFlight = false
    private var since: Int64 = 0

    init?(handle: SocketHandle, parser: FrameParser) {
        let descriptor = flyball_eventfd()
        guard descriptor >= 0 else { return nil }
        events = SocketHandle(descriptor)
        self.handle = handle
        self.parser = parser
    }

    /// There is something new to draw.
    ///
    /// From any thread.
    func wake() {
        var one: UInt64 = 1
        _ = write(events.descriptor, &one, 8)
    }

    func run(_ console: any RemoteConsole) throws(ControlFailure) {
        try takeFrames(console)
        try offer(console)
        while true {
            if let reason = console.ending, outgoing.isEmpty {
                try handle.send(Frame(kind: .ended, payload: Array(reason.utf8)).bytes)
                return
            }
            var descriptors = [
                pollfd(fd: handle.descriptor, events: Int16(POLLIN) | (outgoing.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
                pollfd(fd: events.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&descriptors, 2, isInFlight ? 1_000 : -1)
            if count < 0, errno != EINTR { throw SocketHandle.lastError("poll") }
            if isInFlight, Self.now() - since > Self.patience { return }
            if descriptors[0].revents & Int16(POLLERR | POLLNVAL) != 0 { return }
            if descriptors[0].revents & Int16(POLLIN | POLLHUP) != 0 {
                guard let bytes = handle.receive(), !bytes.isEmpty else { return }
                parser.append(bytes)
                try takeFrames(console)
            }
            if descriptors[1].revents & Int16(POLLIN) != 0 {
                var value: UInt64 = 0
                _ = read(events.descriptor, &value, 8)
            }
            if !outgoing.isEmpty { try push() }
            try offer(console)
        }
    }

    private func takeFrames(_ console: any RemoteConsole) throws(ControlFailure) {
        while let frame = try parser.next() {
            switch frame.kind {
            case .input: console.receive(frame.payload)
            case .drawn:
                isInFlight = false
                console.drawn()
            default: throw .badFrame("\(frame.kind) out of turn")
            }
        }
    }

    /// Builds and sends the next frame, if none is in flight and there is one.
    private func offer(_ console: any RemoteConsole) throws(ControlFailure) {
        guard !isInFlight, outgoing.isEmpty, let payload = console.nextFrame() else { return }
        outgoing = Frame(kind: .draw, payload: payload).bytes
        sent = 0
        isInFlight = true
        since = Self.now()
        try push()
    }

    private func push() throws(ControlFailure) {
        guard let count = handle.sendSome(outgoing[sent...]) else { throw .closed }
        sent += count
        if sent == outgoing.count {
            outgoing = []
            sent = 0
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
