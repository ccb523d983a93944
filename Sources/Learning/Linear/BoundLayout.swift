import Tabular

/// A layout bound to each column's codes and a zone's clock.
struct BoundLayout: Sendable {
    let layout: DesignLayout
    /// What to do with the features that have columns, in order: plain numbers, so that walking them counts no references.
    private let steps: [Step]
    /// The columns of all steps' codes or slots, one after the other: -1 for those without a column.
    private let columns: [Int32]
    private let clock: ZoneClock

    private struct Step {
        var kind: DesignLayout.Kind
        var feature: Int
        var start: Int
        var mean: Double
        var scale: Double
        var missing: Int
        var other: Int
        /// Where the step's codes or slots lie in `columns`.
        var first: Int
        var count: Int
    }

    /// Pins the layout's texts in their columns' dictionaries.
    ///
    /// Complexity: O(texts), and the greatest code of each column.
    init(_ layout: DesignLayout, _ schema: Schema, _ categories: Categories) {
        self.layout = layout
        clock = schema.clock
        var steps: [Step] = []
        var columns: [Int32] = []
        for (feature, block) in layout.blocks.enumerated() {
            guard let block else { continue }
            let places = block.texts.indices.map { Int32(block.start + $0) }
            let own: [Int32?]
            switch block.kind {
            case .number: own = []
            case .category: own = categories[schema.features[feature].name].binding(places, of: block.texts)
            case .time:
                let known = Dictionary(zip(block.texts, places), uniquingKeysWith: { a, _ in a })
                own = TimePart.slots.map { known[$0] }
            }
            steps.append(
                Step(
                    kind: block.kind, feature: feature, start: block.start, mean: block.mean, scale: block.scale, missing: block.missing,
                    other: block.other, first: columns.count, count: own.count))
            columns += own.map { $0 ?? Int32(block.other) }
        }
        self.steps = steps
        self.columns = columns
    }

    /// Calls `body` for each column of a raw row that is not zero.
    ///
    /// No allocation.
    @inline(__always)
    func forEach(_ row: UnsafePointer<Double>, _ body: (_ column: Int, _ value: Double) -> Void) {
        steps.withUnsafeBufferPointer { steps in
            columns.withUnsafeBufferPointer { columns in
                for step in steps {
                    let value = row[step.feature]
                    switch step.kind {
                    case .number: number(value, step, body)
                    case .category: category(value, step, columns, body)
                    case .time: time(value, step, columns, body)
                    }
                }
            }
        }
    }

    @inline(__always)
    private func number(_ value: Double, _ step: Step, _ body: (Int, Double) -> Void) {
        if value.isFinite {
            // A difference that overflows becomes the farthest, as any other value that far out; a column of one value has no scale.
            let distance = step.scale == 0 ? 0 : (value - step.mean) * step.scale
            body(step.start, min(max(distance, -DesignLayout.farthest), DesignLayout.farthest))
        } else if step.missing >= 0 {
            body(step.missing, 1)
        }
    }

    @inline(__always)
    private func category(_ value: Double, _ step: Step, _ columns: UnsafeBufferPointer<Int32>, _ body: (Int, Double) -> Void) {
        var column = step.other
        if !value.isFinite {
            column = step.missing
        } else if let code = Int(exactly: value), code >= 0, code < step.count {
            column = Int(columns[step.first + code])
        }
        if column >= 0 { body(column, 1) }
    }

    @inline(__always)
    private func time(_ value: Double, _ step: Step, _ columns: UnsafeBufferPointer<Int32>, _ body: (Int, Double) -> Void) {
        guard let parts = clock.parts(value) else {
            if step.missing >= 0 { body(step.missing, 1) }
            return
        }
        let (hour, weekday, month) = TimePart.slots(parts)
        let first = Int(columns[step.first + hour])
        let second = Int(columns[step.first + weekday])
        let third = Int(columns[step.first + month])
        if first >= 0 { body(first, 1) }
        if second >= 0 { body(second, 1) }
        if third >= 0 { body(third, 1) }
    }
}
