import Control
import Foundation

/// A client that sends whatever it likes.
final class RawSocket: Sendable {
    private let descriptor: Int32

    struct Unreachable: Error {
        var reason: Int32
    }

    /// Connects to `run/s` below a directory; its path must fit a socket address.
    init(_ directory: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((directory + "/run/s").utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count - 1)) }
        let socket = descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Unreachable(reason: errno) }
        // A test that waits for an answer which never comes ends with an error, not with the suite's patience.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends what the kernel takes at once; returns the bytes taken, -1 when the connection is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int { Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }

    func send(_ kind: FrameKind, _ text: String) { send(Frame(kind: kind, payload: Array(text.utf8)).bytes) }

    /// Everything until the other side closes.
    func readToEnd() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return all }
            all += buffer[0..<count]
        }
    }

    /// The frames until the other side closes.
    func framesToEnd() throws -> [Frame] {
        var parser = FrameParser(limit: 1 << 20)
        parser.append(readToEnd())
        var frames: [Frame] = []
        while let frame = try parser.next() { frames.append(frame) }
        return frames
    }

    /// The next frame; nil at the end.
    func nextFrame() throws -> Frame? {
        var parser = FrameParser(limit: 1 << 20)
        while true {
            if let frame = try parser.next() { return frame }
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            parser.append([byte])
        }
    }
}

/// A generator that repeats from its seed: SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
