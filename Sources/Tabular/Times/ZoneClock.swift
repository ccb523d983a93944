import Foundation
import Synchronization

/// What the clock and the calendar on the wall show at an instant.
package struct LocalParts: Sendable, Equatable {
    /// 0…23.
    package var hour: Int
    /// ISO 8601: 1 is Monday, 7 is Sunday.
    package var weekday: Int
    /// 1…12.
    package var month: Int

    package init(hour: Int, weekday: Int, month: Int) {
        self.hour = hour
        self.weekday = weekday
        self.month = month
    }
}

/// The wall clock of one zone, for millions of instants: the zone's offsets lie in a table that is made once.
///
/// A value that never changes: shared by every thread, and asked without a lock or an allocation. Offsets before 1970 and after 2099 are
/// those of the table's ends.
package struct ZoneClock: Sendable {
    /// Milliseconds from 1970 beyond which nothing is a date: 30,000 years.
    private static let farthest = 1e15
    private static let end: Int64 = 4_102_444_800
    private static let step: Int64 = 7 * 86_400
    private static let tables = Mutex<[String: ZoneClock]>([:])
    private static let mostTables = 1_000

    /// Seconds since 1970 from which an offset holds, ascending; the first is the least number there is.
    private let starts: [Int64]
    /// Seconds east of Greenwich.
    private let offsets: [Int64]

    /// The clock in Greenwich.
    package static let utc = ZoneClock(starts: [.min], offsets: [0])

    private init(starts: [Int64], offsets: [Int64]) {
        self.starts = starts
        self.offsets = offsets
    }

    /// Takes an IANA name; nil for a zone that this machine does not know.
    ///
    /// Complexity: O(1) after the first time for a zone, which takes some milliseconds.
    package init?(zone name: String) {
        if let known = Self.tables.withLock({ $0[name] }) {
            self = known
            return
        }
        guard name.utf8.count <= 64, let zone = TimeZone(identifier: name) else { return nil }
        func offset(_ second: Int64) -> Int64 { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))) }
        var starts = [Int64.min]
        var offsets = [offset(0)]
        // A week is shorter than any zone has ever kept an offset since 1970; within it the change is found by halving.
        for second in stride(from: Self.step, through: Self.end, by: Int64.Stride(Self.step)) {
            let found = offset(second)
            guard found != offsets[offsets.count - 1] else { continue }
            var before = second - Self.step
            var after = second
            while after - before > 1 {
                let middle = before + (after - before) / 2
                if offset(middle) == found { after = middle } else { before = middle }
            }
            starts.append(after)
            offsets.append(found)
        }
        self.init(starts: starts, offsets: offsets)
        let made = self
        Self.tables.withLock { if $0.count < Self.mostTables { $0[name] = made } }
    }

    /// The parts of an instant in milliseconds since 1970; nil for what is no number or lies beyond all dates.
    ///
    /// Complexity: O(log changes of the offset).
    @inline(__always)
    package func parts(_ milliseconds: Double) -> LocalParts? {
        guard abs(milliseconds) <= Self.farthest else { return nil }
        let second = Int64((milliseconds / 1_000).rounded(.down))
        let local = Int(second + offset(at: second))
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        // Day 0 was a Thursday.
        let weekday = (day + 3) % 7
        return LocalParts(
            hour: (local - day * 86_400) / 3_600, weekday: (weekday < 0 ? weekday + 7 : weekday) + 1, month: CivilDate.date(days: day).month
        )
    }

    @inline(__always)
    func offset(at second: Int64) -> Int64 {
        starts.withUnsafeBufferPointer { starts in
            var low = 0
            var count = starts.count
            while count > 1 {
                let half = count / 2
                if starts[low + half] <= second { low += half }
                count -= half
            }
            return offsets.withUnsafeBufferPointer { $0[low] }
        }
    }
}
