/// Arithmetic and functions of numbers, one by one.
enum ElementwiseOperators {
    static let table: [String: OperatorSpec] = [
        "Add": pair([1, 6, 7, 13, 14], .add), "Sub": pair([1, 6, 7, 13, 14], .subtract), "Mul": pair([1, 6, 7, 13, 14], .multiply),
        "Div": pair([1, 6, 7, 13, 14], .divide),
        "Pow": OperatorSpec([1, 7, 12, 13, 15], from: 7) { context throws(OnnxFailure) in try power(context) },
        "Max": several([1, 6, 8, 12, 13], .larger), "Min": several([1, 6, 8, 12, 13], .smaller), "Sum": several([1, 6, 8, 13], .add),
        "Mean": OperatorSpec([1, 6, 8, 13], from: 8) { context throws(OnnxFailure) in try mean(context) },
        "Abs": single([1, 6, 13], .absolute), "Neg": single([1, 6, 13], .negate), "Sqrt": single([1, 6, 13], .root),
        "Exp": single([1, 6, 13], .exponential), "Log": single([1, 6, 13], .logarithm), "Relu": single([1, 6, 13, 14], .rectify),
        "Sigmoid": single([1, 6, 13], .sigmoid), "Tanh": single([1, 6, 13], .hyperbolicTangent),
        "Erf": single([9, 13], from: 9, .errorFunction), "Reciprocal": single([1, 6, 13], .reciprocal),
        "Floor": single([1, 6, 13], .floor), "Ceil": single([1, 6, 13], .ceiling), "Round": single([11, 22], from: 11, .round),
        "Sign": single([9, 13], from: 9, .sign), "Softplus": single([1, 22], from: 1, .softplus),
        "Softsign": single([1, 22], from: 1, .softsign), "LeakyRelu": leaning([1, 6, 16], .leaky, alpha: 0.01),
        "Elu": leaning([1, 6, 22], .exponentialLinear, alpha: 1), "Selu": selu, "HardSigmoid": hardSigmoid,
        "Gelu": OperatorSpec([20], from: 20) { context throws(OnnxFailure) in
            let words = ["none": RealOperation.gaussian, "tanh": .gaussianApproximate]
            guard let operation = words[context.text("approximate", "none")] else {
                throw context.refusal("an approximation of another kind")
            }
            return try real(context, operation)
        },
        "Clip": OperatorSpec([1, 6, 11, 12, 13], from: 6) { context throws(OnnxFailure) in try clip(context) },
    ]

    private static let selu = OperatorSpec([1, 6, 22], from: 6) { context throws(OnnxFailure) in
        try real(
            context, .scaledExponentialLinear, a: Double(context.float("alpha", 1.673_263_2)), b: Double(context.float("gamma", 1.050_701)))
    }

    private static let hardSigmoid = OperatorSpec([1, 6, 22], from: 6) { context throws(OnnxFailure) in
        try real(context, .hardSigmoid, a: Double(context.float("alpha", 0.2)), b: Double(context.float("beta", 0.5)))
    }

    private static func pair(_ versions: [Int], _ operation: RealOperation) -> OperatorSpec {
        // Versions 1 and 6 stretched shapes by an attribute.
        OperatorSpec(versions, from: 7) { context throws(OnnxFailure) in
            let inputs = try context.alike()
            guard inputs.count == 2 else { throw context.refusal("it has \(inputs.count) inputs") }
            return try arithmetic(context, operation, inputs)
        }
    }

    private static func several(_ versions: [Int], _ operation: RealOperation) -> OperatorSpec {
        OperatorSpec(versions, from: 8) { context throws(OnnxFailure) in try arithmetic(context, operation, try context.alike()) }
    }

    private static func single(_ versions: [Int], from least: Int = 6, _ operation: RealOperation) -> OperatorSpec {
        OperatorSpec(versions, from: least) { context throws(OnnxFailure) in
            let input = try context.input(0)
            if input.type.isReal { return try real(context, operation) }
            guard input.type == .int64 || input.type == .int32, let whole = WholeKernel.Operation(operation), whole.isOfOne else {
                throw context.refusal("it reads \(input.type.name)")
            }
            return BuiltNode(WholeKernel(operation: whole, type: input.type, inputs: [input.slot], output: context.output), input.type)
        }
    }

    private static func leaning(_ versions: [Int], _ operation: RealOperation, alpha: Float) -> OperatorSpec {
        OperatorSpec(versions, from: 6) { context throws(OnnxFailure) in
            try real(context, operation, a: Double(context.float("alpha", alpha)))
        }
    }

    private static func real(
        _ context: NodeContext, _ operation: RealOperation, a: Double = 0, b: Double = 0
    ) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0, .float, .double)
        let program = RealProgram(operation, input.slot, a: a, b: b)
        return BuiltNode(RealKernel(program: program, type: input.type, output: context.output), input.type)
    }

    private static func arithmetic(
        _ context: NodeContext, _ operation: RealOperation, _ inputs: [ValueInfo]
    ) throws(OnnxFailure) -> BuiltNode {
        let type = inputs[0].type
        guard type.isNumber else { throw context.refusal("it reads \(type.name)") }
        if inputs.count == 1 { return BuiltNode(AliasKernel(input: inputs[0].slot, output: context.output), type) }
        if type.isReal {
            guard inputs.count <= RealProgram.mostLeaves else { return try manyFold(context, operation, inputs) }
            return BuiltNode(
                RealKernel(program: RealProgram(operation, all: inputs.map(\.slot)), type: type, output: context.output), type)
        }
        guard let whole = WholeKernel.Operation(operation) else { throw context.refusal("it reads \(type.name)") }
        return BuiltNode(WholeKernel(operation: whole, type: type, inputs: inputs.map(\.slot), output: context.output), type)
    }

    /// A sum of a hundred values: too many to have in hand at once.
    private static func manyFold(
        _ context: NodeContext, _ operation: RealOperation, _ inputs: [ValueInfo]
    ) throws(OnnxFailure) -> BuiltNode {
        BuiltNode(
            FoldKernel(operation: operation, type: inputs[0].type, inputs: inputs.map(\.slot), output: context.output), inputs[0].type)
    }

    private static func power(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let base = try context.input(0, .float, .double, .int32, .int64)
        let exponent = try context.input(1, .float, .double, .int32, .int64)
        if base.type.isReal, base.type == exponent.type { return try arithmetic(context, .power, [base, exponent]) }
        return BuiltNode(
            MixedPowerKernel(
                base: base.slot, exponent: exponent.slot, baseType: base.type, exponentType: exponent.type, output: context.output),
            base.type
        )
    }

    private static func mean(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let inputs = try context.alike()
        try context.check(inputs[0], [.float, .double])
        return BuiltNode(
            FoldKernel(operation: .add, type: inputs[0].type, inputs: inputs.map(\.slot), output: context.output, divisor: inputs.count),
            inputs[0].type)
    }

    private static func clip(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0)
        guard context.version >= 11 else {
            let least = Double(context.float("min", -.greatestFiniteMagnitude))
            let most = Double(context.float("max", .greatestFiniteMagnitude))
            return try real(context, .clip, a: least, b: most)
        }
        // Bounds are inputs: a chain of the larger of two and the smaller of two, whose operands but one are leaves.
        let bounds = (1...2).map { index in context.optional(index) }
        for bound in bounds { if let bound, bound.type != input.type { throw context.refusal("its bounds are of another type") } }
        guard input.type.isReal else {
            guard input.type.isNumber else { throw context.refusal("it reads \(input.type.name)") }
            return BuiltNode(
                WholeClipKernel(
                    input: input.slot, type: input.type, least: bounds[0]?.slot, most: bounds[1]?.slot, output: context.output), input.type)
        }
        var program = RealProgram(.larger, all: [input.slot])
        if let least = bounds[0] { program = RealProgram(.larger, all: [input.slot, least.slot]) }
        if let most = bounds[1] {
            program.leaves.append(most.slot)
            let last = program.steps.isEmpty ? 0 : program.leaves.count
            program.steps.append(RealProgram.Step(operation: .smaller, first: last, second: program.leaves.count - 1))
        }
        if program.steps.isEmpty { return BuiltNode(AliasKernel(input: input.slot, output: context.output), input.type) }
        return BuiltNode(RealKernel(program: program, type: input.type, output: context.output), input.type)
    }
}
