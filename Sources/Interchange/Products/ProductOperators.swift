/// Products of matrices.
enum ProductOperators {
    static let table: [String: OperatorSpec] = [
        "Gemm": OperatorSpec([1, 6, 7, 9, 11, 13], from: 7) { context throws(OnnxFailure) in
            let (first, second) = (try context.input(0, .float, .double), try context.input(1, .float, .double))
            let bias = context.optional(2)
            guard first.type == second.type, bias == nil || bias?.type == first.type else {
                throw context.refusal("its inputs are of several types")
            }
            let form = ProductForm(
                isFirstTurned: context.integer("transA", 0) != 0, isSecondTurned: context.integer("transB", 0) != 0,
                alpha: context.float("alpha", 1), beta: context.float("beta", 1))
            return BuiltNode(
                GemmKernel(
                    first: first.slot, second: second.slot, bias: bias?.slot, form: form, type: first.type,
                    packed: PackedMatrix(second.constant, form), output: context.output), first.type)
        },
        "MatMul": OperatorSpec([1, 9, 13], from: 1) { context throws(OnnxFailure) in
            let inputs = try context.alike()
            guard inputs.count == 2 else { throw context.refusal("it has \(inputs.count) inputs") }
            let type = inputs[0].type
            guard type.isNumber else { throw context.refusal("it reads \(type.name)") }
            if let packed = PackedMatrix(inputs[1].constant, ProductForm()) {
                return BuiltNode(
                    GemmKernel(
                        first: inputs[0].slot, second: inputs[1].slot, bias: nil, form: ProductForm(isStacked: true), type: type,
                        packed: packed, output: context.output), type)
            }
            return BuiltNode(
                StackedProductKernel(first: inputs[0].slot, second: inputs[1].slot, type: type, output: context.output), type)
        },
    ]
}

/// How two matrices are multiplied.
struct ProductForm: Sendable {
    var isFirstTurned = false
    var isSecondTurned = false
    var alpha: Float = 1
    var beta: Float = 1
    /// Whether the first one may have more dimensions, whose matrices are each multiplied.
    var isStacked = false

    /// Multiplications that one product may take: some ten seconds.
    private static let mostWork = 1 << 36

    /// Refuses a product that would take longer than anybody waits.
    static func checkWork(_ rows: Int, _ inner: Int, _ columns: Int) throws(OnnxFault) {
        let (lines, isOver) = rows.multipliedReportingOverflow(by: max(1, inner))
        let (work, isFar) = lines.multipliedReportingOverflow(by: max(1, columns))
        guard !isOver, !isFar, work <= mostWork else {
            throw .value("a product of \(rows), \(inner) and \(columns) is more than is worked on")
        }
    }
}

/// A constant matrix of single precision as products read it: line by line of what is summed, the factor included.
struct PackedMatrix: Sendable {
    let inner: Int
    let columns: Int
    let values: [Float]

    /// Nil for what is no constant matrix of single precision.
    init?(_ tensor: OnnxTensor?, _ form: ProductForm) {
        guard let tensor, tensor.shape.count == 2, case .floats(let own) = tensor.elements, !form.isFirstTurned else { return nil }
        let (rows, width) = (tensor.shape[0], tensor.shape[1])
        inner = form.isSecondTurned ? width : rows
        columns = form.isSecondTurned ? rows : width
        var values = own
        if form.isSecondTurned {
            for row in 0..<rows { for column in 0..<width { values[column * rows + row] = own[row * width + column] } }
        }
        if form.alpha != 1 { for index in values.indices { values[index] *= form.alpha } }
        self.values = values
    }
}
