import Tabular

/// Bytes that trainings take, about, from what is known before they start.
enum MemoryEstimate {
    /// `rows · columns · bytes`, never beyond what a number holds.
    static func cells(_ rows: Int, _ columns: Int, bytes: Int) -> Int {
        let (cells, isMany) = rows.multipliedReportingOverflow(by: columns)
        let (size, isLarge) = cells.multipliedReportingOverflow(by: bytes)
        return isMany || isLarge ? Int.max / 4 : size
    }

    /// The most columns that a schema gives a linear model or a network.
    static func columns(_ schema: Schema) -> Int {
        var columns = 1
        for feature in schema.features where feature.kind != .categorical {
            columns += feature.kind == .time ? TimePart.slots.count + 1 : 2
        }
        if schema.features.contains(where: { $0.kind == .categorical }) { columns += DesignLayout.categoryLimit }
        return min(columns, DesignLayout.columnLimit)
    }

    /// `SparseRows`: a column or two a feature, three a time, twelve bytes each.
    static func sparse(_ rows: Int, _ schema: Schema) -> Int {
        let times = schema.features.count { $0.kind == .time }
        return cells(rows, schema.width + 2 * times, bytes: 12)
    }
}
