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
    /// The nodes, and behind them the leaves: nodes of which both ways lead back to themselves.
    private let nodes: [Node]
    private let firstLeaf: Int
    /// 256 bits for each category split.
    private let sets: [UInt64]
    private let categories: [Category]
    /// The bins of all categorical inputs' codes, one input after the other.
    private let bins: [UInt8]

    /// What one step of a walk reads, side by side in memory.
    private struct Node {
        /// Numeric: values up to this go left.
        ///
        /// A leaf's answer.
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
        sets = ensemble.sets
        let inner = ensemble.features.count
        firstLeaf = inner
        // An ensemble counts its leaves from -1 downwards.
        func place(_ child: Int32) -> Int32 { child < 0 ? Int32(inner) + ~child : child }
        roots = ensemble.roots.map(place)
        let nodes = ensemble.features.indices.map { node in
            let flags = ensemble.flags[node]
            // + 0.0 makes 0.0 of −0.0, whose difference to 0.0 would be negative.
            return Node(
                threshold: ensemble.thresholds[node] + 0.0, input: ensemble.features[node], left: place(ensemble.left[node]),
                right: place(ensemble.right[node]), set: flags & 2 != 0 ? ensemble.setIndex[node] : flags & 1 != 0 ? -1 : -2)
        }
        self.nodes =
            nodes
            + ensemble.leaves.indices.map {
                Node(threshold: ensemble.leaves[$0], input: 0, left: Int32(inner + $0), right: Int32(inner + $0), set: -1)
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

        /// Whether every value is a finite number.
        var isFinite: Bool {
            let exponent = Double.infinity.bitPattern
            var isFinite = true
            for place in 0..<count &* stride { isFinite = (inputs[place].bitPattern & exponent != exponent) && isFinite }
            return isFinite
        }
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
        // Where all is numbers, a node need not be asked what it asks for.
        if sets.isEmpty, block.isFinite {
            addTrees(block, results) { node, row in Self.plainStep(node, block, row) }
        } else {
            addTrees(block, results) { node, row in step(node, block, row) }
        }
        for row in 0..<block.count {
            let result = results + row * outputs
            if isBinary { result.pointee = Sigmoid.value(result.pointee) }
            if isSoftmax { Softmax.apply(result, count: outputs) }
        }
    }

    /// Adds all trees' answers; `step` gives the child that a row goes to.
    @inline(__always)
    private func addTrees(_ block: Block, _ results: UnsafeMutablePointer<Double>, _ step: (Node, Int) -> Int) {
        nodes.withUnsafeBufferPointer { nodes in
            if block.count == 1 {
                addAll(nodes, results, step)
            } else {
                var output = 0
                for root in roots {
                    add(Int(root), nodes, block.count, results + output, step)
                    output = output + 1 == outputs ? 0 : output + 1
                }
            }
        }
    }

    /// Adds one tree's answers; four rows walk side by side, so that the processor need not wait for one row's node.
    @inline(__always)
    private func add(
        _ root: Int, _ nodes: UnsafeBufferPointer<Node>, _ count: Int, _ results: UnsafeMutablePointer<Double>, _ step: (Node, Int) -> Int
    ) {
        var row = 0
        while row + 4 <= count {
            var (a, b, c, d) = (root, root, root, root)
            while min(min(a, b), min(c, d)) < firstLeaf {
                a = step(nodes[a], row)
                b = step(nodes[b], row + 1)
                c = step(nodes[c], row + 2)
                d = step(nodes[d], row + 3)
            }
            results[row * outputs] += nodes[a].threshold
            results[(row + 1) * outputs] += nodes[b].threshold
            results[(row + 2) * outputs] += nodes[c].threshold
            results[(row + 3) * outputs] += nodes[d].threshold
            row += 4
        }
        while row < count {
            results[row * outputs] += answer(root, nodes, row, step)
            row += 1
        }
    }

    /// Adds all trees' answers for one row; eight trees are walked side by side and added in their order.
    @inline(__always)
    private func addAll(
        _ nodes: UnsafeBufferPointer<Node>, _ results: UnsafeMutablePointer<Double>, _ step: (Node, Int) -> Int
    ) {
        var output = 0
        func add(_ value: Double) {
            results[output] += value
            output = output + 1 == outputs ? 0 : output + 1
        }
        roots.withUnsafeBufferPointer { roots in
            var tree = 0
            while tree + 8 <= roots.count {
                var (a, b, c, d) = (Int(roots[tree]), Int(roots[tree + 1]), Int(roots[tree + 2]), Int(roots[tree + 3]))
                var (e, f, g, h) = (Int(roots[tree + 4]), Int(roots[tree + 5]), Int(roots[tree + 6]), Int(roots[tree + 7]))
                // Whoever has come to its leaf stays there: one branch for all eight, where an end for each would be guessed wrong.
                while min(min(min(a, b), min(c, d)), min(min(e, f), min(g, h))) < firstLeaf {
                    a = step(nodes[a], 0)
                    b = step(nodes[b], 0)
                    c = step(nodes[c], 0)
                    d = step(nodes[d], 0)
                    e = step(nodes[e], 0)
                    f = step(nodes[f], 0)
                    g = step(nodes[g], 0)
                    h = step(nodes[h], 0)
                }
                add(nodes[a].threshold)
                add(nodes[b].threshold)
                add(nodes[c].threshold)
                add(nodes[d].threshold)
                add(nodes[e].threshold)
                add(nodes[f].threshold)
                add(nodes[g].threshold)
                add(nodes[h].threshold)
                tree += 8
            }
            while tree < roots.count {
                add(answer(Int(roots[tree]), nodes, 0, step))
                tree += 1
            }
        }
    }

    /// What a tree says of a row.
    @inline(__always)
    private func answer(_ root: Int, _ nodes: UnsafeBufferPointer<Node>, _ row: Int, _ step: (Node, Int) -> Int) -> Double {
        var next = root
        while next < firstLeaf { next = step(nodes[next], row) }
        return nodes[next].threshold
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

    /// The child that a row of finite numbers goes to, where no node asks for a category.
    @inline(__always)
    private static func plainStep(_ node: Node, _ block: Block, _ row: Int) -> Int {
        // The sign of the difference, where a comparison would become a branch that is guessed wrong half of the time.
        let goesRight = Int(truncatingIfNeeded: (node.threshold - block.value(row, node.input)).bitPattern &>> 63)
        return Int(node.left) ^ (Int(node.left ^ node.right) & (0 &- goesRight))
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
            // As in `plainStep`.
            goesRight = Int(truncatingIfNeeded: (node.threshold - value).bitPattern &>> 63)
        } else {
            goesRight = node.set == -1 ? 0 : 1
        }
        return Int(node.left) ^ (Int(node.left ^ node.right) & (0 &- goesRight))
    }
}
