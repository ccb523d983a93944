/// What changes shapes and moves elements, whatever these are.
enum ShapeOperators {
    private static let later = [19, 21, 23, 24, 25]

    static let table: [String: OperatorSpec] = [
        "Identity": OperatorSpec([1, 13, 14, 16] + later, from: 1) { context throws(OnnxFailure) in
            guard let input = context.optional(0) else { throw context.refusal("it has no input") }
            return BuiltNode(AliasKernel(input: input.slot, output: context.output), input.type, keys: input.keys)
        },
        "Dropout": OperatorSpec([1, 6, 7, 10, 12, 13, 22], from: 7) { context throws(OnnxFailure) in
            guard context.node.outputs.count == 1 else { throw context.refusal("its mask is wanted") }
            if case .booleans(let isTraining) = context.optional(2)?.constant?.elements, isTraining.contains(true) {
                throw context.refusal("it trains")
            }
            let input = try context.input(0)
            return BuiltNode(AliasKernel(input: input.slot, output: context.output), input.type)
        },
        "Reshape": OperatorSpec([1, 5, 13, 14] + later, from: 5) { context throws(OnnxFailure) in
            let (input, shape) = (try context.input(0), try context.input(1, .int64))
            return BuiltNode(
                ReshapeKernel(
                    input: input.slot, shape: shape.slot, keepsZero: context.integer("allowzero", 0) == 0, output: context.output),
                input.type)
        },
        "Flatten": OperatorSpec([1, 9, 11, 13, 21, 23, 24, 25], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0)
            return BuiltNode(
                FlattenKernel(input: input.slot, axis: context.integer("axis", 1), output: context.output), input.type)
        },
        "Squeeze": OperatorSpec([1, 11, 13, 21, 23, 24, 25], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0)
            return BuiltNode(
                SqueezeKernel(input: input.slot, axes: try context.axes(input: 1, attribute: "axes"), output: context.output), input.type)
        },
        "Unsqueeze": OperatorSpec([1, 11, 13, 21, 23, 24, 25], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0)
            guard let axes = try context.axes(input: 1, attribute: "axes") else { throw context.refusal("it has no axes") }
            return BuiltNode(UnsqueezeKernel(input: input.slot, axes: axes, output: context.output), input.type)
        },
        "Shape": OperatorSpec([1, 13, 15] + later, from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0)
            return BuiltNode(
                ShapeKernel(
                    input: input.slot, start: context.integer("start", 0), end: context.integer("end", Shape.mostDimensions),
                    output: context.output), .int64)
        },
        "Constant": OperatorSpec([1, 9, 11, 12, 13] + later, from: 1) { context throws(OnnxFailure) in
            guard let tensor = constant(context) else { throw context.refusal("a constant of another kind") }
            return BuiltNode(ConstantKernel(tensor: tensor, output: context.output), tensor.elements.type)
        },
        "ConstantOfShape": OperatorSpec([9, 20, 21, 23, 24, 25], from: 9) { context throws(OnnxFailure) in
            let value = context.tensor("value") ?? OnnxTensor(shape: [1], elements: .floats([0]))
            guard value.elements.count == 1 else { throw context.refusal("a value of several elements") }
            return BuiltNode(
                FillKernel(shape: try context.input(0, .int64).slot, value: value, output: context.output), value.elements.type)
        },
        "Expand": OperatorSpec([8, 13], from: 8) { context throws(OnnxFailure) in
            let (input, shape) = (try context.input(0), try context.input(1, .int64))
            return BuiltNode(ExpandKernel(input: input.slot, shape: shape.slot, type: input.type, output: context.output), input.type)
        },
        "Transpose": OperatorSpec([1, 13, 21, 23, 24, 25], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0)
            return BuiltNode(
                TransposeKernel(
                    input: input.slot, order: context.has("perm") ? context.integers("perm") : nil, type: input.type, output: context.output
                ),
                input.type)
        },
    ]

    private static func constant(_ context: NodeContext) -> OnnxTensor? {
        if let tensor = context.tensor("value") { return tensor }
        if context.has("value_float") { return OnnxTensor(shape: [], elements: .floats([context.float("value_float", 0)])) }
        if context.has("value_int") { return OnnxTensor(shape: [], elements: .integers([Int64(context.integer("value_int", 0))])) }
        if context.has("value_string") { return OnnxTensor(shape: [], elements: .texts([context.text("value_string", "")])) }
        if context.has("value_floats") {
            let values = context.floats("value_floats")
            return OnnxTensor(shape: [values.count], elements: .floats(values))
        }
        if context.has("value_ints") {
            let values = context.integers("value_ints").map { Int64($0) }
            return OnnxTensor(shape: [values.count], elements: .integers(values))
        }
        if context.has("value_strings") {
            let values = context.texts("value_strings")
            return OnnxTensor(shape: [values.count], elements: .texts(values))
        }
        return nil
    }
}
