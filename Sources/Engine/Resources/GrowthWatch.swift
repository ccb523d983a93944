import Monitoring
import Tabular

/// What grows: how it has grown, when it will be full, and whether somebody must be told.
package struct GrowthWatch: Equatable {
    /// Sizes as they were measured, with limits that only the machine knows.
    package struct Reading: Sendable, Equatable {
        /// In each thing's unit.
        package var sizes: [GrowingThing: Int64]
        /// Of what has none in the configuration.
        package var limits: [GrowingThing: Int64]

        package init(sizes: [GrowingThing: Int64] = [:], limits: [GrowingThing: Int64] = [:]) {
            self.sizes = sizes
            self.limits = limits
        }
    }

    /// Time between two points that are stored, milliseconds.
    private static let storedMilliseconds: Int64 = 600_000

    private var lines: [GrowingThing: GrowthLine] = [:]
    private var stored: Int64 = .min
    /// As it is published, in the order of `GrowingThing`.
    package private(set) var statuses: [GrowthStatus] = []

    package init() {}

    /// The name under which the series of a size is stored.
    package static func metric(_ thing: GrowingThing) -> String { "size \(thing.rawValue)" }

    /// Takes up what was measured by earlier engines.
    package mutating func restore(_ thing: GrowingThing, _ points: [GrowthLine.Point]) { lines[thing] = GrowthLine(points) }

    /// Takes a reading; returns the points that are to be stored, none between two that are due.
    package mutating func take(_ reading: Reading, limits: GrowthLimits, at now: Int64) -> [(thing: GrowingThing, size: Double)] {
        let pressing = Set(statuses.filter(\.isPressing).map(\.thing))
        statuses = GrowingThing.allCases.compactMap { thing in
            guard let size = reading.sizes[thing] else { return nil }
            lines[thing, default: GrowthLine()].add(GrowthLine.Point(time: now, size: Double(size)))
            var status = GrowthStatus(
                thing, size: size, limit: reading.limits[thing] ?? limits[thing], line: lines[thing] ?? GrowthLine(), at: now)
            status.judge(warn: limits.warnMilliseconds, didPress: pressing.contains(thing), at: now)
            return status
        }
        // An engine's own time may have been set back to another one's.
        guard stored > now || now.subtractingReportingOverflow(stored).overflow || now - stored >= Self.storedMilliseconds else {
            return []
        }
        stored = now
        return statuses.map { ($0.thing, Double($0.size)) }
    }

    /// What it means for the alert.
    package func event(isOpen: Bool, at now: Int64) -> AlertEvent? {
        let bad = statuses.filter(\.isPressing)
        guard let worst = bad.max(by: { ($1.fullAt ?? .max, $0.share) < ($0.fullAt ?? .max, $1.share) }) else {
            return isOpen ? .over(.limits, because: "everything that grows has room again") : nil
        }
        let reasons = bad.map { status in
            HealthReason(
                signal: "limit", subject: status.thing.rawValue, light: status.share >= 1 ? .alert : .warn, value: status.share,
                threshold: 1,
                unit: "of its limit", n: Int(clamping: status.size), since: 0, text: Self.text(status))
        }
        let more = bad.count > 1 ? " (and \(bad.count - 1) more)" : ""
        return .found(
            Finding(
                kind: .limits, severity: bad.contains { $0.share >= 1 } ? .critical : .warning, title: Self.text(worst) + more,
                reasons: reasons, onset: now))
    }

    private static func text(_ status: GrowthStatus) -> String {
        let end = status.share >= 1 ? ": full" : status.fullAt.map { ", full on \(TimeText.rfc3339($0).prefix(10))" } ?? ""
        return "\(status.words)\(end): then \(status.atLimit)"
    }
}
