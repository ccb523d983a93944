import Learning

/// The sums of trees over rows, block by block.
struct TreeCore: Sendable {
    private let forest: FlatForest
    private let vectors: [Double]
    private let width: Int
    private let input: Int
    private let divisor: Double

    /// Values of a row's sums.
    var outputs: Int { forest.outputs }

    init(_ built: ForestBuilder.Result, input: Int, divisor: Double) {
        forest = built.forest
        vectors = built.vectors
        width = built.width
        self.input = input
        self.divisor = divisor
    }

    /// How many rows there are.
    func rows(_ frame: Frame) throws(OnnxFault) -> Int { try RowsShape(frame.shape(input)).rows }

    /// Calls `body` with the sums of each row, which it may change.
    ///
    /// Complexity: O(rows · trees · depth); allocates nothing for rows of up to 16 values, otherwise once a call.
    @inline(__always)
    func each(_ frame: Frame, _ body: (_ row: Int, _ sums: UnsafeMutablePointer<Double>) -> Void) throws(OnnxFault) {
        let shape = try RowsShape(frame.shape(input))
        guard shape.columns >= width else { throw .shape("\(shape.columns) columns: its trees ask for \(width)") }
        let (columns, outputs) = (shape.columns, forest.outputs)
        let most = min(shape.rows, FlatForest.blockRows)
        guard most > 0 else { return }
        let reader = NumberReader(frame, input)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: most * (columns + outputs)) { room in
            guard let rows = room.baseAddress else { return }
            let sums = rows + most * columns
            for start in stride(from: 0, to: shape.rows, by: most) {
                let count = min(most, shape.rows - start)
                reader.copy(from: start * columns, count: count * columns, to: rows)
                sums.update(repeating: 0, count: count * outputs)
                add(FlatForest.Block(inputs: rows, stride: columns, count: count), count, to: sums)
                for row in 0..<count { body(start + row, sums + row * outputs) }
            }
        }
    }

    private func add(_ block: FlatForest.Block, _ rows: Int, to sums: UnsafeMutablePointer<Double>) {
        if vectors.isEmpty {
            forest.add(block, to: sums)
        } else {
            vectors.withUnsafeBufferPointer { vectors in
                if let base = vectors.baseAddress { forest.add(block, vectors: base, to: sums) }
            }
        }
        if divisor != 1 { for index in 0..<(rows * outputs) { sums[index] /= divisor } }
    }
}

/// Numbers by trees.
struct TreeRegressorKernel: Kernel {
    let core: TreeCore
    let base: [Double]
    let post: PostTransform
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let outputs = core.outputs
        let rows = try core.rows(frame)
        _ = try frame.make(output, type, Shape(rows: rows, columns: outputs))
        let writer = NumberWriter(frame, output)
        try core.each(frame) { row, sums in
            if !base.isEmpty { for index in 0..<outputs { sums[index] += base[index] } }
            if post != .none { transform(sums) }
            for index in 0..<outputs { writer.write(row * outputs + index, sums[index]) }
        }
    }

    /// Of a single number ONNX Runtime knows one transform only.
    private func transform(_ sums: UnsafeMutablePointer<Double>) {
        let outputs = core.outputs
        guard outputs > 1 || post == .probit else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { room in
            guard let scores = room.baseAddress else { return }
            for index in 0..<outputs { scores[index] = Float(sums[index]) }
            post.apply(scores, outputs)
            for index in 0..<outputs { sums[index] = Double(scores[index]) }
        }
    }
}

/// Classes by trees, with a score each.
struct TreeClassifierKernel: Kernel {
    let core: TreeCore
    let classes: Int
    let base: [Double]
    let rule: BinaryRule?
    let labels: ClassLabels
    let post: PostTransform
    let label: Int
    let scores: Int?

    func run(_ frame: Frame) throws(OnnxFault) {
        let rows = try core.rows(frame)
        let columns = max(2, classes)
        let width = classes == 1 && rule == nil ? 1 : columns
        let names = try frame.make(label, labels.type, Shape(rows))
        let target = try scores.map { slot throws(OnnxFault) in
            try frame.make(slot, .float, Shape(rows: rows, columns: width), as: Float.self)
        }
        try core.each(frame) { row, sums in
            let place = target.map { $0 + row * width }
            if let rule {
                binary(rule, sums[0], row, names, place)
            } else {
                several(sums, row, names, place)
            }
        }
    }

    private func several(
        _ sums: UnsafeMutablePointer<Double>, _ row: Int, _ names: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Float>?
    ) {
        if classes == 2 {
            // With a base of each, ONNX Runtime takes the first sum for a margin and forgets the second.
            if base.count == 2 { (sums[1], sums[0]) = (base[1] + sums[0], -(base[1] + sums[0])) }
            if base.count == 1 { sums[0] += base[0] }
        } else if base.count == classes {
            for index in 0..<classes { sums[index] += base[index] }
        }
        var best = 0
        if classes == 2 {
            best = Float(sums[1]) > 0 ? 1 : 0
        } else {
            for index in 0..<classes where Float(sums[index]) > Float(sums[best]) { best = index }
        }
        labels.write(best, at: row, to: names)
        guard let target else { return }
        for index in 0..<classes { target[index] = Float(sums[index]) }
        post.apply(target, classes)
    }

    /// What ONNX Runtime does where trees speak of one class alone, found by asking it.
    private func binary(
        _ rule: BinaryRule, _ sum: Double, _ row: Int, _ names: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Float>?
    ) {
        var score = Float(sum)
        if rule.isOfSecond {
            if base.count == 2 { score = Float(base[1]) }
        } else if let first = base.first {
            score = Float(sum + first)
        }
        labels.write((rule.isShare ? score > 0.5 : score > 0) ? 1 : 0, at: row, to: names)
        guard let target else { return }
        if rule.isOfSecond || base.count == 2 {
            (target[0], target[1]) = rule.isOfSecond ? (0, score) : (score, 0)
            post.apply(target, 2)
        } else if post == .logistic {
            (target[0], target[1]) = (PostTransform.logistic(-score), PostTransform.logistic(score))
        } else {
            (target[0], target[1]) = (rule.isShare ? 1 - score : -score, score)
        }
    }
}
