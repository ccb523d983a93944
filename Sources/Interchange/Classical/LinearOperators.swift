/// Linear models and support vector machines.
enum LinearOperators {
    static let table: [String: OperatorSpec] = [
        "LinearRegressor": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let targets = context.integer("targets", 1)
            return BuiltNode(
                LinearRegressorKernel(
                    input: try numbers(context), weights: try weights(context, lines: targets), post: try post(context),
                    output: context.output), .float)
        },
        "LinearClassifier": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let labels = ClassLabels(context, texts: "classlabels_strings", numbers: "classlabels_ints")
            let intercepts = context.floats("intercepts").count
            let lines = intercepts > 0 ? intercepts : max(1, labels.count)
            let kernel = LinearClassifierKernel(
                input: try numbers(context), weights: try weights(context, lines: lines), labels: labels, post: try post(context),
                label: context.outputs[0], scores: context.outputs.count > 1 ? context.outputs[1] : nil)
            return BuiltNode(kernel, labels.type, .float)
        },
        "SVMRegressor": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let vectors = try supports(context, count: context.integer("n_supports", 0))
            guard let rho = context.floats("rho").first else { throw context.refusal("it has no rho") }
            let coefficients = context.floats("coefficients")
            guard coefficients.count == (vectors.count > 0 ? vectors.count : vectors.features) else {
                throw context.refusal("\(coefficients.count) coefficients for \(vectors.count) vectors")
            }
            return BuiltNode(
                SupportRegressorKernel(
                    input: try numbers(context), vectors: vectors, coefficients: coefficients, rho: rho,
                    isOneClass: context.integer("one_class", 0) != 0, post: try post(context), output: context.output), .float)
        },
        "SVMClassifier": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in try supportClassifier(context) },
    ]

    private static func numbers(_ context: NodeContext) throws(OnnxFailure) -> Int {
        try context.input(0, .float, .double, .int64, .int32).slot
    }

    /// What is done to the scores.
    static func post(_ context: NodeContext) throws(OnnxFailure) -> PostTransform {
        guard let post = PostTransform(rawValue: context.text("post_transform", "NONE")) else {
            throw context.refusal("a transform of another kind")
        }
        return post
    }

    private static func weights(_ context: NodeContext, lines: Int) throws(OnnxFailure) -> PackedWeights {
        let (coefficients, intercepts) = (context.floats("coefficients"), context.floats("intercepts"))
        guard lines > 0, lines <= 1 << 20, !coefficients.isEmpty, coefficients.count % lines == 0,
            intercepts.isEmpty || intercepts.count == lines
        else { throw context.refusal("\(coefficients.count) coefficients and \(intercepts.count) intercepts for \(lines) targets") }
        return PackedWeights(coefficients, intercepts, lines: lines)
    }

    private static func supports(_ context: NodeContext, count: Int) throws(OnnxFailure) -> SupportVectors {
        let kernels = ["LINEAR": SupportVectors.Kind.linear, "POLY": .polynomial, "RBF": .radial, "SIGMOID": .sigmoid]
        guard let kind = kernels[context.text("kernel_type", "LINEAR")] else { throw context.refusal("a kernel of another kind") }
        let parameters = context.floats("kernel_params")
        guard parameters.count == 3 || (parameters.isEmpty && kind == .linear) else { throw context.refusal("it has no kernel parameters") }
        let values = context.floats("support_vectors")
        guard count >= 0, count == 0 || (!values.isEmpty && values.count % count == 0) else {
            throw context.refusal("\(values.count) numbers for \(count) vectors")
        }
        let features = count > 0 ? values.count / count : context.floats("coefficients").count
        return SupportVectors(kind, parameters, values, count: count, features: features)
    }

    private static func supportClassifier(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let labels = ClassLabels(context, texts: "classlabels_strings", numbers: "classlabels_ints")
        let perClass = context.integers("vectors_per_class")
        guard perClass.allSatisfy({ (0...1 << 30).contains($0) }), perClass.count <= 1_024 else {
            throw context.refusal("vectors a class of \(perClass.count) classes")
        }
        let classes = labels.count
        let vectors = try supports(context, count: perClass.reduce(0, +))
        let coefficients = context.floats("coefficients")
        let pairs = classes * (classes - 1) / 2
        let (rho, proba, probb) = (context.floats("rho"), context.floats("prob_a"), context.floats("prob_b"))
        guard vectors.count > 0, perClass.count == classes, classes >= 2 else {
            throw context.refusal("it has no support vectors of each class")
        }
        guard coefficients.count == vectors.count * (classes - 1), rho.count == pairs, proba.count == probb.count,
            proba.isEmpty || proba.count == pairs
        else { throw context.refusal("its coefficients do not fit \(vectors.count) vectors of \(classes) classes") }
        let kernel = SupportClassifierKernel(
            input: try numbers(context), vectors: vectors, perClass: perClass, coefficients: coefficients, rho: rho, proba: proba,
            probb: probb, labels: labels, post: try post(context), label: context.outputs[0],
            scores: context.outputs.count > 1 ? context.outputs[1] : nil)
        return BuiltNode(kernel, labels.type, .float)
    }
}

/// Weights as products read them: `[features, lines]`, with an intercept a line.
struct PackedWeights: Sendable {
    let features: Int
    let lines: Int
    let values: [Float]
    let intercepts: [Float]

    /// Of weights that lie as `[lines, features]`.
    init(_ coefficients: [Float], _ intercepts: [Float], lines: Int) {
        features = coefficients.count / lines
        self.lines = lines
        var values = coefficients
        for line in 0..<lines { for feature in 0..<features { values[feature * lines + line] = coefficients[line * features + feature] } }
        self.values = values
        self.intercepts = intercepts.isEmpty ? [Float](repeating: 0, count: lines) : intercepts
    }

    /// Scores of some rows, `[rows, lines]`.
    func score(_ frame: Frame, _ input: Int, _ shape: RowsShape, to target: UnsafeMutablePointer<Float>) throws(OnnxFault) {
        guard shape.columns == features else { throw .shape("\(shape.columns) columns for \(features) weights") }
        intercepts.withUnsafeBufferPointer { intercepts in
            guard let base = intercepts.baseAddress else { return }
            for row in 0..<shape.rows { (target + row * lines).update(from: base, count: lines) }
        }
        values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            if frame.type(input) == .float {
                RowProducts.add(
                    frame.read(input, as: Float.self), values, to: target, rows: shape.rows, inner: features, columns: lines)
                return
            }
            let reader = NumberReader(frame, input)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, features)) { room in
                guard let room = room.baseAddress else { return }
                for row in 0..<shape.rows {
                    reader.copy(from: row * features, count: features, to: room)
                    RowProducts.add(room, values, to: target + row * lines, rows: 1, inner: features, columns: lines)
                }
            }
        }
    }
}

/// Weighted sums.
struct LinearRegressorKernel: Kernel {
    let input: Int
    let weights: PackedWeights
    let post: PostTransform
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try RowsShape(frame.shape(input))
        let to = try frame.make(output, .float, Shape(rows: shape.rows, columns: weights.lines), as: Float.self)
        try weights.score(frame, input, shape, to: to)
        if post != .none { for row in 0..<shape.rows { post.apply(to + row * weights.lines, weights.lines) } }
    }
}

/// Weighted sums a class, and the class of the largest.
struct LinearClassifierKernel: Kernel {
    let input: Int
    let weights: PackedWeights
    let labels: ClassLabels
    let post: PostTransform
    let label: Int
    let scores: Int?

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try RowsShape(frame.shape(input))
        let lines = weights.lines
        // One score for two classes: the first one's is its complement.
        let isSingle = lines == 1 && labels.count == 2
        let columns = isSingle ? 2 : lines
        let names = try frame.make(label, labels.type, Shape(shape.rows))
        guard shape.rows * columns <= 1 << 26 else { throw .tooLarge(shape.rows * columns) }
        let target = try scores.map { slot throws(OnnxFault) in
            try frame.make(slot, .float, Shape(rows: shape.rows, columns: columns), as: Float.self)
        }
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: target == nil || isSingle ? max(1, shape.rows * lines) : 1) {
            room throws(OnnxFault) in
            guard let base = room.baseAddress else { return }
            let raw = isSingle ? base : target ?? base
            try weights.score(frame, input, shape, to: raw)
            for row in 0..<shape.rows { finish(raw + row * lines, row, names, target.map { $0 + row * columns }, isSingle) }
        }
    }

    @inline(__always)
    private func finish(
        _ raw: UnsafeMutablePointer<Float>, _ row: Int, _ names: UnsafeMutableRawPointer, _ target: UnsafeMutablePointer<Float>?,
        _ isSingle: Bool
    ) {
        let lines = weights.lines
        var best = 0
        if lines == 1 {
            best = raw[0] > 0 ? 1 : 0
        } else {
            for line in 1..<lines where raw[line] > raw[best] { best = line }
        }
        labels.write(best, at: row, to: names)
        guard let target else { return }
        if isSingle {
            // The logistic function is the only one that ONNX Runtime takes of a single score.
            target[1] = post == .logistic ? PostTransform.logistic(raw[0]) : raw[0]
            target[0] = 1 - target[1]
        } else {
            post.apply(target, lines)
        }
    }
}
