/// Collects the nodes and constants of a model that is written.
struct GraphWriter {
    private(set) var nodes: [OnnxNode] = []
    private(set) var initializers: [OnnxInitializer] = []

    /// The name of a constant.
    mutating func constant(_ name: String, _ shape: [Int], _ elements: OnnxElements) -> String {
        let unique = "\(name)_\(initializers.count)"
        initializers.append(OnnxInitializer(name: unique, tensor: OnnxTensor(shape: shape, elements: elements)))
        return unique
    }

    /// A single double.
    mutating func number(_ value: Double) -> String { constant("number", [], .doubles([value])) }

    /// A row of doubles.
    mutating func line(_ values: [Double]) -> String { constant("line", [values.count], .doubles(values)) }

    /// A matrix of doubles.
    mutating func matrix(_ rows: Int, _ values: [Double]) -> String {
        constant("matrix", [rows, values.count / max(1, rows)], .doubles(values))
    }

    /// What a node makes of its inputs.
    mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [String: OnnxAttribute] = [:], domain: String = "ai.onnx",
        named name: String? = nil
    ) -> String {
        let output = name ?? "\(operation.lowercased())_\(nodes.count)"
        nodes.append(OnnxNode(operation, domain: domain, inputs, [output], attributes))
        return output
    }

    /// The same numbers as another type.
    mutating func cast(_ input: String, to type: ElementType, named name: String? = nil) -> String {
        add("Cast", [input], ["to": OnnxAttribute(Int(type.rawValue))], named: name)
    }

    /// Values side by side; one alone stays as it is.
    mutating func beside(_ inputs: [String]) -> String {
        inputs.count == 1 ? inputs[0] : add("Concat", inputs, ["axis": OnnxAttribute(1)])
    }

    /// Some columns of a matrix.
    mutating func columns(_ input: String, _ places: [Int]) -> String {
        let indices = constant("columns", [places.count], .integers(places.map { Int64($0) }))
        return add("Gather", [input, indices], ["axis": OnnxAttribute(1)])
    }
}
