/// The trees of a node's attributes, whichever of the operators it is: nodes with their ways on, leaves with what they say.
struct TreeSource {
    /// What a node asks.
    enum Question {
        /// Whether the value is at most, below, at least or above the threshold.
        case atMost, below, atLeast, above
        /// Whether it is the threshold, or is not.
        case equal, unequal
        /// Whether it is one of some values.
        case member([Double])
        /// Nothing: the walk ends here.
        case leaf

        /// By the name in the attributes.
        init?(_ name: String) {
            switch name {
            case "BRANCH_LEQ": self = .atMost
            case "BRANCH_LT": self = .below
            case "BRANCH_GTE": self = .atLeast
            case "BRANCH_GT": self = .above
            case "BRANCH_EQ": self = .equal
            case "BRANCH_NEQ": self = .unequal
            case "LEAF": self = .leaf
            default: return nil
            }
        }
    }

    struct Node {
        var question: Question
        var input: Int
        var threshold: Double
        /// Where it goes on.
        var yes: Int
        var no: Int
        var missingSaysYes: Bool
        /// Which leaf it is.
        var leaf = -1
    }

    /// What a leaf says of an output.
    struct Weight {
        var leaf: Int
        var output: Int
        var value: Double
    }

    var nodes: [Node] = []
    var roots: [Int] = []
    var leaves = 0
    var weights: [Weight] = []

    /// The trees of a `TreeEnsembleClassifier` or `TreeEnsembleRegressor`; `prefix` is `class` or `target`.
    init(_ context: NodeContext, prefix: String, outputs: Int) throws(OnnxFailure) {
        let (trees, ids) = (context.integers("nodes_treeids"), context.integers("nodes_nodeids"))
        let modes = context.texts("nodes_modes")
        let (features, values) = (context.integers("nodes_featureids"), try Self.reals(context, "nodes_values"))
        let (yes, no) = (context.integers("nodes_truenodeids"), context.integers("nodes_falsenodeids"))
        let missing = context.integers("nodes_missing_value_tracks_true")
        let count = trees.count
        guard count > 0, [ids.count, modes.count, features.count, values.count, yes.count, no.count].allSatisfy({ $0 == count }),
            missing.isEmpty || missing.count == count
        else { throw context.refusal("its lists of nodes are not of one length") }
        guard count <= context.limits.treeNodes else {
            throw .tooLarge(what: "tree nodes", found: count, limit: context.limits.treeNodes)
        }
        var places: [Int: [Int: Int]] = [:]
        for index in 0..<count {
            guard places[trees[index], default: [:]].updateValue(index, forKey: ids[index]) == nil else {
                throw context.refusal("two nodes \(ids[index]) in tree \(trees[index])")
            }
        }
        var isChild = [Bool](repeating: false, count: count)
        nodes.reserveCapacity(count)
        for index in 0..<count {
            guard let question = Question(modes[index]) else { throw context.refusal("a node of kind \(modes[index])") }
            var node = Node(
                question: question, input: features[index], threshold: values[index], yes: -1, no: -1,
                missingSaysYes: missing.isEmpty ? false : missing[index] != 0)
            if case .leaf = question {
                node.leaf = leaves
                leaves += 1
            } else {
                guard let left = places[trees[index]]?[yes[index]], let right = places[trees[index]]?[no[index]] else {
                    throw context.refusal("node \(ids[index]) of tree \(trees[index]) goes on to a node that is not there")
                }
                (node.yes, node.no) = (left, right)
                isChild[left] = true
                isChild[right] = true
            }
            nodes.append(node)
        }
        var seen: Set<Int> = []
        for index in 0..<count where !isChild[index] {
            guard seen.insert(trees[index]).inserted else { throw context.refusal("tree \(trees[index]) has two roots") }
            roots.append(index)
        }
        guard seen.count == places.count else { throw context.refusal("a tree without a root") }
        try addWeights(context, prefix, places, outputs)
    }

    private mutating func addWeights(
        _ context: NodeContext, _ prefix: String, _ places: [Int: [Int: Int]], _ outputs: Int
    ) throws(OnnxFailure) {
        let (trees, ids) = (context.integers("\(prefix)_treeids"), context.integers("\(prefix)_nodeids"))
        let (targets, values) = (context.integers("\(prefix)_ids"), try Self.reals(context, "\(prefix)_weights"))
        guard [ids.count, targets.count, values.count].allSatisfy({ $0 == trees.count }) else {
            throw context.refusal("its lists of weights are not of one length")
        }
        weights.reserveCapacity(trees.count)
        for index in trees.indices {
            guard let node = places[trees[index]]?[ids[index]] else {
                throw context.refusal("a weight of node \(ids[index]) of tree \(trees[index]), which is not there")
            }
            guard (0..<outputs).contains(targets[index]) else {
                throw context.refusal("a weight of output \(targets[index]) of \(outputs)")
            }
            // Weights of inner nodes count for nothing.
            if nodes[node].leaf >= 0 { weights.append(Weight(leaf: nodes[node].leaf, output: targets[index], value: values[index])) }
        }
    }

    /// Numbers that older versions keep as single precision and newer ones as a tensor of either.
    static func reals(_ context: NodeContext, _ name: String) throws(OnnxFailure) -> [Double] {
        if let tensor = context.tensor(name + "_as_tensor") ?? context.tensor(name) {
            guard let numbers = tensor.elements.numbers else { throw context.refusal("its \(name) are no numbers") }
            return numbers
        }
        return context.floats(name).map(Double.init)
    }
}
