import Foundation
import Synchronization

/// Time as the engine sees it, injected so that a day can be simulated in a second.
public struct EngineClock: Sendable {
    /// UTC milliseconds since 1970: what is stored and shown.
    public var milliseconds: @Sendable () -> Int64
    /// Monotonic nanoseconds: what durations are measured with.
    public var nanoseconds: @Sendable () -> UInt64

    /// Makes a clock.
    public init(milliseconds: @escaping @Sendable () -> Int64, nanoseconds: @escaping @Sendable () -> UInt64) {
        self.milliseconds = milliseconds
        self.nanoseconds = nanoseconds
    }

    /// The machine's clocks.
    public static let system = EngineClock(
        milliseconds: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        },
        nanoseconds: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        })
}

/// The engine's time as an instant, for what counts waiting times.
enum ProbeTime {
    private static let origin = ContinuousClock.now

    static func instant(_ clock: EngineClock) -> ContinuousClock.Instant {
        origin.advanced(by: .nanoseconds(Int64(clamping: clock.nanoseconds())))
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
public final class ManualClock: Sendable {
    private let now: Mutex<Int64>

    /// Starts at UTC milliseconds.
    public init(_ milliseconds: Int64) { now = Mutex(milliseconds) }

    /// Moves forward by milliseconds.
    public func advance(_ milliseconds: Int64) { now.withLock { $0 += milliseconds } }

    /// The view that the engine takes.
    public var clock: EngineClock {
        EngineClock(
            milliseconds: { self.now.withLock { $0 } }, nanoseconds: { UInt64(self.now.withLock { $0 }) * 1_000_000 })
    }
}
