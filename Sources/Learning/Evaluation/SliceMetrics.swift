public import Tabular

/// Figures of the rows that share one value of one feature.
public struct SliceMetrics: Codable, Sendable, Equatable {
    /// The feature.
    public var feature: String
    /// Its value as people write it; `missing` where there is none.
    public var value: String
    /// Rows.
    public var n: Int
    /// Their figures, each with an interval.
    public var metrics: [Metric]
}

extension Evaluation {
    /// Values of a feature that are shown by themselves.
    private static let mostSlices = 8
    /// Rows below which a slice's figures tell nothing.
    private static let fewestSliceRows = 30

    /// Figures by value of each categorical and boolean feature, its most frequent values first; `scores` is row-major `[rows, outputs]`.
    ///
    /// At most 8 values a feature, of 30 rows or more. Complexity: O(features · n log n).
    public static func slices(_ rows: LabelledRows, scores: [Double], groups copies: RowGroups? = nil) -> [SliceMetrics] {
        guard rows.count > 0, scores.count % rows.count == 0, rows.features.count == rows.count * rows.schema.width else { return [] }
        let outputs = scores.count / rows.count
        var result: [SliceMetrics] = []
        for (column, feature) in rows.schema.features.enumerated() where feature.kind == .categorical || feature.kind == .boolean {
            guard feature.name != rows.schema.groupColumn else { continue }
            var groups: [Double: [Int]] = [:]
            for row in 0..<rows.count {
                let value = rows.features[row * rows.schema.width + column]
                groups[value.isFinite ? value : -.infinity, default: []].append(row)
            }
            let frequent = groups.filter { $0.value.count >= fewestSliceRows && $0.value.count < rows.count }
                .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(mostSlices)
            for (value, members) in frequent {
                let own = members.flatMap { scores[($0 * outputs)..<(($0 + 1) * outputs)] }
                let metrics = brief(own, members.map { rows.targets[$0] }, rows.schema.target.task, copies?.selecting(members))
                result.append(
                    SliceMetrics(
                        feature: feature.name, value: text(value, feature.kind, rows.categories[feature.name].table), n: members.count,
                        metrics: metrics))
            }
        }
        return result
    }

    private static func text(_ value: Double, _ kind: FeatureKind, _ table: CategoryTable) -> String {
        guard value.isFinite else { return "missing" }
        if kind == .boolean { return value == 0 ? "false" : "true" }
        return Int32(exactly: value).flatMap { table.name(of: $0) } ?? "other"
    }

    /// Figures that say of a slice what others say as well.
    private static let wholeOnly: Set = ["balancedAccuracy", "f1", "averagePrecision"]

    /// The figures of a task that need no resampling, and no more than fit a line.
    private static func brief(_ scores: [Double], _ targets: [Double], _ task: PredictionTask, _ groups: RowGroups?) -> [Metric] {
        guard task != .multiclass else { return multiclass(scores, targets, nil, groups) }
        return metrics(scores: scores, targets: targets, task: task, groups: groups).filter { !wholeOnly.contains($0.name) }
    }
}
