import Tabular

/// Boosted trees as they are kept and served: all nodes in flat arrays, thresholds as raw values.
struct TreeEnsemble: FittedAlgorithm {
    static let name = BoostedTrees.name
    /// What stands for the task of a number whose scores are logarithms.
    private static let logarithmic = "regression, logarithmic"
    let binning: Binning
    /// The constant scores, one an output; tree *i* adds to output *i* modulo their number.
    let base: [Double]
    let task: PredictionTask
    /// Whether scores of a number are logarithms.
    let isLogarithmic: Bool
    /// First node of each tree; negative: the tree is the leaf −root − 1.
    let roots: [Int32]
    /// Input of each node: `TreeInputs`.
    let features: [Int32]
    /// Numeric: values up to this go left.
    let thresholds: [Double]
    /// Bits: 1, missing values go left; 2, a category split.
    let flags: [Int32]
    /// Category splits: position of the node's 256 bits in `sets`.
    let setIndex: [Int32]
    let sets: [UInt64]
    let left: [Int32]
    let right: [Int32]
    let leaves: [Double]
    let gains: [Double]
    /// How much the training rows of each leaf count in an average.
    let covers: [Double]
    let notes: [String]

    /// Flattens trees, behind those of an ensemble with the same bins.
    init(
        binning: Binning, base: [Double], task: PredictionTask, isLogarithmic: Bool = false, after first: TreeEnsemble?, trees: [GrownTree],
        notes: [String]
    ) {
        self.isLogarithmic = isLogarithmic
        self.binning = binning
        self.base = base
        self.task = task
        self.notes = notes
        var flat = first.map(FlatTrees.init) ?? FlatTrees()
        for tree in trees { flat.append(tree, binning) }
        roots = flat.roots
        features = flat.features
        thresholds = flat.thresholds
        flags = flat.flags
        setIndex = flat.setIndex
        sets = flat.sets
        left = flat.left
        right = flat.right
        leaves = flat.leaves
        gains = flat.gains
        covers = flat.covers
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.text(isLogarithmic ? Self.logarithmic : task.rawValue)
        writer.reals(base)
        for feature in binning.features {
            writer.integer(feature == nil ? 0 : feature?.isCategorical == true ? 2 : 1)
            writer.reals(feature?.edges ?? [])
            writer.texts(feature?.texts ?? [])
        }
        for values in [roots, features, flags, setIndex, left, right] { writer.integers(values) }
        writer.words(sets)
        for values in [thresholds, leaves, gains, covers] { writer.reals(values) }
    }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        let kind = try reader.text()
        isLogarithmic = kind == Self.logarithmic
        guard let task = isLogarithmic ? .regression : PredictionTask(rawValue: kind), BoostedTrees.tasks.contains(task) else {
            throw .corruptArtefact("its task is not known")
        }
        self.task = task
        base = try reader.reals()
        var bins: [Binning.FeatureBins?] = []
        let inputs = TreeInputs(schema)
        for _ in 0..<inputs.count {
            let kind = try reader.integer(in: 0...2)
            let edges = try reader.reals()
            let texts = try reader.texts()
            guard edges.count <= 254, texts.count <= 254 else { throw .corruptArtefact("a feature has too many bins") }
            bins.append(kind == 0 ? nil : Binning.FeatureBins(isCategorical: kind == 2, edges: edges, texts: texts))
        }
        binning = Binning(features: bins)
        roots = try reader.integers()
        features = try reader.integers()
        flags = try reader.integers()
        setIndex = try reader.integers()
        left = try reader.integers()
        right = try reader.integers()
        sets = try reader.words()
        thresholds = try reader.reals()
        leaves = try reader.reals()
        gains = try reader.reals()
        covers = try reader.reals()
        notes = []
        try check(inputs: inputs.count, outputs: task == .multiclass ? schema.target.classes.count : 1)
    }

    /// Whatever the bytes: every index lies inside, and every child after its parent, so that no walk can run out or in circles.
    private func check(inputs: Int, outputs: Int) throws(LearningFailure) {
        let nodes = features.count
        guard [thresholds.count, flags.count, setIndex.count, left.count, right.count, gains.count].allSatisfy({ $0 == nodes }),
            base.count == outputs, outputs > 0, roots.count % outputs == 0, base.allSatisfy(\.isFinite), leaves.allSatisfy(\.isFinite),
            covers.count == leaves.count, covers.allSatisfy({ $0 >= 0 && $0.isFinite })
        else { throw .corruptArtefact("its trees do not fit together") }
        func isChild(_ child: Int32, after node: Int) -> Bool {
            child < 0 ? -Int(child) - 1 < leaves.count : Int(child) > node && Int(child) < nodes
        }
        for node in 0..<nodes {
            let feature = Int(features[node])
            guard feature >= 0, feature < inputs, let bins = binning.features[feature], (0...3).contains(flags[node]),
                isChild(left[node], after: node), isChild(right[node], after: node), bins.isCategorical == (flags[node] & 2 != 0),
                flags[node] & 2 == 0 || (setIndex[node] >= 0 && Int(setIndex[node]) + 4 <= sets.count)
            else { throw .corruptArtefact("node \(node) of its trees is impossible") }
        }
        guard roots.allSatisfy({ isChild($0, after: -1) }) else { throw .corruptArtefact("a tree without a root") }
        try checkShape()
    }

    /// Nodes and leaves with one parent each, and no depth that a walk could not come back from.
    private func checkShape() throws(LearningFailure) {
        let nodes = features.count
        var depths = [Int32](repeating: 0, count: nodes)
        var isTaken = [Bool](repeating: false, count: nodes + leaves.count)
        for root in roots { try Self.take(root, 1, nodes: nodes, &depths, &isTaken) }
        for node in 0..<nodes {
            let depth = depths[node] + 1
            try Self.take(left[node], depth, nodes: nodes, &depths, &isTaken)
            try Self.take(right[node], depth, nodes: nodes, &depths, &isTaken)
        }
    }

    /// A child is found by one parent, at a depth of its own.
    private static func take(
        _ child: Int32, _ depth: Int32, nodes: Int, _ depths: inout [Int32], _ isTaken: inout [Bool]
    ) throws(LearningFailure) {
        let place = child >= 0 ? Int(child) : nodes - Int(child) - 1
        guard !isTaken[place], depth <= TreeSHAP.deepest else { throw .corruptArtefact("its nodes are no trees") }
        isTaken[place] = true
        if child >= 0 { depths[Int(child)] = depth }
    }

    func predictor(schema: Schema, categories: Categories) -> any Predictor { walker(schema, categories) }

    func explainer(schema: Schema, categories: Categories) -> (any Explainer)? {
        let inputs = TreeInputs(schema)
        return TreeExplainer(self, walker(schema, categories), inputs)
    }

    /// Gives scores before the logistic or softmax function.
    func rawPredictor(schema: Schema, categories: Categories) -> TreePredictor {
        TreePredictor(ensemble: self, inputs: TreeInputs(schema), codes: binning.bind(categories, schema), isRaw: true)
    }

    private func walker(_ schema: Schema, _ categories: Categories) -> TreePredictor {
        TreePredictor(ensemble: self, inputs: TreeInputs(schema), codes: binning.bind(categories, schema))
    }

    /// The sum of the gains of a feature's splits.
    func importance(schema: Schema) -> [Double] {
        var result = [Double](repeating: 0, count: schema.width)
        let inputs = TreeInputs(schema)
        for (input, gain) in zip(features, gains) where gain.isFinite && gain > 0 { result[inputs.feature(of: Int(input))] += gain }
        return result
    }
}

/// Collects grown trees into flat arrays.
private struct FlatTrees {
    var roots: [Int32] = []
    var features: [Int32] = []
    var thresholds: [Double] = []
    var flags: [Int32] = []
    var setIndex: [Int32] = []
    var sets: [UInt64] = []
    var left: [Int32] = []
    var right: [Int32] = []
    var leaves: [Double] = []
    var gains: [Double] = []
    var covers: [Double] = []

    init() {}

    init(_ ensemble: TreeEnsemble) {
        roots = ensemble.roots
        features = ensemble.features
        thresholds = ensemble.thresholds
        flags = ensemble.flags
        setIndex = ensemble.setIndex
        sets = ensemble.sets
        left = ensemble.left
        right = ensemble.right
        leaves = ensemble.leaves
        gains = ensemble.gains
        covers = ensemble.covers
    }

    mutating func append(_ tree: GrownTree, _ binning: Binning) {
        let nodeBase = Int32(features.count)
        let leafBase = Int32(leaves.count)
        func child(_ index: Int) -> Int32 { index < 0 ? Int32(index) - leafBase : Int32(index) + nodeBase }
        roots.append(tree.isStump ? -leafBase - 1 : nodeBase)
        for (split, children) in zip(tree.splits, tree.children) {
            let isCategorical = binning.features[split.input]?.isCategorical == true
            let edges = binning.features[split.input]?.edges ?? []
            features.append(Int32(split.input))
            // The cut after the last edge parts values from missing ones: every value goes left.
            thresholds.append(isCategorical ? 0 : split.bin < edges.count ? edges[split.bin] : .greatestFiniteMagnitude)
            flags.append((split.missingLeft ? 1 : 0) | (isCategorical ? 2 : 0))
            setIndex.append(isCategorical ? Int32(sets.count) : -1)
            sets += split.left
            left.append(child(children.left))
            right.append(child(children.right))
            gains.append(split.gain)
        }
        leaves += tree.leaves
        covers += tree.covers
    }
}
