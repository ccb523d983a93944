package import Foundation
import Tabular

/// From values to heights, with ends that are round numbers and therefore seldom change.
struct ChartScale: Equatable {
    let low: Double
    let high: Double

    /// A scale around values; ends that are given are kept.
    init(values: [Double], lowest: Double?, highest: Double?, includesZero: Bool) {
        let finite = values.filter(\.isFinite)
        var low = finite.min() ?? 0
        var high = finite.max() ?? 1
        if includesZero {
            low = min(low, 0)
            high = max(high, 0)
        }
        if low == high { high = low == 0 ? 1 : high + abs(high) / 2 }
        // Huge values would overflow to infinity in the arithmetic below.
        low = max(low, -1e300)
        high = min(high, 1e300)
        let step = ChartScale.roundUp((high - low) / 4)
        self.low = lowest ?? (includesZero && low == 0 ? 0 : (low / step).rounded(.down) * step)
        let top = highest ?? (high / step).rounded(.up) * step
        self.high = top > self.low ? top : self.low + 1
    }

    /// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below.
    static func roundUp(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, log10(value).rounded(.down))
        guard power > 0, power.isFinite else { return value }
        for factor in [1.0, 2, 2.5, 5, 10] where value <= factor * power * 1.000_000_001 { return factor * power }
        return 10 * power
    }

    /// How high a value stands: 0 at the bottom, 1 at the top, cut at both.
    func share(_ value: Double) -> Double {
        let span = high - low
        guard span > 0, span.isFinite, value.isFinite else { return 0 }
        return min(max((value - low) / span, 0), 1)
    }

    /// The value that stands at a share of the height.
    func value(at share: Double) -> Double { low + (high - low) * share }
}

/// What runs along the bottom of a chart.
package enum ChartAxis: Equatable, Sendable {
    /// Clock times in a zone.
    case time(TimeZone)
    /// Numbers such as iterations.
    case number
}

/// Labels along the bottom.
struct ChartTicks {
    /// A label and the position that it belongs to.
    struct Tick: Equatable {
        var position: Int64
        var label: String
    }

    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
        31_536_000,
    ]

    /// At most `most` labels at round positions.
    static func ticks(from: Int64, to: Int64, most: Int, axis: ChartAxis) -> [Tick] {
        let (span, overflow) = to.subtractingReportingOverflow(from)
        guard most > 0, !overflow, span > 0 else { return [] }
        let step: Int64
        switch axis {
        case .number:
            let rounded = ChartScale.roundUp(Double(span) / Double(most))
            step = rounded >= 1 && rounded < 1e15 ? Int64(rounded.rounded(.up)) : 1
        case .time: step = (steps.first { $0 * 1_000 * Int64(most) >= span } ?? 31_536_000) * 1_000
        }
        var ticks: [Tick] = []
        var position = (from / step + (from % step > 0 ? 1 : 0)) * step
        while position <= to && ticks.count <= most {
            ticks.append(Tick(position: position, label: label(position, step: step, axis: axis)))
            let (next, overflow) = position.addingReportingOverflow(step)
            if overflow { break }
            position = next
        }
        return ticks
    }

    private static func label(_ position: Int64, step: Int64, axis: ChartAxis) -> String {
        switch axis {
        case .number: return position < 10_000 ? "\(position)" : FigureText.count(Double(position))
        case .time(let zone):
            if step >= 86_400_000 { return String(TimeText.local(position, zone: zone, format: .date).suffix(5)) }
            return TimeText.local(position, zone: zone, format: step < 60_000 ? .second : .minute)
        }
    }
}
