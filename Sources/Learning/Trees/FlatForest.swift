/// Trees in flat arrays, walked over blocks of rows: what every kind of tree ensemble is served from.
///
/// The nodes come first, and behind them the leaves: nodes of which both ways lead back to themselves. Every child stands after its parent,
/// so that no walk can run in circles; whoever makes a forest has checked that.
package struct FlatForest: Sendable {
    /// What one step of a walk reads, side by side in memory.
    package struct Node: Sendable {
        /// Numeric: values up to this go left.
        ///
        /// A leaf's answer.
        package var threshold: Double
        /// Place of the value that is asked for in a row of inputs.
        package var input: Int32
        /// Where it goes on for values up to the threshold.
        package var left: Int32
        /// Where it goes on for the others.
        package var right: Int32
        /// Category splits: where the node's 256 bits lie in `sets`; else -1 where missing values go left, -2 where they go right.
        package var set: Int32

        /// A node with two ways on.
        package init(threshold: Double, input: Int32, left: Int32, right: Int32, set: Int32) {
            // + 0.0 makes 0.0 of −0.0, whose difference to 0.0 would be negative.
            self.threshold = threshold + 0.0
            self.input = input
            self.left = left
            self.right = right
            self.set = set
        }

        /// A leaf that stands at that place.
        package init(leaf answer: Double, at place: Int) {
            threshold = answer
            input = 0
            left = Int32(place)
            right = Int32(place)
            set = -1
        }
    }

    /// Rows as nodes ask about them; in a category's place its bin, as a bit pattern.
    package struct Block {
        let inputs: UnsafePointer<Double>
        let stride: Int
        let count: Int

        /// Rows `stride` values apart.
        package init(inputs: UnsafePointer<Double>, stride: Int, count: Int) {
            self.inputs = inputs
            self.stride = stride
            self.count = count
        }

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

    /// Rows that are best answered together.
    package static let blockRows = 64

    /// First node of each tree.
    let roots: [Int32]
    /// The nodes, and behind them the leaves.
    let nodes: [Node]
    let firstLeaf: Int
    /// 256 bits for each category split.
    let sets: [UInt64]
    /// Values in a result; tree *i* adds to output *i* modulo their number.
    package let outputs: Int
    /// Whether infinities go where missing values go; else they are compared.
    let infinityIsMissing: Bool

    /// Puts a forest together; see the type for what must hold.
    package init(roots: [Int32], nodes: [Node], firstLeaf: Int, sets: [UInt64], outputs: Int, infinityIsMissing: Bool) {
        self.roots = roots
        self.nodes = nodes
        self.firstLeaf = firstLeaf
        self.sets = sets
        self.outputs = outputs
        self.infinityIsMissing = infinityIsMissing
    }

    /// Adds each tree's answer to its output, `[rows, outputs]`, in the order of the trees: the sums of a row are those of a row alone.
    ///
    /// Complexity: O(rows · trees · depth); allocates nothing.
    package func add(_ block: Block, to results: UnsafeMutablePointer<Double>) {
        let outputs = outputs
        walk(block) { nodes, leaf, row, output in results[row &* outputs &+ output] += nodes[leaf].threshold }
    }

    /// Adds to all outputs what the leaf of each tree says of them: leaf *i* of all, in the order of the nodes, holds line *i* of `vectors`,
    /// `[leaves, outputs]`.
    package func add(_ block: Block, vectors: UnsafePointer<Double>, to results: UnsafeMutablePointer<Double>) {
        let (outputs, firstLeaf) = (outputs, firstLeaf)
        walk(block) { _, leaf, row, _ in
            let line = vectors + (leaf &- firstLeaf) &* outputs
            let result = results + row &* outputs
            for output in 0..<outputs { result[output] += line[output] }
        }
    }

    /// Whether a node sends a block's first row left.
    func goesLeft(_ node: Int, _ block: Block) -> Bool { step(nodes[node], block, 0) == Int(nodes[node].left) }

    /// Calls `arrive` for the leaf of each tree and row.
    @inline(__always)
    private func walk(_ block: Block, _ arrive: (UnsafeBufferPointer<Node>, _ leaf: Int, _ row: Int, _ output: Int) -> Void) {
        // Where all is numbers, a node need not be asked what it asks for.
        if sets.isEmpty, block.isFinite {
            walkTrees(block, arrive) { node, row in Self.plainStep(node, block, row) }
        } else {
            walkTrees(block, arrive) { node, row in step(node, block, row) }
        }
    }

    /// `step` gives the child that a row goes to.
    @inline(__always)
    private func walkTrees(
        _ block: Block, _ arrive: (UnsafeBufferPointer<Node>, Int, Int, Int) -> Void, _ step: (Node, Int) -> Int
    ) {
        nodes.withUnsafeBufferPointer { nodes in
            if block.count == 1 {
                walkAll(nodes, { arrive(nodes, $0, 0, $1) }, step)
            } else {
                var output = 0
                for root in roots {
                    walk(Int(root), nodes, block.count, { arrive(nodes, $0, $1, output) }, step)
                    output = output + 1 == outputs ? 0 : output + 1
                }
            }
        }
    }

    /// One tree; four rows walk side by side, so that the processor need not wait for one row's node.
    @inline(__always)
    private func walk(
        _ root: Int, _ nodes: UnsafeBufferPointer<Node>, _ count: Int, _ arrive: (_ leaf: Int, _ row: Int) -> Void,
        _ step: (Node, Int) -> Int
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
            arrive(a, row)
            arrive(b, row + 1)
            arrive(c, row + 2)
            arrive(d, row + 3)
            row += 4
        }
        while row < count {
            arrive(leaf(root, nodes, row, step), row)
            row += 1
        }
    }

    /// One row; eight trees are walked side by side and added in their order.
    @inline(__always)
    private func walkAll(
        _ nodes: UnsafeBufferPointer<Node>, _ arrive: (_ leaf: Int, _ output: Int) -> Void, _ step: (Node, Int) -> Int
    ) {
        var output = 0
        func add(_ leaf: Int) {
            arrive(leaf, output)
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
                add(a)
                add(b)
                add(c)
                add(d)
                add(e)
                add(f)
                add(g)
                add(h)
                tree += 8
            }
            while tree < roots.count {
                add(leaf(Int(roots[tree]), nodes, 0, step))
                tree += 1
            }
        }
    }

    /// Where a row ends in a tree.
    @inline(__always)
    private func leaf(_ root: Int, _ nodes: UnsafeBufferPointer<Node>, _ row: Int, _ step: (Node, Int) -> Int) -> Int {
        var next = root
        while next < firstLeaf { next = step(nodes[next], row) }
        return next
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
        } else if infinityIsMissing || value.isNaN {
            goesRight = node.set == -1 ? 0 : 1
        } else {
            goesRight = value <= node.threshold ? 0 : 1
        }
        return Int(node.left) ^ (Int(node.left ^ node.right) & (0 &- goesRight))
    }
}
