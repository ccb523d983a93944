import Tabular

/// Walks flat trees over raw rows.
final class TreePredictor: Predictor {
    let width: Int
    let outputs: Int
    private let inputs: TreeInputs
    private let base: [Double]
    private let isBinary: Bool
    private let isSoftmax: Bool
    private let roots: [Int32]
    private let nodes: [Node]
    private let leaves: [Double]
    /// 256 bits for each category split.
    private let sets: [UInt64]
    private let categories: [Category]
    /// The bins of all categorical inputs' codes, one input after the other.
    private let bins: [UInt8]

    /// What one step of a walk reads, side by side in memory.
    private struct Node {
        /// Numeric: values up to this go left.
        var threshold: Double
        var input: Int32
        var left: Int32
        var right: Int32
        /// Category splits: where the node's bits lie in `sets`; else -1 where missing values go left, -2 where they go right.
        var set: Int32
    }

    /// Where a categorical input's bins by code lie.
    private struct Category {
        var input: Int
        var first: Int
        var count: Int
        var rare: Int
        var missing: Int
    }

    /// `isRaw` leaves out the logistic or softmax function.
    init(ensemble: TreeEnsemble, inputs: TreeInputs, codes: [[UInt8]], isRaw: Bool = false) {
        width = inputs.width
        self.inputs = inputs
        base = ensemble.base
        isBinary = ensemble.task == .binary && !isRaw
        isSoftmax = ensemble.task == .multiclass && !isRaw
        outputs = base.count
        roots = ensemble.roots
        leaves = ensemble.leaves
        sets = ensemble.sets
        nodes = ensemble.features.indices.map { node in
            let flags = ensemble.flags[node]
            // + 0.0 makes 0.0 of −0.0, whose difference to 0.0 would be negative.
            return Node(
                threshold: ensemble.thresholds[node] + 0.0, input: ensemble.features[node], left: ensemble.left[node],
                right: ensemble.right[node], set: flags & 2 != 0 ? ensemble.setIndex[node] : flags & 1 != 0 ? -1 : -2)
        }
        var bins: [UInt8] = []
        var categories: [Category] = []
        for (input, (feature, own)) in zip(ensemble.binning.features, codes).enumerated() {
            guard let feature, feature.isCategorical else { continue }
            categories.append(
                Category(input: input, first: bins.count, count: own.count, rare: feature.texts.count, missing: feature.missing))
            bins += own
        }
        self.bins = bins
        self.categories = categories
    }

    /// Adds the trees in the order in which they were grown: the very sums that the trainer made.
    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { predict(rows: row, count: 1, into: result) }

    /// Tree by tree over blocks of rows, so that a tree's nodes stay in the nearest cache; the sums of a row are those of a row alone.
    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        let most = min(count, Self.blockRows)
        if categories.isEmpty, inputs.parts == 0 {
            for start in stride(from: 0, to: count, by: Self.blockRows) {
                answer(Block(inputs: rows + start * width, stride: width, count: min(most, count - start)), results + start * outputs)
            }
            return
        }
        // One row of up to 128 inputs lies on the stack; what is larger is allocated once a call.
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, most * inputs.count)) { room in
            guard let room = room.baseAddress else { return }
            for start in stride(from: 0, to: count, by: Self.blockRows) {
                let block = Block(inputs: room, stride: inputs.count, count: min(most, count - start))
                for row in 0..<block.count { writeInputs(rows + (start + row) * width, to: room + row * block.stride) }
                answer(block, results + start * outputs)
            }
        }
    }

    /// Rows that are answered together.
    private static let blockRows = 64

    /// Rows as nodes ask about them: the values, after them the parts of times; in a category's place its bin, as a bit pattern.
    private struct Block {
        let inputs: UnsafePointer<Double>
        let stride: Int
        let count: Int

        @inline(__always)
        func value(_ row: Int, _ input: Int32) -> Double { inputs[row &* stride &+ Int(input)] }
    }

    /// Once a row, since a row meets hundreds of nodes.
    private func writeInputs(_ row: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>) {
        target.update(from: row, count: width)
        if inputs.parts > 0 { inputs.writeParts(row, into: target + width) }
        for category in categories { target[category.input] = Double(bitPattern: bin(row[category.input], category)) }
    }

    private func bin(_ value: Double, _ category: Category) -> UInt64 {
        guard value.isFinite else { return UInt64(category.missing) }
        guard let code = Int(exactly: value), code >= 0, code < category.count else { return UInt64(category.rare) }
        return UInt64(bins[category.first + code])
    }

    private func answer(_ block: Block, _ results: UnsafeMutablePointer<Double>) {
        for row in 0..<block.count { for output in 0..<outputs { results[row * outputs + output] = base[output] } }
        nodes.withUnsafeBufferPointer { nodes in
            leaves.withUnsafeBufferPointer { leaves in
                if block.count == 1 {
                    addAll(nodes, leaves, block, results)
                } else {
                    var output = 0
                    for root in roots {
                        add(Int(root), nodes, leaves, block, results + output)
                        output = output + 1 == outputs ? 0 : output + 1
                    }
                }
            }
        }
        for row in 0..<block.count {
            let result = results + row * outputs
            if isBinary { result.pointee = Sigmoid.value(result.pointee) }
            if isSoftmax { Softmax.apply(result, count: outputs) }
        }
    }

    /// Adds one tree's answers; four rows walk side by side, so that the processor need not wait for one row's node.
    @inline(__always)
    private func add(
        _ root: Int, _ nodes: UnsafeBufferPointer<Node>, _ leaves: UnsafeBufferPointer<Double>, _ block: Block,
        _ results: UnsafeMutablePointer<Double>
    ) {
        var row = 0
        while row + 4 <= block.count {
            var (a, b, c, d) = (root, root, root, root)
            // All four signs at once: the loop ends with the first row that has come to a leaf.
            while a | b | c | d >= 0 {
                a = step(nodes[a], block, row)
                b = step(nodes[b], block, row + 1)
                c = step(nodes[c], block, row + 2)
                d = step(nodes[d], block, row + 3)
            }
            results[row * outputs] += leaves[walk(a, nodes, block, row)]
            results[(row + 1) * outputs] += leaves[walk(b, nodes, block, row + 1)]
            results[(row + 2) * outputs] += leaves[walk(c, nodes, block, row + 2)]
            results[(row + 3) * outputs] += leaves[walk(d, nodes, block, row + 3)]
            row += 4
        }
        while row < block.count {
            results[row * outputs] += leaves[walk(root, nodes, block, row)]
            row += 1
        }
    }

    /// Adds all trees' answers for one row; four trees are walked side by side and added in their order.
    @inline(__always)
    private func addAll(
        _ nodes: UnsafeBufferPointer<Node>, _ leaves: UnsafeBufferPointer<Double>, _ block: Block, _ results: UnsafeMutablePointer<Double>
    ) {
        var output = 0
        func add(_ next: Int) {
            results[output] += leaves[walk(next, nodes, block, 0)]
            output = output + 1 == outputs ? 0 : output + 1
        }
        roots.withUnsafeBufferPointer { roots in
            var tree = 0
            while tree + 4 <= roots.count {
                var (a, b, c, d) = (Int(roots[tree]), Int(roots[tree + 1]), Int(roots[tree + 2]), Int(roots[tree + 3]))
                while a | b | c | d >= 0 {
                    a = step(nodes[a], block, 0)
                    b = step(nodes[b], block, 0)
                    c = step(nodes[c], block, 0)
                    d = step(nodes[d], block, 0)
                }
                add(a)
                add(b)
                add(c)
                add(d)
                tree += 4
            }
            while tree < roots.count {
                add(Int(roots[tree]))
                tree += 1
            }
        }
    }

    /// The leaf that a row comes to from a node on.
    @inline(__always)
    private func walk(_ start: Int, _ nodes: UnsafeBufferPointer<Node>, _ block: Block, _ row: Int) -> Int {
        var next = start
        while next >= 0 { next = step(nodes[next], block, row) }
        return -next - 1
    }

    /// Calls `body` with the side that a row takes at each node.
    func withDecisions(of row: UnsafePointer<Double>, _ body: ((_ node: Int) -> Bool) -> Void) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, inputs.count)) { room in
            guard let room = room.baseAddress else { return }
            writeInputs(row, to: room)
            let block = Block(inputs: room, stride: inputs.count, count: 1)
            body { node in step(nodes[node], block, 0) == Int(nodes[node].left) }
        }
    }

    /// The child that a row goes to.
    @inline(__always)
    private func step(_ node: Node, _ block: Block, _ row: Int) -> Int {
        let value = block.value(row, node.input)
        let goesRight: Int
        if node.set >= 0 {
            let bin = value.bitPattern
            goesRight = Int(truncatingIfNeeded: ~(sets[Int(node.set) + Int(truncatingIfNeeded: bin &>> 6)] &>> (bin & 63)) & 1)
        } else if value.isFinite {
            // The sign of the difference, where a comparison would become a branch that is guessed wrong half of the time.
            goesRight = Int(truncatingIfNeeded: (node.threshold - value).bitPattern &>> 63)
        } else {
            goesRight = node.set == -1 ? 0 : 1
        }
        return Int(node.left) ^ (Int(node.left ^ node.right) & (0 &- goesRight))
    }
}
