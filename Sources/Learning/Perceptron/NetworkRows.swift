import Tabular

/// Rows as a network takes them in: single precision; whole where most columns are filled, else only what is not zero.
struct NetworkRows: Sendable {
    /// Standard deviations beyond which a number counts as this far out: one wild value must not decide a batch.
    static let farthest = 20.0

    let width: Int
    /// Class indices, or numbers in units of their deviation.
    let targets: [Double]
    private let weightByClass: [Double]
    private let weightByRow: [Double]
    /// `[rows, width]`; empty where rows are kept sparse.
    private let whole: [Float]
    private let sparse: SparseRows?

    /// Rows bound by a layout; `weightByClass` and `weightByRow` are empty where every row counts once.
    init(
        _ rows: LabelledRows, _ layout: BoundLayout, targets: [Double], weightByClass: [Double] = [], weightByRow: [Double] = [],
        hooks: TrainingHooks
    ) throws(LearningFailure) {
        width = layout.layout.columns
        self.targets = targets
        self.weightByClass = weightByClass
        self.weightByRow = weightByRow
        // A column that is not zero takes twelve bytes sparse, any column four whole.
        guard Self.fill(rows, layout) * 3 >= Double(width) else {
            whole = []
            sparse = try SparseRows(rows, layout, hooks: hooks)
            return
        }
        sparse = nil
        whole = try Self.whole(rows, layout, hooks: hooks)
    }

    private static func whole(_ rows: LabelledRows, _ layout: BoundLayout, hooks: TrainingHooks) throws(LearningFailure) -> [Float] {
        let width = layout.layout.columns
        var whole = [Float](repeating: 0, count: rows.count * width)
        for start in stride(from: 0, to: rows.count, by: 16_384) {
            try hooks.checkpoint()
            whole.withUnsafeMutableBufferPointer { whole in
                rows.features.withUnsafeBufferPointer { features in
                    guard let source = features.baseAddress, let target = whole.baseAddress else { return }
                    for row in start..<min(rows.count, start + 16_384) {
                        let line = target + row * width
                        layout.forEach(source + row * rows.schema.width) { line[$0] = bounded($1) }
                    }
                }
            }
        }
        return whole
    }

    /// Columns that are not zero, a row, of some of the rows.
    private static func fill(_ rows: LabelledRows, _ layout: BoundLayout) -> Double {
        let looked = min(rows.count, 100)
        var filled = 0
        rows.features.withUnsafeBufferPointer { features in
            guard let base = features.baseAddress else { return }
            for row in 0..<looked { layout.forEach(base + row * rows.count / max(1, looked) * rows.schema.width) { _, _ in filled += 1 } }
        }
        return Double(filled) / Double(max(1, looked))
    }

    var count: Int { targets.count }

    @inline(__always)
    func weight(_ row: Int) -> Double {
        (weightByClass.isEmpty ? 1 : weightByClass[Int(targets[row])]) * (weightByRow.isEmpty ? 1 : weightByRow[row])
    }

    /// Writes a row's columns.
    @inline(__always)
    func write(_ row: Int, to line: UnsafeMutablePointer<Float>) {
        guard let sparse else {
            return whole.withUnsafeBufferPointer { if let base = $0.baseAddress { line.update(from: base + row * width, count: width) } }
        }
        line.update(repeating: 0, count: width)
        sparse.columns.withUnsafeBufferPointer { columns in
            sparse.values.withUnsafeBufferPointer { values in
                for index in sparse.starts[row]..<sparse.starts[row + 1] { line[Int(columns[index])] = Self.bounded(values[index]) }
            }
        }
    }

    @inline(__always)
    static func bounded(_ value: Double) -> Float { Float(min(max(value, -farthest), farthest)) }
}
