import Foundation
import Synchronization

/// Time as the engine sees it, injected so that a day can be simulated in a second.
public struct EngineClock: Sendable {
    /// UTC milliseconds since 1970: what is stored and shown.
    public var milliseconds: @Sendable () -> Int64
    /// Monotonic nanoseconds: what durations are measured with.
    public var nanoseconds: @Sendable () -> UInt64
    /// Follows the machine's clock a little; by how many milliseconds that is away, when it has jumped and is not followed, else 0.
    ///
    /// Called at each heartbeat.
    public var follow: @Sendable () -> Int64

    /// Makes a clock.
    public init(
        milliseconds: @escaping @Sendable () -> Int64, nanoseconds: @escaping @Sendable () -> UInt64,
        follow: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        self.milliseconds = milliseconds
        self.nanoseconds = nanoseconds
        self.follow = follow
    }

    /// The machine's clocks, made steady: it begins with the date that the machine has, and no jump of that moves it.
    public static let system = EngineClock(
        milliseconds: { SteadyClock.shared.milliseconds },
        nanoseconds: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }, follow: { SteadyClock.shared.follow() })
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
    private let away = Mutex<Int64>(0)

    /// Starts at UTC milliseconds.
    public init(_ milliseconds: Int64) { now = Mutex(milliseconds) }

    /// From now on the machine's clock is so many milliseconds away, and not followed.
    package func moveAway(_ milliseconds: Int64) { away.withLock { $0 = milliseconds } }

    /// Moves forward by milliseconds.
    public func advance(_ milliseconds: Int64) { now.withLock { $0 += milliseconds } }

    /// The view that the engine takes.
    public var clock: EngineClock {
        EngineClock(
            milliseconds: { self.now.withLock { $0 } }, nanoseconds: { UInt64(self.now.withLock { $0 }) * 1_000_000 },
            follow: { self.away.withLock { $0 } })
    }
}
