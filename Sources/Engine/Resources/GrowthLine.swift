/// How a size has grown, and what that comes to: a line of least squares through what was measured.
///
/// With times `t` and sizes `s` the slope is `Σ(t − t̄)(s − s̄) / Σ(t − t̄)²`.
package struct GrowthLine: Equatable {
    /// What was measured: bounded, the older half thinned out when it is full.
    package private(set) var points: [Point] = []

    package struct Point: Equatable, Sendable {
        /// UTC milliseconds.
        package var time: Int64
        package var size: Double

        package init(time: Int64, size: Double) {
            self.time = time
            self.size = size
        }
    }

    /// Points that are kept.
    package static let kept = 2_000
    /// What is older says nothing of how it grows now, milliseconds.
    package static let longest: Int64 = 7 * 86_400_000
    /// Fewer points make no line.
    package static let fewest = 10
    /// A shorter history makes no line, milliseconds.
    package static let shortest: Int64 = 10 * 60_000

    package init(_ points: [Point] = []) {
        for point in points.sorted(by: { $0.time < $1.time }) { add(point) }
    }

    /// Takes a measurement; one that is older than the last is passed over.
    package mutating func add(_ point: Point) {
        guard point.size.isFinite, points.last.map({ $0.time < point.time }) ?? true else { return }
        points.append(point)
        let oldest = point.time.subtractingReportingOverflow(Self.longest).partialValue
        let gone = points.prefix { $0.time < oldest }.count
        if gone > 0 { points.removeFirst(gone) }
        if points.count > Self.kept {
            let half = Self.kept / 2
            points = points.prefix(half).enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element) + points.dropFirst(half)
        }
    }

    /// Time from the first point to the last, milliseconds.
    package var span: Int64 { (points.last?.time ?? 0) - (points.first?.time ?? 0) }

    /// Growth in a day; nil while there is too little to tell it from.
    ///
    /// Complexity: O(points).
    package var perDay: Double? {
        guard points.count >= Self.fewest, span >= Self.shortest, let first = points.first else { return nil }
        let count = Double(points.count)
        let times = points.map { Double($0.time - first.time) / 86_400_000 }
        let middle = times.reduce(0, +) / count
        let mean = points.reduce(0) { $0 + $1.size } / count
        var (above, below) = (0.0, 0.0)
        for (time, point) in zip(times, points) {
            above += (time - middle) * (point.size - mean)
            below += (time - middle) * (time - middle)
        }
        guard below > 0 else { return nil }
        return above / below
    }

    /// When a size that is `size` now comes to `limit`; nil when it does not grow, or nobody lives to see it.
    package static func full(size: Int64, limit: Int64, perDay: Double?, now: Int64) -> Int64? {
        if size >= limit { return now }
        guard let perDay, perDay > 0 else { return nil }
        let days = Double(limit - size) / perDay
        guard days < 36_500 else { return nil }
        return now + Int64(days * 86_400_000)
    }
}
