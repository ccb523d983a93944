import Foundation
import Tabular

/// Where a search looks for a setting's value.
public enum SearchRange: Sendable, Equatable {
    /// Every value as often as any other.
    case linear(ClosedRange<Double>)
    /// Every factor as often as any other: for settings of which the order of magnitude matters.
    case logarithmic(ClosedRange<Double>)
    /// Zero every other time, else as `logarithmic`: for penalties that may be absent.
    case zeroOrLogarithmic(ClosedRange<Double>)

    /// A value as a setting's text: a whole number, or three significant digits.
    ///
    /// So short that the text does not depend on the last bit of a machine's logarithm.
    func draw(_ kind: ParameterSpec.Kind, _ random: inout SplitMix64) -> String {
        // Both are always drawn, so that one setting's fortune does not change the next one's value.
        let isZero = random.next() >> 63 == 0
        let unit = Double(random.next() >> 11) * 0x1p-53
        let value =
            switch self {
            case .linear(let range): range.lowerBound + unit * (range.upperBound - range.lowerBound)
            case .logarithmic(let range): Self.power(range, unit)
            case .zeroOrLogarithmic(let range): isZero ? 0 : Self.power(range, unit)
            }
        if case .integer(let allowed) = kind {
            return "\(min(max(Int(exactly: value.rounded()) ?? allowed.lowerBound, allowed.lowerBound), allowed.upperBound))"
        }
        return "\(Self.rounded(value))"
    }

    private static func power(_ range: ClosedRange<Double>, _ unit: Double) -> Double {
        range.lowerBound * exp(unit * log(range.upperBound / range.lowerBound))
    }

    /// Three significant digits.
    private static func rounded(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return 0 }
        let digits = 2 - log10(abs(value)).rounded(.down)
        let scale = pow(10, abs(digits))
        return digits >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
    }
}
