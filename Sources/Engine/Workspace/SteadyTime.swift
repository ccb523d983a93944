import Foundation
import Synchronization

/// Time that neither jumps nor stands: it begins as the machine's clock says, goes on with the time since boot, and follows corrections of the clock
/// by at most one part in two hundred.
///
/// Every interval of the engine is a difference of two such times, so that none is negative or years long because somebody, or a broken
/// clock, has set another date. A clock that is further away than an hour is not followed at all.
package struct SteadyTime: Sendable {
    /// A clock that is further away is not followed, nanoseconds.
    package static let toleranceNanoseconds: Int64 = 3_600_000_000_000
    /// It is followed by so small a part of the time that has gone by.
    private static let slewDivisor: Int64 = 200

    /// What is added to the time since boot, nanoseconds.
    package private(set) var offset: Int64
    private var last: Int64

    /// Begins as the clock says.
    ///
    /// - Parameters:
    ///   - clock: UTC nanoseconds.
    ///   - boot: nanoseconds since boot, sleep included.
    package init(clock: Int64, boot: Int64) {
        offset = clock.subtractingReportingOverflow(boot).partialValue
        last = boot
    }

    /// Follows the clock a little; returns by how much it is away, nanoseconds, when that is too much to be followed, else 0.
    package mutating func follow(clock: Int64, boot: Int64) -> Int64 {
        let (wanted, overflows) = clock.subtractingReportingOverflow(boot)
        let (away, isFar) = wanted.subtractingReportingOverflow(offset)
        let elapsed = max(0, boot - last)
        last = boot
        guard !overflows, !isFar, away.magnitude <= Self.toleranceNanoseconds else { return isFar || overflows ? .max : away }
        let step = elapsed / Self.slewDivisor
        offset += min(max(away, -step), step)
        return 0
    }
}

/// The process's steady time, for any thread.
final class SteadyClock: Sendable {
    static let shared = SteadyClock()

    private let time: Mutex<SteadyTime>
    /// Read on the event loops, which take no lock.
    private let offset: Atomic<Int64>

    private init() {
        let time = SteadyTime(clock: Self.read(CLOCK_REALTIME), boot: Self.read(CLOCK_BOOTTIME))
        offset = Atomic(time.offset)
        self.time = Mutex(time)
    }

    /// UTC milliseconds.
    var milliseconds: Int64 { (Self.read(CLOCK_BOOTTIME) + offset.load(ordering: .relaxed)) / 1_000_000 }

    /// Follows the machine's clock a little; by how many milliseconds that is away, when it is not followed, else 0.
    func follow() -> Int64 {
        time.withLock { time in
            let away = time.follow(clock: Self.read(CLOCK_REALTIME), boot: Self.read(CLOCK_BOOTTIME))
            offset.store(time.offset, ordering: .relaxed)
            return away / 1_000_000
        }
    }

    /// Nanoseconds; what does not fit is as large as can be.
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        let (seconds, overflows) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max / 2 : seconds.addingReportingOverflow(Int64(time.tv_nsec)).partialValue
    }
}
