/// Grows one tree after the other on the same binned rows.
final class TreeGrower {
    private let columns: [[UInt8]]
    private let binning: Binning
    private let maxLeaves: Int
    private let minLeaf: Int
    private let lambda: Double
    private let rate: Double
    private let used: [Int]
    private let offsets: [Int]
    /// The first bin of each used feature.
    private let starts: [Int]
    /// The bins of the used features, row by row.
    private let packed: [UInt8]
    private let bins: Int
    private var order: [Int32]
    private var scratch: [Int32]

    /// Sums of a bin.
    struct Sums {
        /// Gradient and curvature, which are always added together.
        var pair = SIMD2<Double>(0, 0)
        var count = 0

        var gradient: Double { pair.x }
        var hessian: Double { pair.y }
    }

    private struct Leaf {
        var start: Int
        var end: Int
        var sums: Sums
        var histogram: [Sums]
        var best: TreeSplit?
        /// The node and side whose child it is; nil for the root.
        var parent: (node: Int, isLeft: Bool)?
    }

    init(columns: [[UInt8]], binning: Binning, leaves: Int, minLeaf: Int, lambda: Double, rate: Double) {
        self.columns = columns
        self.binning = binning
        maxLeaves = leaves
        self.minLeaf = minLeaf
        self.lambda = lambda
        self.rate = rate
        used = binning.features.indices.filter { binning.features[$0] != nil }
        var offsets = [Int](repeating: 0, count: columns.count)
        var total = 0
        for feature in used {
            offsets[feature] = total
            total += binning.features[feature]?.count ?? 0
        }
        self.offsets = offsets
        starts = used.map { offsets[$0] }
        bins = total
        let rows = used.first.map { columns[$0].count } ?? 0
        packed = Self.pack(used.map { columns[$0] }, rows: rows)
        order = (0..<Int32(rows)).map { $0 }
        scratch = order
    }

    private static func pack(_ columns: [[UInt8]], rows: Int) -> [UInt8] {
        let width = columns.count
        return [UInt8](unsafeUninitializedCapacity: rows * width) { packed, count in
            for (index, column) in columns.enumerated() {
                for row in 0..<rows { packed.initializeElement(at: row * width + index, to: column[row]) }
            }
            count = rows * width
        }
    }

    /// Grows a tree and adds its answers to the scores of the training rows.
    func grow(gradients: [Double], hessians: [Double], hooks: TrainingHooks, scores: inout [Double]) throws(LearningFailure) -> GrownTree {
        for index in order.indices { order[index] = Int32(index) }
        var tree = GrownTree()
        var root = Leaf(
            start: 0, end: order.count, sums: Sums(), histogram: histogram(0, order.count, gradients, hessians), best: nil, parent: nil)
        for index in gradients.indices {
            root.sums.pair += SIMD2(gradients[index], hessians[index])
        }
        root.sums.count = order.count
        root.best = bestSplit(root)
        var leaves = [root]
        while leaves.count < maxLeaves {
            // The leaf with the greatest gain; the first of equals, so that the result never depends on chance.
            guard
                let index = leaves.indices.filter({ leaves[$0].best != nil }).max(by: {
                    (leaves[$0].best?.gain ?? 0) < (leaves[$1].best?.gain ?? 0)
                }),
                let split = leaves[index].best
            else { break }
            if hooks.isCancelled() { throw .cancelled }
            let node = tree.splits.count
            tree.splits.append(split)
            tree.children.append((0, 0))
            link(&tree, leaves[index].parent, to: node)
            let (left, right) = divide(leaves[index], split, node, gradients, hessians)
            leaves[index] = left
            leaves.append(right)
        }
        for (number, leaf) in leaves.enumerated() {
            let value = -leaf.sums.gradient / (leaf.sums.hessian + lambda) * rate
            tree.leaves.append(value)
            link(&tree, leaf.parent, to: -number - 1)
            for position in leaf.start..<leaf.end { scores[Int(order[position])] += value }
        }
        return tree
    }

    private func link(_ tree: inout GrownTree, _ parent: (node: Int, isLeft: Bool)?, to child: Int) {
        guard let parent else { return }
        if parent.isLeft { tree.children[parent.node].left = child } else { tree.children[parent.node].right = child }
    }

    /// Parts a leaf's rows, stable; the smaller child's histogram is summed, the larger one's is the difference.
    private func divide(
        _ leaf: Leaf, _ split: TreeSplit, _ node: Int, _ gradients: [Double], _ hessians: [Double]
    ) -> (left: Leaf, right: Leaf) {
        let middle = partition(leaf, split)
        let isLeftSmaller = middle - leaf.start <= leaf.end - middle
        let small = isLeftSmaller ? histogram(leaf.start, middle, gradients, hessians) : histogram(middle, leaf.end, gradients, hessians)
        var large = leaf.histogram
        for index in large.indices {
            large[index].subtract(small[index])
        }
        let sums = total(small)
        var rest = leaf.sums
        rest.subtract(sums)
        var left = Leaf(
            start: leaf.start, end: middle, sums: isLeftSmaller ? sums : rest, histogram: isLeftSmaller ? small : large, best: nil,
            parent: (node, true))
        var right = Leaf(
            start: middle, end: leaf.end, sums: isLeftSmaller ? rest : sums, histogram: isLeftSmaller ? large : small, best: nil,
            parent: (node, false))
        left.best = bestSplit(left)
        right.best = bestSplit(right)
        return (left, right)
    }

    private func partition(_ leaf: Leaf, _ split: TreeSplit) -> Int {
        guard let bins = binning.features[split.feature] else { return leaf.start }
        // A table of 256 answers: the loop over the rows is then the same for every kind of split.
        var goesLeft = [Bool](repeating: false, count: 256)
        for value in 0..<bins.count { goesLeft[value] = split.goesLeft(UInt8(value), bins) }
        var left = leaf.start
        var right = 0
        columns[split.feature].withUnsafeBufferPointer { column in
            order.withUnsafeMutableBufferPointer { order in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    goesLeft.withUnsafeBufferPointer { goesLeft in
                        for position in leaf.start..<leaf.end {
                            let row = order[position]
                            if goesLeft[Int(column[Int(row)])] {
                                order[left] = row
                                left += 1
                            } else {
                                scratch[right] = row
                                right += 1
                            }
                        }
                        for index in 0..<right { order[left + index] = scratch[index] }
                    }
                }
            }
        }
        return left
    }

    /// The sums of each bin over the leaf's rows.
    ///
    /// Row by row, not column by column: a row's bins lie together, so that rows in no order cost one miss of the cache each and not one a
    /// feature.
    private func histogram(_ start: Int, _ end: Int, _ gradients: [Double], _ hessians: [Double]) -> [Sums] {
        let width = used.count
        var result = [Sums](repeating: Sums(), count: bins)
        result.withUnsafeMutableBufferPointer { result in
            order.withUnsafeBufferPointer { order in
                gradients.withUnsafeBufferPointer { gradients in
                    hessians.withUnsafeBufferPointer { hessians in
                        packed.withUnsafeBufferPointer { packed in
                            starts.withUnsafeBufferPointer { starts in
                                for position in start..<end {
                                    let row = Int(order[position])
                                    let pair = SIMD2(gradients[row], hessians[row])
                                    let first = row * width
                                    for index in 0..<width {
                                        let bin = starts[index] + Int(packed[first + index])
                                        result[bin].pair += pair
                                        result[bin].count += 1
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The sums of all rows: those of any one feature's bins.
    private func total(_ histogram: [Sums]) -> Sums {
        var sums = Sums()
        guard let feature = used.first, let count = binning.features[feature]?.count else { return sums }
        for index in offsets[feature]..<(offsets[feature] + count) { sums.add(histogram[index]) }
        return sums
    }

    private func bestSplit(_ leaf: Leaf) -> TreeSplit? {
        guard leaf.sums.count >= 2 * minLeaf else { return nil }
        var best: TreeSplit?
        for feature in used {
            guard let bins = binning.features[feature] else { continue }
            let slice = leaf.histogram[offsets[feature]..<(offsets[feature] + bins.count)]
            let finder = SplitFinder(sums: slice, total: leaf.sums, minLeaf: minLeaf, lambda: lambda)
            let split = bins.isCategorical ? finder.categorical(feature) : finder.numeric(feature, missing: bins.missing)
            if let split, split.gain > best?.gain ?? 0 { best = split }
        }
        return best
    }
}

extension TreeGrower.Sums {
    @inline(__always)
    mutating func add(_ other: TreeGrower.Sums) {
        pair += other.pair
        count += other.count
    }

    @inline(__always)
    mutating func subtract(_ other: TreeGrower.Sums) {
        pair -= other.pair
        count -= other.count
    }
}
