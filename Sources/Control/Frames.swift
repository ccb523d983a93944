/// What a frame on the workspace's socket carries.
///
/// A frame is a length (4 bytes, big-endian, kind included), a kind, a payload.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    /// Client → engine, first: `Hello` as JSON.
    case hello = 1
    /// Engine → client, in answer: `Welcome` as JSON.
    case welcome = 2
    /// Engine → client, then closed: a reason as text.
    case refusal = 3
    /// Client → engine: `Call` as JSON.
    case call = 4
    /// Engine → client: `Reply` as JSON.
    case reply = 5
    /// Client → engine: opens a console; the payload is the console's own.
    case openConsole = 6
    /// Client → engine: an input event of the console, in its own coding.
    case input = 7
    /// Engine → client: a frame of the console, in its own coding.
    case draw = 8
    /// Client → engine: the last `draw` is on the screen.
    case drawn = 9
    /// Engine → client: the console has ended; a reason as text.
    case ended = 10
}

/// One frame.
package struct Frame: Equatable, Sendable {
    package var kind: FrameKind
    package var payload: [UInt8]

    package init(kind: FrameKind, payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }

    /// The frame's bytes.
    package var bytes: [UInt8] {
        let length = UInt32(payload.count + 1)
        return [UInt8(length >> 24), UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind.rawValue] + payload
    }
}

/// Cuts a stream of bytes into frames.
///
/// Anything that is no frame ends the connection: there is no way to find the next beginning. Complexity: linear in the bytes, however
/// small the frames and the pieces are.
package struct FrameParser: Sendable {
    /// Longest frame that is taken, bytes.
    package let limit: Int
    private var buffer: [UInt8] = []
    /// Bytes of the buffer that earlier frames have used up.
    private var start = 0

    package init(limit: Int) { self.limit = limit }

    /// Adds received bytes.
    package mutating func append(_ bytes: some Sequence<UInt8>) {
        // What is used up goes away once for each piece, not once for each frame.
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame; nil until more bytes come.
    package mutating func next() throws(ControlFailure) -> Frame? {
        let available = buffer.count - start
        guard available >= 4 else { return nil }
        let length = buffer[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 1, length <= limit else { throw .badFrame("a length of \(length) bytes") }
        guard available >= 4 + length else { return nil }
        guard let kind = FrameKind(rawValue: buffer[start + 4]) else { throw .badFrame("unknown kind \(buffer[start + 4])") }
        let end = start + 4 + length
        let frame = Frame(kind: kind, payload: Array(buffer[(start + 5)..<end]))
        start = end
        return frame
    }
}

/// Why the workspace's socket cannot be used.
public enum ControlFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No engine listens there.
    case noEngine(path: String)
    /// The kernel or the engine says no.
    case refused(String)
    /// The other side sent what is no frame, or a frame out of turn.
    case badFrame(String)
    /// The connection has ended.
    case closed
    /// The other side has taken the connection and says nothing.
    case silent(seconds: Int)
    /// A system call failed.
    case system(call: String, reason: String)

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .noEngine(let path): "no engine runs: \(path): start one with `flyball` or `flyball serve`"
        case .refused(let reason): reason
        case .badFrame(let what): "control socket: \(what): both sides must be the same version of flyball"
        case .closed: "control socket: the engine closed the connection: see log/engine.log"
        case .silent(let seconds):
            "control socket: the engine has not answered for \(seconds) s: it or the machine's disk stands still: see log/engine.log"
        case .system(let call, let reason): "control socket: \(call): \(reason)"
        }
    }
}
