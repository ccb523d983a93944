/// Sums and other figures along dimensions, places of extremes, shares that sum to one.
enum ReductionOperators {
    static let table: [String: OperatorSpec] = [
        "ReduceSum": reduction([1, 11, 13], axesAsInput: 13, .sum), "ReduceMean": reduction([1, 11, 13, 18], axesAsInput: 18, .mean),
        "ReduceMax": reduction([1, 11, 12, 13, 18, 20], axesAsInput: 18, .largest),
        "ReduceMin": reduction([1, 11, 12, 13, 18, 20], axesAsInput: 18, .smallest),
        "ReduceProd": reduction([1, 11, 13, 18], axesAsInput: 18, .product),
        "ReduceSumSquare": reduction([1, 11, 13, 18], axesAsInput: 18, .sumOfSquares),
        "ReduceL1": reduction([1, 11, 13, 18], axesAsInput: 18, .sumOfSizes),
        "ReduceL2": reduction([1, 11, 13, 18], axesAsInput: 18, .rootOfSquares),
        "ReduceLogSum": reduction([1, 11, 13, 18, 28], axesAsInput: 18, .logarithm),
        "ReduceLogSumExp": reduction([1, 11, 13, 18, 28], axesAsInput: 18, .logarithmOfExponentials),
        "ArgMax": extreme(isLargest: true), "ArgMin": extreme(isLargest: false),
        "Softmax": softmax(isLogarithm: false), "LogSoftmax": softmax(isLogarithm: true),
        "LayerNormalization": OperatorSpec([17], from: 17) { context throws(OnnxFailure) in try layerNormalization(context) },
        "BatchNormalization": OperatorSpec([1, 6, 7, 9, 14, 15], from: 7) { context throws(OnnxFailure) in try batchNormalization(context)
        },
    ]

    private static func reduction(_ versions: [Int], axesAsInput: Int, _ figure: ReduceKernel.Figure) -> OperatorSpec {
        OperatorSpec(versions, from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int32, .int64)
            let axes: [Int]? =
                context.version >= axesAsInput
                ? try context.axes(input: 1, attribute: "axes") : context.has("axes") ? context.integers("axes") : nil
            if axes?.isEmpty ?? true, context.version >= axesAsInput, context.integer("noop_with_empty_axes", 0) != 0 {
                return BuiltNode(AliasKernel(input: input.slot, output: context.output), input.type)
            }
            return BuiltNode(
                ReduceKernel(
                    figure: figure, type: input.type, input: input.slot, axes: axes ?? [],
                    keepsDimensions: context.integer("keepdims", 1) != 0,
                    output: context.output), input.type)
        }
    }

    private static func extreme(isLargest: Bool) -> OperatorSpec {
        OperatorSpec([1, 11, 12, 13], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int32, .int64)
            return BuiltNode(
                ExtremeKernel(
                    isLargest: isLargest, isLast: context.integer("select_last_index", 0) != 0, input: input.slot,
                    axis: context.integer("axis", 0), keepsDimensions: context.integer("keepdims", 1) != 0, output: context.output), .int64)
        }
    }

    private static func softmax(isLogarithm: Bool) -> OperatorSpec {
        OperatorSpec([1, 11, 13], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double)
            let isFlattening = context.version < 13
            return BuiltNode(
                SoftmaxKernel(
                    isLogarithm: isLogarithm, type: input.type, input: input.slot, axis: context.integer("axis", isFlattening ? 1 : -1),
                    isFlattening: isFlattening, output: context.output), input.type)
        }
    }

    private static func layerNormalization(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let (input, scale) = (try context.input(0, .float), try context.input(1, .float))
        if let bias = context.optional(2) { try context.check(bias, [.float]) }
        return BuiltNode(
            LayerKernel(
                input: input.slot, scale: scale.slot, bias: context.optional(2)?.slot, axis: context.integer("axis", -1),
                epsilon: Double(context.float("epsilon", 0.000_01)), output: context.output), .float)
    }

    private static func batchNormalization(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        guard context.integer("training_mode", 0) == 0, context.node.outputs.count <= 1 else { throw context.refusal("it trains") }
        guard context.integer("spatial", 1) == 1 else { throw context.refusal("statistics of each place") }
        var slots: [Int] = []
        for index in 0..<5 { slots.append(try context.input(index, .float).slot) }
        return BuiltNode(
            BatchKernel(inputs: slots, epsilon: context.float("epsilon", 0.000_01), output: context.output), .float)
    }
}
