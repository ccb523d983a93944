/// Ensembles of trees.
enum TreeOperators {
    static let table: [String: OperatorSpec] = [
        "TreeEnsembleRegressor": OperatorSpec([1, 3, 5], from: 1) { context throws(OnnxFailure) in
            let outputs = context.integer("n_targets", 1)
            guard (1...1 << 20).contains(outputs) else { throw context.refusal("\(outputs) targets") }
            return try regressor(context, TreeSource(context, prefix: "target", outputs: outputs), outputs)
        },
        "TreeEnsemble": OperatorSpec([5], from: 5) { context throws(OnnxFailure) in
            let outputs = context.integer("n_targets", 1)
            guard (1...1 << 20).contains(outputs) else { throw context.refusal("\(outputs) targets") }
            return try regressor(context, TreeSource(ensemble: context, outputs: outputs), outputs)
        },
        "TreeEnsembleClassifier": OperatorSpec([1, 3, 5], from: 1) { context throws(OnnxFailure) in try classifier(context) },
    ]

    private static let transforms: [PostTransform] = [.none, .softmax, .logistic, .softmaxZero, .probit]

    private static func regressor(_ context: NodeContext, _ source: TreeSource, _ outputs: Int) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0, .float, .double, .int64, .int32)
        let post: PostTransform
        var divisor = 1.0
        if context.node.operation == "TreeEnsemble" {
            let number = context.integer("post_transform", 0)
            guard transforms.indices.contains(number) else { throw context.refusal("a transform of another kind") }
            post = transforms[number]
            let aggregate = context.integer("aggregate_function", 1)
            guard aggregate < 2, aggregate >= 0 else { throw context.refusal("least or largest answers of its trees") }
            if aggregate == 0 { divisor = Double(max(1, source.roots.count)) }
        } else {
            post = try LinearOperators.post(context)
            switch context.text("aggregate_function", "SUM") {
            case "SUM": break
            case "AVERAGE": divisor = Double(max(1, source.roots.count))
            default: throw context.refusal("least or largest answers of its trees")
            }
        }
        let base = try TreeSource.reals(context, "base_values")
        guard base.isEmpty || base.count == outputs else { throw context.refusal("\(base.count) base values for \(outputs) targets") }
        let core = TreeCore(try ForestBuilder.build(source, outputs: outputs, context), input: input.slot, divisor: divisor)
        // As a tensor of doubles goes in, a `TreeEnsemble` gives doubles.
        let type: ElementType = context.node.operation == "TreeEnsemble" && input.type == .double ? .double : .float
        return BuiltNode(TreeRegressorKernel(core: core, base: base, post: post, type: type, output: context.output), type)
    }

    private static func classifier(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0, .float, .double, .int64, .int32)
        let labels = ClassLabels(context, texts: "classlabels_strings", numbers: "classlabels_int64s")
        let classes = labels.count
        guard (1...1 << 20).contains(classes) else { throw context.refusal("\(classes) classes") }
        let source = try TreeSource(context, prefix: "class", outputs: classes)
        let base = try TreeSource.reals(context, "base_values")
        guard [0, 1, classes].contains(base.count) else { throw context.refusal("\(base.count) base values for \(classes) classes") }
        let rule = BinaryRule(source, classes: classes)
        let core: TreeCore
        if rule == nil {
            core = TreeCore(try ForestBuilder.build(source, outputs: classes, context), input: input.slot, divisor: 1)
        } else {
            var single = source
            for index in single.weights.indices { single.weights[index].output = 0 }
            core = TreeCore(try ForestBuilder.build(single, outputs: 1, context), input: input.slot, divisor: 1)
        }
        let kernel = TreeClassifierKernel(
            core: core, classes: classes, base: base, rule: rule, labels: labels, post: try LinearOperators.post(context),
            label: context.outputs[0], scores: context.outputs.count > 1 ? context.outputs[1] : nil)
        return BuiltNode(kernel, labels.type, .float)
    }
}

/// How two classes are told apart by trees that speak of one of them alone.
struct BinaryRule: Equatable, Sendable {
    /// Whether no weight is negative: the sum is a share then, else a margin.
    var isShare: Bool
    /// Whether the trees speak of the second class.
    var isOfSecond: Bool

    /// Nil where trees speak of several classes.
    init?(_ source: TreeSource, classes: Int) {
        guard classes <= 2, let first = source.weights.first, source.weights.allSatisfy({ $0.output == first.output }) else { return nil }
        isShare = source.weights.allSatisfy { $0.value >= 0 }
        isOfSecond = first.output == 1
    }
}
