import Tabular

/// Rows as the columns that are not zero: made once, walked by every pass over the data.
///
/// A row with a dozen numbers and a few categories fills a small part of some hundred columns. The layout gives a row's columns in ascending
/// order. Memory: 12 bytes a value that is not zero.
struct SparseRows: Sendable {
    /// Columns without the intercept.
    let width: Int
    /// Where each row begins in `columns` and `values`; one more than there are rows.
    let starts: [Int]
    let columns: [Int32]
    let values: [Double]

    var count: Int { starts.count - 1 }
    /// Values that are not zero, a row.
    var fill: Double { Double(values.count) / Double(max(1, count)) }

    /// Walks the rows once.
    ///
    /// Complexity: O(values).
    init(_ rows: LabelledRows, _ layout: BoundLayout, hooks: TrainingHooks) throws(LearningFailure) {
        width = layout.layout.columns
        var starts = [0]
        var columns: [Int32] = []
        var values: [Double] = []
        starts.reserveCapacity(rows.count + 1)
        for start in stride(from: 0, to: rows.count, by: 16_384) {
            try hooks.checkpoint()
            rows.features.withUnsafeBufferPointer { features in
                guard let base = features.baseAddress else { return }
                for row in start..<min(rows.count, start + 16_384) {
                    layout.forEach(base + row * rows.schema.width) {
                        columns.append(Int32($0))
                        values.append($1)
                    }
                    starts.append(columns.count)
                }
            }
            if start == 0, rows.count > 16_384 {
                let expected = columns.count / 16_384 * rows.count + rows.count
                columns.reserveCapacity(expected)
                values.reserveCapacity(expected)
            }
        }
        self.starts = starts
        self.columns = columns
        self.values = values
    }
}
