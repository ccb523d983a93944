extension TreeSource {
    /// The trees of a `TreeEnsemble`, whose leaves are lists of their own.
    init(ensemble context: NodeContext, outputs: Int) throws(OnnxFailure) {
        let splits = try Self.reals(context, "nodes_splits")
        guard let modes = context.tensor("nodes_modes")?.elements.numbers else { throw context.refusal("it has no modes") }
        let features = context.integers("nodes_featureids")
        let (yes, no) = (context.integers("nodes_truenodeids"), context.integers("nodes_falsenodeids"))
        let (yesLeaves, noLeaves) = (context.integers("nodes_trueleafs"), context.integers("nodes_falseleafs"))
        let missing = context.integers("nodes_missing_value_tracks_true")
        let (targets, values) = (context.integers("leaf_targetids"), try Self.reals(context, "leaf_weights"))
        let inner = features.count
        guard [splits.count, modes.count, yes.count, no.count, yesLeaves.count, noLeaves.count].allSatisfy({ $0 == inner }),
            missing.isEmpty || missing.count == inner, targets.count == values.count, !targets.isEmpty
        else { throw context.refusal("its lists of nodes are not of one length") }
        guard inner + targets.count <= context.limits.treeNodes else {
            throw .tooLarge(what: "tree nodes", found: inner + targets.count, limit: context.limits.treeNodes)
        }
        var members = Self.members(try Self.reals(context, "membership_values"))[...]
        self.init()
        func place(_ index: Int, isLeaf: Int) throws(OnnxFailure) -> Int {
            guard index >= 0, index < (isLeaf != 0 ? targets.count : inner) else {
                throw context.refusal("a node goes on to a node that is not there")
            }
            return isLeaf != 0 ? inner + index : index
        }
        for index in 0..<inner {
            let question: Question
            switch modes[index] {
            case 0: question = .atMost
            case 1: question = .below
            case 2: question = .atLeast
            case 3: question = .above
            case 4: question = .equal
            case 5: question = .unequal
            case 6:
                guard let own = members.popFirst(), !own.isEmpty else {
                    throw context.refusal("a node without the values that it asks for")
                }
                question = .member(own)
            default: throw context.refusal("a node of kind \(modes[index])")
            }
            nodes.append(
                Node(
                    question: question, input: features[index], threshold: splits[index],
                    yes: try place(yes[index], isLeaf: yesLeaves[index]), no: try place(no[index], isLeaf: noLeaves[index]),
                    missingSaysYes: missing.isEmpty ? false : missing[index] != 0))
        }
        for index in targets.indices {
            guard (0..<outputs).contains(targets[index]) else {
                throw context.refusal("a weight of output \(targets[index]) of \(outputs)")
            }
            nodes.append(Node(question: .leaf, input: 0, threshold: 0, yes: -1, no: -1, missingSaysYes: false, leaf: index))
            weights.append(Weight(leaf: index, output: targets[index], value: values[index]))
        }
        leaves = targets.count
        for root in context.integers("tree_roots") {
            guard (0..<inner).contains(root) else { throw context.refusal("a root that is not there") }
            // A tree of one leaf is written as a node both of whose ways lead to that leaf.
            roots.append(nodes[root].yes == nodes[root].no && nodes[root].yes >= inner ? nodes[root].yes : root)
        }
    }

    private init() {}

    /// Lists of values, each of which ends with what is no number.
    private static func members(_ values: [Double]) -> [[Double]] {
        var (lists, last): ([[Double]], [Double]) = ([], [])
        for value in values {
            if value.isNaN {
                lists.append(last)
                last = []
            } else {
                last.append(value)
            }
        }
        if !last.isEmpty { lists.append(last) }
        return lists
    }
}
