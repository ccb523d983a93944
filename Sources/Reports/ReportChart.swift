import Engine
import Foundation
import Monitoring
import Tabular

/// A line chart as SVG whose colours are the page's: it follows light and dark, and prints.
struct ReportChart {
    /// One line of it.
    struct Line {
        var name: String
        /// The page's class for its colour: `a`, `b`.
        var style: String
        var points: [SeriesPoint]
    }

    var title: String
    var unit: String
    var lines: [Line]
    var from: Int64
    var until: Int64
    var events: [ReportEvent]
    /// Whether the axis begins at zero; scores do not.
    var fromZero = true

    private static let width = 720.0
    private static let height = 170.0
    private static let left = 62.0
    private static let right = 12.0
    private static let top = 12.0
    private static let bottom = 26.0

    /// Whether there is anything to draw.
    var hasData: Bool { lines.contains { $0.points.contains { $0.n > 0 && $0.mean.isFinite } } }

    /// The drawing.
    ///
    /// Everything that comes from outside is escaped.
    var svg: String {
        let (low, high) = range
        var body = ""
        for share in [0.0, 0.5, 1.0] {
            let value = low + (high - low) * share
            let y = number(place(value, low, high))
            body += #"<line class="grid" x1="\#(number(Self.left))" y1="\#(y)" x2="\#(number(Self.width - Self.right))" y2="\#(y)"/>"#
            body +=
                #"<text class="axis" x="\#(number(Self.left - 6))" y="\#(y)" text-anchor="end" dy=".35em">\#(Figures.short(value))</text>"#
        }
        for (time, words, anchor) in ticks {
            body +=
                #"<text class="axis" x="\#(number(column(time)))" y="\#(number(Self.height - 8))" text-anchor="\#(anchor)">\#(words)</text>"#
        }
        for event in events where (from...until).contains(event.time) {
            let x = number(column(event.time))
            body += #"<line class="event" x1="\#(x)" y1="\#(number(Self.top))" x2="\#(x)" y2="\#(number(Self.height - Self.bottom))">"#
            body += "<title>\(ReportText.escaped("\(TimeText.rfc3339(event.time)) \(event.text)"))</title></line>"
        }
        for line in lines {
            for run in runs(line.points) {
                let path = run.map { "\(number(column($0.time))),\(number(place($0.mean, low, high)))" }.joined(separator: " ")
                body += run.count == 1 ? dot(run[0], low, high, line.style) : #"<polyline class="\#(line.style)" points="\#(path)"/>"#
            }
        }
        return
            #"<svg viewBox="0 0 \#(number(Self.width)) \#(number(Self.height))" role="img" aria-label="\#(ReportText.escaped(title))">\#(body)</svg>"#
    }

    private func dot(_ point: SeriesPoint, _ low: Double, _ high: Double, _ style: String) -> String {
        #"<circle class="\#(style) dot" cx="\#(number(column(point.time)))" cy="\#(number(place(point.mean, low, high)))" r="1.6"/>"#
    }

    /// A gap is so many times the usual distance of neighbours: what has no value is left out of a series.
    private static let gap = 4.0

    /// Stretches without a gap.
    private func runs(_ points: [SeriesPoint]) -> [[SeriesPoint]] {
        let known = points.filter { $0.n > 0 && $0.mean.isFinite }
        let distances = zip(known, known.dropFirst()).map { Double($1.time - $0.time) }.sorted()
        guard !distances.isEmpty else { return known.isEmpty ? [] : [known] }
        let usual = distances[distances.count / 2]
        var runs = [[known[0]]]
        for (former, point) in zip(known, known.dropFirst()) {
            if Double(point.time - former.time) > Self.gap * usual { runs.append([]) }
            runs[runs.count - 1].append(point)
        }
        return runs
    }

    private var range: (Double, Double) {
        let values = lines.flatMap(\.points).filter { $0.n > 0 && $0.mean.isFinite }.map(\.mean)
        let (least, most) = (values.min() ?? 0, values.max() ?? 1)
        let low = fromZero ? min(0, least) : least - max((most - least) * 0.1, abs(most) * 0.01)
        let high = Self.round(fromZero ? most : most + max((most - least) * 0.1, abs(most) * 0.01), above: low)
        return (low, high > low ? high : low + 1)
    }

    /// The next of 1, 2, 2.5, 5 times a power of ten above a span.
    private static func round(_ value: Double, above low: Double) -> Double {
        guard low == 0, value > 0, value.isFinite else { return value }
        let power = pow(10, floor(log10(value)))
        return power * ([1, 2, 2.5, 5, 10].first { $0 * power >= value } ?? 10)
    }

    private func column(_ time: Int64) -> Double {
        let share = Double(time - from) / Double(max(1, until - from))
        return Self.left + min(max(share, 0), 1) * (Self.width - Self.left - Self.right)
    }

    private func place(_ value: Double, _ low: Double, _ high: Double) -> Double {
        Self.top + (1 - (value - low) / (high - low)) * (Self.height - Self.top - Self.bottom)
    }

    /// Five times along the axis: hours and minutes within two days, else days.
    private var ticks: [(Int64, String, String)] {
        let format: TimeText.Format = until - from <= 2 * 86_400_000 ? .minute : .date
        return (0...4).map { index in
            let time = from + (until - from) / 4 * Int64(index)
            return (time, TimeText.local(time, zone: .gmt, format: format), index == 0 ? "start" : index == 4 ? "end" : "middle")
        }
    }

    private func number(_ value: Double) -> String { Figures.decimal(value) }
}

/// Something that happened, as charts mark it.
struct ReportEvent {
    var time: Int64
    var text: String
}

extension Figures {
    /// A coordinate with one decimal.
    fileprivate static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
