import Foundation

/// Offsets of one zone by local day, so that a column of times asks the zone's rules a few times a day and not once a row.
struct ZoneOffsets {
    /// What a local time means in the zone.
    enum Reading {
        /// One instant.
        case exact(Int64)
        /// Clocks went back over it: the two instants.
        case ambiguous(Int64, later: Int64)
        /// Clocks went forward over it: as far after the jump as it lay after the jump's start.
        case nonexistent(Int64)
    }

    private let zone: TimeZone
    private let isFixed: Bool
    private var lastDay = Int64.min
    private var lastOffset: Int64?
    private var known: [Int64: Int64?] = [:]

    init(zone: TimeZone) {
        self.zone = zone
        isFixed = zone.identifier == "GMT" || zone.identifier == "UTC"
    }

    /// The instant of a local time, both in seconds since 1970.
    ///
    /// Complexity: O(1) after the first time of a day.
    mutating func reading(localSeconds: Int64) -> Reading {
        if isFixed { return .exact(localSeconds) }
        let day = localSeconds >= 0 ? localSeconds / 86_400 : (localSeconds - 86_399) / 86_400
        if day != lastDay {
            lastDay = day
            lastOffset = steadyOffset(day: day)
        }
        if let lastOffset { return .exact(localSeconds - lastOffset) }
        let before = offset(at: localSeconds - 86_400)
        let after = offset(at: localSeconds + 86_400)
        let larger = max(before, after)
        let smaller = min(before, after)
        // A larger offset is an earlier instant; an offset is valid when the zone has it at the instant it leads to.
        let first = offset(at: localSeconds - larger) == larger
        let second = offset(at: localSeconds - smaller) == smaller
        if first, second, larger != smaller { return .ambiguous(localSeconds - larger, later: localSeconds - smaller) }
        if first { return .exact(localSeconds - larger) }
        if second { return .exact(localSeconds - smaller) }
        return .nonexistent(localSeconds - before)
    }

    /// The offset of a day on which, and a day around which, it does not change; nil otherwise.
    private mutating func steadyOffset(day: Int64) -> Int64? {
        if let entry = known[day] { return entry }
        if known.count > 100_000 { known.removeAll() }
        let start = day * 86_400
        let probes = stride(from: start - 86_400, through: start + 2 * 86_400, by: 21_600).map { offset(at: $0) }
        let steady = probes.allSatisfy { $0 == probes[0] } ? probes[0] : nil
        known[day] = .some(steady)
        return steady
    }

    private func offset(at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }
}
