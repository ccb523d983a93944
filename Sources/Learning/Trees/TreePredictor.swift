import Tabular

/// Walks flat trees over raw rows.
final class TreePredictor: Predictor {
    let width: Int
    let outputs: Int
    private let inputs: TreeInputs
    private let base: [Double]
    private let isBinary: Bool
    private let roots: [Int32]
    private let nodes: [Node]
    private let leaves: [Double]
    /// 256 bits for each category split.
    private let sets: [UInt64]
    private let categories: [Categories]
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

    /// Where an input's bins by code lie.
    private struct Categories {
        var first: Int
        var count: Int
        var rare: Int
        var missing: Int
    }

    init(ensemble: TreeEnsemble, inputs: TreeInputs, codes: [[UInt8]]) {
        width = inputs.width
        self.inputs = inputs
        base = ensemble.base
        isBinary = ensemble.task == .binary
        outputs = base.count
        roots = ensemble.roots
        leaves = ensemble.leaves
        sets = ensemble.sets
        nodes = ensemble.features.indices.map { node in
            let flags = ensemble.flags[node]
            return Node(
                threshold: ensemble.thresholds[node], input: ensemble.features[node], left: ensemble.left[node],
                right: ensemble.right[node], set: flags & 2 != 0 ? ensemble.setIndex[node] : flags & 1 != 0 ? -1 : -2)
        }
        var bins: [UInt8] = []
        var categories: [Categories] = []
        for (feature, own) in zip(ensemble.binning.features, codes) {
            categories.append(
                Categories(first: bins.count, count: own.count, rare: feature?.texts.count ?? 0, missing: feature?.missing ?? 0))
            bins += own
        }
        self.bins = bins
        self.categories = categories
    }

    /// Adds the trees in the order in which they were grown: the very sums that the trainer made.
    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        guard inputs.parts > 0 else {
            answer(row, row, result)
            return
        }
        // Of one time, and of forty, these lie on the stack.
        withUnsafeTemporaryAllocation(of: Double.self, capacity: inputs.parts) { parts in
            guard let parts = parts.baseAddress else { return }
            inputs.writeParts(row, into: parts)
            // The parts follow the row's values in the numbering of inputs.
            answer(row, parts, result)
        }
    }

    @inline(__always)
    private func answer(_ row: UnsafePointer<Double>, _ parts: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) {
        let width = width
        for output in 0..<outputs { result[output] = base[output] }
        var output = 0
        nodes.withUnsafeBufferPointer { nodes in
            leaves.withUnsafeBufferPointer { leaves in
                for root in roots {
                    var next = Int(root)
                    while next >= 0 {
                        let node = nodes[next]
                        let input = Int(node.input)
                        let value = input < width ? row[input] : parts[input - width]
                        let isLeft =
                            node.set >= 0 ? isInSet(value, node) : value.isFinite ? value <= node.threshold : node.set == -1
                        next = Int(isLeft ? node.left : node.right)
                    }
                    result[output] += leaves[-next - 1]
                    output = output + 1 == outputs ? 0 : output + 1
                }
            }
        }
        if isBinary { result.pointee = Sigmoid.value(result.pointee) }
        if outputs > 1 { Softmax.apply(result, count: outputs) }
    }

    @inline(__always)
    private func isInSet(_ value: Double, _ node: Node) -> Bool {
        let own = categories[Int(node.input)]
        var bin = own.missing
        if value.isFinite {
            bin = own.rare
            if let code = Int(exactly: value), code >= 0, code < own.count { bin = Int(bins[own.first + code]) }
        }
        return sets[Int(node.set) + (bin >> 6)] >> UInt64(bin & 63) & 1 == 1
    }
}
