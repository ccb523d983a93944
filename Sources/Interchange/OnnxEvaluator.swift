/// A model from elsewhere, read and ready to answer.
///
/// Shared by threads: each evaluation has values of its own.
public final class OnnxEvaluator: Sendable {
    /// What it reads, in the order of the file.
    public let inputs: [OnnxPort]
    /// What it makes, in the order of the file.
    public let outputs: [OnnxPort]
    /// Who wrote it: `skl2onnx 1.20.0`.
    public let producer: String
    /// The version of each domain's operators.
    public let opsets: [String: Int]
    /// What the writer wanted to say besides.
    public let metadata: [String: String]
    /// The operators that it uses, each once, in alphabetical order.
    public let operators: [String]

    private let plan: Plan
    private let pool: FramePool

    /// Reads a model, and checks all of it.
    ///
    /// - Throws: what is wrong with it: no bytes make it trap. Complexity: O(bytes).
    public convenience init(_ bytes: [UInt8], limits: OnnxLimits = OnnxLimits()) throws(OnnxFailure) {
        try self.init(try Self.parse(bytes, limits: limits), outputs: nil, limits: limits)
    }

    /// Parses a file.
    static func parse(_ bytes: [UInt8], limits: OnnxLimits) throws(OnnxFailure) -> OnnxModel {
        // The closure's errors are of that type; the library's signature does not say so.
        let result: Result<OnnxModel, OnnxFailure> = bytes.withUnsafeBytes { bytes in
            do throws(OnnxFailure) { return .success(try OnnxFile.parse(bytes, limits: limits)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Makes ready what some outputs of a model need.
    init(_ model: OnnxModel, outputs wanted: [String]?, limits: OnnxLimits) throws(OnnxFailure) {
        plan = try PlanBuilder.plan(model, outputs: wanted, limits: limits)
        pool = FramePool(plan)
        inputs = plan.inputs.map { OnnxPort(name: $0.name, kind: .tensor($0.type), shape: $0.shape) }
        outputs = plan.outputs.map { output in
            OnnxPort(
                name: output.name, kind: output.keys == nil ? .tensor(output.type) : .other,
                shape: model.outputs.first { $0.name == output.name }?.shape)
        }
        producer = model.producer
        opsets = model.opsets
        metadata = model.metadata
        operators = Set(model.nodes.map { $0.domain == "ai.onnx" ? $0.operation : "\($0.domain).\($0.operation)" }).sorted()
    }

    /// Answers one set of inputs, by name; the answers come in the order of `outputs`.
    ///
    /// - Throws: `.badInput` for one that is missing, of another type or shape; `.evaluation` for what an operator cannot work with.
    public func run(_ given: [String: OnnxTensor]) throws(OnnxFailure) -> [OnnxValue] {
        for name in given.keys where !plan.inputs.contains(where: { $0.name == name }) {
            throw .badInput(name: name, what: "the model has no such input, only \(plan.inputs.map(\.name).joined(separator: ", "))")
        }
        return try pool.with { frame throws(OnnxFailure) in
            for input in plan.inputs { try put(given[input.name], as: input, frame) }
            try plan.run(frame)
            return plan.outputs.map { output in
                let tensor = frame.tensor(output.slot)
                return output.keys.map { .maps(keys: $0, values: tensor) } ?? .tensor(tensor)
            }
        }
    }

    private func put(_ tensor: OnnxTensor?, as input: PlanInput, _ frame: Frame) throws(OnnxFailure) {
        guard let tensor else { throw .badInput(name: input.name, what: "it is not given") }
        guard tensor.elements.type == input.type else {
            throw .badInput(name: input.name, what: "it is \(tensor.elements.type.name): the model reads \(input.type.name)")
        }
        if let shape = input.shape {
            let fits = shape.count == tensor.shape.count && zip(shape, tensor.shape).allSatisfy { $0 == nil || $0 == $1 }
            guard fits else {
                let wanted = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
                throw .badInput(name: input.name, what: "its shape is \(tensor.shape): the model reads [\(wanted)]")
            }
        }
        do { try frame.put(input.slot, tensor) } catch { throw .badInput(name: input.name, what: error.text) }
    }
}

extension OnnxEvaluator {
    /// The names of all operators that are understood, in alphabetical order.
    public static let knownOperators: [String] = ["ai.onnx", "ai.onnx.ml"].flatMap { OperatorTable.operators(of: $0).keys }.sorted()
}
