import Engine
import Learning

/// What the trainings of two versions found beside their metrics, side by side.
struct ComparedFindings {
    /// Columns whose importance is shown; the rest says little.
    private static let importanceRows = 12

    /// Both sides; nil where a side has no such thing.
    struct Pair<Value: Encodable>: Encodable {
        var a: Value?
        var b: Value?
    }

    /// The primary figure of the rows that share a value.
    struct Slice: Encodable {
        var feature: String
        var value: String
        var metric: String
        var a: Metric?
        var b: Metric?
    }

    /// A column's share of the splits or weights, 0…1.
    struct Share: Encodable {
        var feature: String
        var a: Double?
        var b: Double?
    }

    /// Rows of label, left, right and difference under a heading.
    typealias Section = (title: String, rows: [[String]])

    let calibration: Pair<CalibrationReport>
    let slices: [Slice]
    let importance: [Share]

    init(_ a: VersionSummary, _ b: VersionSummary, reports: (a: VersionReport?, b: VersionReport?)) {
        calibration = Pair(a: reports.a?.calibration, b: reports.b?.calibration)
        slices = Self.slices(reports.a?.slices ?? [], reports.b?.slices ?? [])
        importance = Self.shares(a, b)
    }

    private static func slices(_ a: [SliceMetrics], _ b: [SliceMetrics]) -> [Slice] {
        func key(_ slice: SliceMetrics) -> [String] { [slice.feature, slice.value] }
        let (left, right) = (
            Dictionary(a.map { (key($0), $0) }) { first, _ in first }, Dictionary(b.map { (key($0), $0) }) { first, _ in first }
        )
        return (a + b.filter { left[key($0)] == nil }).compactMap { slice in
            guard let metric = slice.metrics.first?.name else { return nil }
            let one = left[key(slice)]?.metrics.first { $0.name == metric }
            let other = right[key(slice)]?.metrics.first { $0.name == metric }
            return Slice(feature: slice.feature, value: slice.value, metric: metric, a: one, b: other)
        }
    }

    private static func shares(_ a: VersionSummary, _ b: VersionSummary) -> [Share] {
        func byFeature(_ version: VersionSummary) -> [String: Double] {
            Dictionary(version.importance.map { ($0.feature, $0.value) }) { first, _ in first }
        }
        let (left, right) = (byFeature(a), byFeature(b))
        let all = Set(left.keys).union(right.keys).map { Share(feature: $0, a: left[$0], b: right[$0]) }
        return Array(
            all.sorted { (max($1.a ?? 0, $1.b ?? 0), $0.feature) < (max($0.a ?? 0, $0.b ?? 0), $1.feature) }.prefix(importanceRows))
    }

    // MARK: For people

    /// What there is to say, section by section.
    var sections: [Section] {
        var found: [Section] = []
        if let rows = calibrationRows { found.append(("CALIBRATION", rows)) }
        if let metric = slices.first?.metric {
            let rows = slices.map { slice in
                ["\(slice.feature) \(slice.value)", CompareCommand.text(slice.a), CompareCommand.text(slice.b), ""]
            }
            found.append(("\(metric.uppercased()) BY SLICE", rows))
        }
        if !importance.isEmpty {
            let rows = importance.map { share in
                let change = (share.b ?? 0) - (share.a ?? 0)
                return [share.feature, Self.percent(share.a), Self.percent(share.b), Self.signed(change * 100, "points")]
            }
            found.append(("IMPORTANCE", rows))
        }
        return found
    }

    private var calibrationRows: [[String]]? {
        let (a, b) = (calibration.a, calibration.b)
        guard a != nil || b != nil else { return nil }
        func text(_ value: Double?) -> String { value.map { FigureTexts.four($0) } ?? "-" }
        return [
            ["method", a?.method ?? "-", b?.method ?? "-", ""],
            ["error", text(a?.errorAfter), text(b?.errorAfter), ""],
            ["error without it", text(a?.errorBefore), text(b?.errorBefore), ""],
        ]
    }

    private static func percent(_ share: Double?) -> String { share.map { "\(FigureTexts.one($0 * 100)) %" } ?? "-" }

    private static func signed(_ value: Double, _ unit: String) -> String {
        let text = FigureTexts.one(value)
        return text == "0.0" || text == "-0.0" ? "" : (value > 0 ? "+" : "") + "\(text) \(unit)"
    }
}
