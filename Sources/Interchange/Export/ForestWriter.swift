import Learning

/// Trees inside a graph, as a `TreeEnsembleRegressor` of double precision.
struct ForestWriter {
    private let forest: ForestForm
    private let type: ElementType
    /// Place of each input among those that are used.
    private var places: [Int: Int] = [:]
    private var trees: [Int] = []
    private var ids: [Int] = []
    private var features: [Int] = []
    private var modes: [String] = []
    private var values: [Double] = []
    private var yes: [Int] = []
    private var no: [Int] = []
    private var missing: [Int] = []
    private var weights: [(tree: Int, node: Int, output: Int, value: Double)] = []

    /// Adds the trees to a graph: raw scores, `[rows, outputs]`, of single precision, since the operator has no other.
    static func add(
        _ forest: ForestForm, _ prepared: PreparedColumns, type: ElementType, _ graph: inout GraphWriter
    ) -> String {
        var writer = ForestWriter(forest: forest, type: type)
        let matrix = writer.matrix(prepared, &graph)
        for (tree, root) in forest.roots.enumerated() { writer.add(tree, root) }
        return graph.add("TreeEnsembleRegressor", [matrix], writer.attributes, domain: "ai.onnx.ml")
    }

    private init(forest: ForestForm, type: ElementType) {
        self.forest = forest
        self.type = type
    }

    /// The inputs that nodes ask for: numbers, the bins of categories, the parts of times.
    private mutating func matrix(_ prepared: PreparedColumns, _ graph: inout GraphWriter) -> String {
        let used = Set(forest.nodes.map(\.input)).sorted()
        var pieces: [String] = []
        for input in used {
            places[input] = pieces.count
            if input >= prepared.columns.count {
                let (time, part) = ((input - prepared.columns.count) / 3, (input - prepared.columns.count) % 3)
                if case .time(let parts) = prepared.columns[forest.times[time]] { pieces.append(parts[part].value) }
                continue
            }
            switch prepared.columns[input] {
            case .number(let number): pieces.append(number.value)
            case .time(let parts): pieces.append(parts[0].value)
            case .category(let name):
                let texts = forest.texts[input] ?? []
                let shares = PreparedColumns.shares(of: name, texts: texts, &graph)
                // Missing is the last bin, any other text the one before.
                let bins = texts.indices.map { Double($0) } + [Double(texts.count + 1), Double(texts.count)]
                pieces.append(graph.add("MatMul", [shares, graph.matrix(bins.count, bins)]))
            }
        }
        if pieces.isEmpty { pieces = [Self.anything(prepared, &graph)] }
        return graph.beside(pieces)
    }

    /// For trees that are leaves and ask nothing.
    private static func anything(_ prepared: PreparedColumns, _ graph: inout GraphWriter) -> String {
        switch prepared.columns.first {
        case .category(let name): PreparedColumns.shares(of: name, texts: [], &graph)
        case .number(let number): number.value
        case .time(let parts): parts[0].value
        case nil: ""
        }
    }

    private mutating func node(_ tree: Int, _ id: Int, leaf: Bool) -> Int {
        trees.append(tree)
        ids.append(id)
        features.append(0)
        modes.append(leaf ? "LEAF" : "BRANCH_LEQ")
        values.append(0)
        yes.append(0)
        no.append(0)
        missing.append(0)
        return ids.count - 1
    }

    /// Adds a tree: a node a threshold, a chain of nodes a set of bins, whose leaves and subtrees several of the chain lead to.
    private mutating func add(_ tree: Int, _ root: Int) {
        let output = tree % forest.base.count
        var next = 0
        var pending: [(child: Int, ways: [(place: Int, isYes: Bool)])] = [(root, [])]
        while let item = pending.popLast() {
            let id = next
            for way in item.ways { if way.isYes { yes[way.place] = id } else { no[way.place] = id } }
            guard item.child >= 0 else {
                next += 1
                _ = node(tree, id, leaf: true)
                weights.append((tree, id, output, forest.leaves[-item.child - 1]))
                continue
            }
            let own = forest.nodes[item.child]
            var (left, right): ([(place: Int, isYes: Bool)], [(place: Int, isYes: Bool)]) = ([], [])
            for question in Self.questions(own, isSingle: type == .float) {
                let place = node(tree, next, leaf: false)
                next += 1
                features[place] = places[own.input] ?? 0
                values[place] = question.threshold
                missing[place] = own.missingIsLeft ? 1 : 0
                if question.isLeft { left.append((place, true)) } else { right.append((place, true)) }
                if question.isLast {
                    if question.isLeft { right.append((place, false)) } else { left.append((place, false)) }
                } else {
                    no[place] = next
                }
            }
            pending.append((own.right, right))
            pending.append((own.left, left))
        }
    }

    private struct Question {
        var threshold: Double
        /// Where values up to the threshold go.
        var isLeft: Bool
        var isLast: Bool
    }

    /// One threshold of a number; of a set of bins one for each stretch of bins that go the same way.
    private static func questions(_ node: ForestForm.Node, isSingle: Bool) -> [Question] {
        guard let bins = node.bins else {
            // Values that came in single precision are compared with the threshold as such a value would be.
            let rounded = Double(Float(node.threshold))
            let threshold = isSingle && rounded.isFinite ? rounded : node.threshold
            return [Question(threshold: threshold, isLeft: true, isLast: true)]
        }
        var questions: [Question] = []
        for bin in bins.indices.dropLast() where bins[bin] != bins[bin + 1] {
            questions.append(Question(threshold: Double(bin) + 0.5, isLeft: bins[bin], isLast: false))
        }
        // All the same way: a question whose answer is always yes.
        if questions.isEmpty { questions = [Question(threshold: Double(bins.count), isLeft: bins.first ?? true, isLast: true)] }
        questions[questions.count - 1].isLast = true
        return questions
    }

    private var attributes: [String: OnnxAttribute] {
        func doubles(_ values: [Double]) -> OnnxAttribute { OnnxAttribute(OnnxTensor(shape: [values.count], elements: .doubles(values))) }
        return [
            "n_targets": OnnxAttribute(forest.base.count), "post_transform": OnnxAttribute("NONE"),
            "base_values_as_tensor": doubles(forest.base), "nodes_treeids": OnnxAttribute(trees), "nodes_nodeids": OnnxAttribute(ids),
            "nodes_featureids": OnnxAttribute(features), "nodes_modes": OnnxAttribute(modes), "nodes_values_as_tensor": doubles(values),
            "nodes_truenodeids": OnnxAttribute(yes), "nodes_falsenodeids": OnnxAttribute(no),
            "nodes_missing_value_tracks_true": OnnxAttribute(missing), "target_treeids": OnnxAttribute(weights.map(\.tree)),
            "target_nodeids": OnnxAttribute(weights.map(\.node)), "target_ids": OnnxAttribute(weights.map(\.output)),
            "target_weights_as_tensor": doubles(weights.map(\.value)),
        ]
    }
}
