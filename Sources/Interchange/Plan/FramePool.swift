import Synchronization

/// Frames that wait for their next evaluation, so that none is made twice.
final class FramePool: Sendable {
    /// Frames kept; more are made when more threads evaluate at once, and let go afterwards.
    private static let most = 16

    private let plan: Plan
    private let waiting: Mutex<[Frame]>

    init(_ plan: Plan) {
        self.plan = plan
        var frames: [Frame] = []
        frames.reserveCapacity(Self.most)
        waiting = Mutex(frames)
    }

    /// Evaluates with a frame that is nobody else's.
    @inline(__always)
    func with<Result, Failure: Error>(_ body: (Frame) throws(Failure) -> Result) throws(Failure) -> Result {
        let frame = waiting.withLock { $0.popLast() } ?? plan.frame()
        defer {
            frame.forgetTexts()
            waiting.withLock { if $0.count < Self.most { $0.append(frame) } }
        }
        return try body(frame)
    }
}
