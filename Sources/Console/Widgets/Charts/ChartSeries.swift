/// One value at one time; nil is a gap that no line crosses.
package struct ChartPoint: Equatable, Sendable {
    /// UTC milliseconds, or an iteration on a chart over iterations.
    package var time: Int64
    package var value: Double?

    package init(time: Int64, value: Double?) {
        self.time = time
        self.value = value
    }
}

/// One line or area of a chart.
package struct ChartSeries: Equatable, Sendable {
    /// How the values are drawn.
    package enum Shape: Equatable, Sendable {
        case line
        /// Filled down to the axis.
        case area
    }

    package var name: String
    /// In order of time.
    package var points: [ChartPoint]
    package var role: Role
    package var style: Shape

    package init(_ name: String, _ points: [ChartPoint], role: Role = .series1, style: Shape = .line) {
        self.name = name
        self.points = points
        self.role = role
        self.style = style
    }
}

/// A horizontal line with a name.
package struct ChartThreshold: Equatable, Sendable {
    package var value: Double
    package var label: String
    package var role: Role

    package init(_ value: Double, _ label: String, role: Role = .threshold) {
        self.value = value
        self.label = label
        self.role = role
    }
}

/// Something that happened at a time: a deploy, a retrain, an acknowledgement.
package struct ChartMarker: Equatable, Sendable {
    package var time: Int64
    package var label: String
    package var role: Role

    package init(time: Int64, label: String, role: Role = .marker) {
        self.time = time
        self.label = label
        self.role = role
    }
}

/// Fixed stretches of time, one a dot column: until the newest one closes, only its own dots can change, which keeps frames small.
struct ChartBuckets: Equatable {
    /// Where the leftmost bucket begins: a multiple of `length`, so that buckets do not slide with the clock.
    let start: Int64
    let length: Int64
    let count: Int

    /// Buckets that show `from … to`, the newest holding `to`.
    init(from: Int64, to: Int64, count: Int, length wanted: Int64?) {
        self.count = min(max(1, count), 10_000)
        let first = ChartBuckets.bounded(from)
        let last = ChartBuckets.bounded(to)
        length = min(max(1, wanted ?? ((max(1, last - first) - 1) / Int64(self.count) + 1)), ChartBuckets.farthest / 10_000)
        let newest = last / length - (last % length < 0 ? 1 : 0)
        start = (newest - Int64(self.count) + 1) * length
    }

    /// Times beyond 36 million years from 1970 are drawn at the edge, so that no sum here can overflow.
    private static let farthest: Int64 = 1 << 60

    private static func bounded(_ time: Int64) -> Int64 { min(max(time, -farthest), farthest) }

    /// The bucket of a time; nil outside.
    func index(of time: Int64) -> Int? {
        let (distance, overflow) = time.subtractingReportingOverflow(start)
        guard !overflow && distance >= 0 else { return nil }
        let index = distance / length
        return index < Int64(count) ? Int(index) : nil
    }

    /// The mean of each bucket; buckets without a point between two that have one are filled by a straight line, unless a gap was stated there.
    func means(_ points: [ChartPoint]) -> [Double?] {
        var sums = [Double](repeating: 0, count: count)
        var counts = [Int](repeating: 0, count: count)
        var gaps = [Bool](repeating: false, count: count)
        for point in points {
            guard let index = index(of: point.time) else { continue }
            if let value = point.value, value.isFinite {
                sums[index] += value
                counts[index] += 1
            } else {
                gaps[index] = true
            }
        }
        var result = (0..<count).map { counts[$0] > 0 ? sums[$0] / Double(counts[$0]) : nil }
        var last: Int?
        for index in 0..<count {
            if let value = result[index] {
                if let last, index - last > 1, let from = result[last] {
                    for between in (last + 1)..<index {
                        result[between] = from + (value - from) * (Double(between - last) / Double(index - last))
                    }
                }
                last = index
            } else if gaps[index] {
                last = nil
            }
        }
        return result
    }
}
