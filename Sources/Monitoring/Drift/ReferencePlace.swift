import Foundation
import Tabular

/// Where one value lies among the rows that a version was trained on.
public enum ReferencePlace: Codable, Sendable, Equatable {
    /// A number: the share of the reference's values below it, and half of those equal to it (SciPy's `percentileofscore`, kind `mean`).
    ///
    /// As exact as the profile's grid: within a bin all values have the same rank.
    case rank(Double)
    /// A number below every value of the reference.
    case below
    /// A number above every value of the reference.
    case above
    /// A text, or true or false: its share of the reference rows.
    case share(Double)
    /// A text outside of the frequent ones: the share of all such texts together.
    case rare(Double)
    /// A text that the reference does not have.
    case unseen
    /// No value: the share of reference rows without one.
    case missing(Double)

    /// In a word or two: `p82`, `12 %`, `below all`, `unseen`.
    public var text: String {
        switch self {
        case .rank(let rank): "p\(min(max(Int((rank * 100).rounded()), 0), 100))"
        case .below: "below all"
        case .above: "above all"
        case .share(let share): Self.percent(share)
        case .rare(let share): "rare, \(Self.percent(share))"
        case .unseen: "unseen"
        case .missing(let share): Self.percent(share)
        }
    }

    private static func percent(_ share: Double) -> String {
        let percent = share * 100
        if percent > 0, percent < 0.05 { return "<0.1 %" }
        return String(format: percent >= 9.95 || percent == 0 ? "%.0f" : "%.1f", percent) + " %"
    }
}

extension FeatureReference {
    /// Where a number, or a truth as 1 or 0, lies; nil means missing, as what is no finite number does.
    ///
    /// Complexity: O(bins).
    public func place(of value: Double?) -> ReferencePlace {
        let rows = Double(max(1, counts.reduce(0, +)))
        guard let value, value.isFinite else { return .missing(Double(missing) / rows) }
        guard let greatest = edges.last, counts.count > edges.count else { return .unseen }
        if value < least { return .below }
        if value > greatest { return .above }
        var bin = 0
        while bin < edges.count - 1, value > edges[bin] { bin += 1 }
        if kind == .boolean { return .share(Double(counts[bin]) / rows) }
        let present = Double(max(1, counts.prefix(edges.count).reduce(0, +)))
        let before = Double(counts[..<bin].reduce(0, +))
        return .rank((before + Double(counts[bin]) / 2) / present)
    }

    /// Where a text lies; nil means missing.
    ///
    /// Complexity: O(texts).
    public func place(ofText text: String?) -> ReferencePlace {
        let rows = Double(max(1, counts.reduce(0, +)))
        guard let text else { return .missing(Double(missing) / rows) }
        if let bin = categories.firstIndex(of: text), bin < counts.count { return .share(Double(counts[bin]) / rows) }
        guard rare.contains(text) else { return .unseen }
        return .rare(categories.count < counts.count ? Double(counts[categories.count]) / rows : 0)
    }
}
