import Learning

/// Flattens trees into the evaluator that our own trees are served by: questions of other kinds become some of "at most".
struct ForestBuilder {
    /// The evaluator, and what each leaf says when that is not one number.
    struct Result {
        var forest: FlatForest
        /// `[leaves, outputs]`; empty where a leaf's one number stands in the leaf itself.
        var vectors: [Double]
        /// One more than the largest input that is asked for.
        var width: Int
    }

    /// Numbers of all leaves' vectors together.
    private static let mostVectors = 1 << 27

    private let source: TreeSource
    private let context: NodeContext
    private var nodes: [FlatForest.Node] = []
    /// The source's leaf of each leaf.
    private var leaves: [Int] = []
    private var width = 0
    /// Of the source's nodes: the ways that lead there, how many are still to be added, and the steps from the root.
    private var ways: [[Way]]
    private var incoming: [Int]
    private var depths: [Int]

    /// Flattens trees that add to `outputs` outputs.
    ///
    /// - Throws: `.unsupported` for what is no tree. Complexity: O(nodes).
    static func build(_ source: TreeSource, outputs: Int, _ context: NodeContext) throws(OnnxFailure) -> Result {
        var builder = ForestBuilder(source: source, context: context)
        return try builder.build(outputs)
    }

    private init(source: TreeSource, context: NodeContext) {
        self.source = source
        self.context = context
        ways = Array(repeating: [], count: source.nodes.count)
        incoming = Array(repeating: 0, count: source.nodes.count)
        depths = incoming
    }

    private mutating func build(_ outputs: Int) throws(OnnxFailure) -> Result {
        var roots: [Int32] = []
        /// First leaf of each tree.
        var starts: [Int] = []
        for root in source.roots {
            starts.append(leaves.count)
            roots.append(try add(tree: root))
        }
        let inner = nodes.count
        guard inner + leaves.count <= context.limits.treeNodes else {
            throw .tooLarge(what: "tree nodes", found: inner + leaves.count, limit: context.limits.treeNodes)
        }
        // Leaves are counted from -1 downwards until it is known where they begin.
        func place(_ child: Int32) -> Int32 { child < 0 ? Int32(inner) + ~child : child }
        for index in nodes.indices {
            nodes[index].left = place(nodes[index].left)
            nodes[index].right = place(nodes[index].right)
        }
        var scalars = [Double](repeating: 0, count: leaves.count)
        let isScalar = fillScalars(&scalars, starts, outputs)
        nodes += scalars.indices.map { FlatForest.Node(leaf: scalars[$0], at: inner + $0) }
        let forest = FlatForest(
            roots: roots.map(place), nodes: nodes, firstLeaf: inner, sets: [], outputs: outputs, infinityIsMissing: false)
        return Result(forest: forest, vectors: isScalar ? [] : try vectors(outputs), width: width)
    }

    /// A way that leads to a node whose place is not known yet.
    private struct Way {
        var node: Int
        var isLeft: Bool
    }

    /// Adds what a root leads to: a node when all that lead to it have been, since LightGBM's trees share what several categories lead to.
    private mutating func add(tree root: Int) throws(OnnxFailure) -> Int32 {
        let reached = try reach(root)
        var pending = [root]
        var added = 0
        var first: Int32?
        while let next = pending.popLast() {
            let node = source.nodes[next]
            let place = node.leaf >= 0 ? ~Int32(leaves.count) : Int32(nodes.count)
            for way in ways[next] {
                if way.isLeft { nodes[way.node].left = place } else { nodes[way.node].right = place }
            }
            ways[next] = []
            first = first ?? place
            added += 1
            guard nodes.count + leaves.count < context.limits.treeNodes else {
                throw .tooLarge(what: "tree nodes", found: nodes.count + leaves.count, limit: context.limits.treeNodes)
            }
            if node.leaf >= 0 {
                leaves.append(node.leaf)
                continue
            }
            try add(node)
            // The side of those that answer yes comes next in memory.
            for child in [node.no, node.yes] {
                depths[child] = max(depths[child], depths[next] + 1)
                incoming[child] -= 1
                if incoming[child] == 0 { pending.append(child) }
            }
            guard depths[next] < context.limits.treeDepth else {
                throw .tooLarge(what: "steps to a leaf", found: depths[next], limit: context.limits.treeDepth)
            }
        }
        guard added == reached else { throw context.refusal("its nodes go round in a circle") }
        return first ?? 0
    }

    /// Counts how many ways lead to each node that a root leads to; how many nodes these are.
    private mutating func reach(_ root: Int) throws(OnnxFailure) -> Int {
        var pending = [root]
        var reached = 0
        depths[root] = 1
        while let next = pending.popLast() {
            reached += 1
            guard source.nodes[next].leaf < 0 else { continue }
            for child in [source.nodes[next].no, source.nodes[next].yes] {
                if incoming[child] == 0 {
                    depths[child] = 1
                    pending.append(child)
                }
                incoming[child] += 1
            }
        }
        guard incoming[root] == 0 else { throw context.refusal("its nodes go round in a circle") }
        return reached
    }

    private mutating func add(_ node: TreeSource.Node) throws(OnnxFailure) {
        guard (0..<1 << 24).contains(node.input) else { throw context.refusal("a node asks for input \(node.input)") }
        guard !node.threshold.isNaN else { throw context.refusal("a threshold that is no number") }
        width = max(width, node.input + 1)
        var (yes, no): ([Way], [Way]) = ([], [])
        let missing = node.missingSaysYes
        switch node.question {
        case .atMost: ask(node.input, node.threshold, missing, left: &yes, right: &no)
        case .below: ask(node.input, node.threshold.nextDown, missing, left: &yes, right: &no)
        case .above: ask(node.input, node.threshold, !missing, left: &no, right: &yes)
        case .atLeast: ask(node.input, node.threshold.nextDown, !missing, left: &no, right: &yes)
        case .equal: askForEach([node.threshold], node.input, missing, yes: &yes, no: &no)
        case .unequal: askForEach([node.threshold], node.input, !missing, yes: &no, no: &yes)
        case .member(let values): askForEach(values, node.input, missing, yes: &yes, no: &no)
        case .leaf: break
        }
        ways[node.no] += no
        ways[node.yes] += yes
    }

    /// One node; what is at most the threshold goes left, what is missing where it is told.
    private mutating func ask(
        _ input: Int, _ threshold: Double, _ missingIsLeft: Bool, left: inout [Way],
        right: inout [Way]
    ) {
        left.append(Way(node: nodes.count, isLeft: true))
        right.append(Way(node: nodes.count, isLeft: false))
        nodes.append(
            FlatForest.Node(threshold: threshold, input: Int32(input), left: 0, right: 0, set: missingIsLeft ? -1 : -2))
    }

    /// Whether a value is one of some: at most it, and not at most what comes just before it; two nodes each.
    private mutating func askForEach(
        _ values: [Double], _ input: Int, _ missingSaysYes: Bool, yes: inout [Way],
        no: inout [Way]
    ) {
        let sorted = values.sorted()
        for (index, value) in sorted.enumerated() {
            let place = nodes.count
            let isLast = index == sorted.count - 1
            // What is larger than this value is asked for the next one; what is missing goes all the way, or out here.
            nodes.append(
                FlatForest.Node(
                    threshold: value, input: Int32(input), left: Int32(place + 1), right: Int32(place + 2), set: missingSaysYes ? -1 : -2))
            nodes.append(
                FlatForest.Node(threshold: value.nextDown, input: Int32(input), left: 0, right: 0, set: missingSaysYes ? -2 : -1))
            if isLast { no.append(Way(node: place, isLeft: false)) }
            no.append(Way(node: place + 1, isLeft: true))
            yes.append(Way(node: place + 1, isLeft: false))
        }
    }

    /// Puts a leaf's one number into the leaf; false when leaves say something of several outputs, or trees come in no order of outputs.
    private func fillScalars(_ scalars: inout [Double], _ starts: [Int], _ outputs: Int) -> Bool {
        var own = [(output: Int, value: Double)?](repeating: nil, count: source.leaves)
        for weight in source.weights {
            if own[weight.leaf] == nil {
                own[weight.leaf] = (weight.output, weight.value)
            } else if outputs == 1 {
                own[weight.leaf]?.value += weight.value
            } else {
                return false
            }
        }
        for (tree, start) in starts.enumerated() {
            let end = tree + 1 < starts.count ? starts[tree + 1] : leaves.count
            for leaf in start..<end {
                guard let weight = own[leaves[leaf]] else { continue }
                guard weight.output == tree % outputs else { return false }
                scalars[leaf] = weight.value
            }
        }
        return true
    }

    private func vectors(_ outputs: Int) throws(OnnxFailure) -> [Double] {
        let (count, isOver) = source.leaves.multipliedReportingOverflow(by: outputs)
        guard !isOver, count <= Self.mostVectors else {
            throw .tooLarge(what: "weights of leaves", found: isOver ? Int.max : count, limit: Self.mostVectors)
        }
        var bySource = [Double](repeating: 0, count: count)
        for weight in source.weights { bySource[weight.leaf * outputs + weight.output] += weight.value }
        var result: [Double] = []
        result.reserveCapacity(leaves.count * outputs)
        for leaf in leaves { result += bySource[(leaf * outputs)..<((leaf + 1) * outputs)] }
        return result
    }
}
