/// How a node of an operator becomes a kernel.
struct OperatorSpec: Sendable {
    /// The opsets that changed the operator, ascending.
    let versions: [Int]
    /// The first of them that is understood here.
    let least: Int
    let make: @Sendable (NodeContext) throws(OnnxFailure) -> BuiltNode

    /// An operator as the opsets from `least` on define it; earlier ones are refused.
    init(_ versions: [Int], from least: Int, _ make: @escaping @Sendable (NodeContext) throws(OnnxFailure) -> BuiltNode) {
        self.versions = versions
        self.least = least
        self.make = make
    }

    /// The version that an opset means; nil for one before the operator's first.
    func version(in opset: Int) -> Int? { versions.last { $0 <= opset } }
}

/// Every operator that is understood here.
enum OperatorTable {
    /// The last opset of each domain that is known.
    static let newest = ["ai.onnx": 28, "ai.onnx.ml": 5]

    private static let standard: [String: OperatorSpec] = [
        ElementwiseOperators.table, ComparisonOperators.table, ReductionOperators.table, ShapeOperators.table, SelectionOperators.table,
        ProductOperators.table,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    private static let classical: [String: OperatorSpec] = [
        PreparationOperators.table, EncodingOperators.table, LinearOperators.table, TreeOperators.table,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    /// The operators of a domain.
    static func operators(of domain: String) -> [String: OperatorSpec] {
        switch domain {
        case "ai.onnx": standard
        case "ai.onnx.ml": classical
        default: [:]
        }
    }

    /// What makes a kernel of a node, and the version that its opset means.
    ///
    /// - Throws: `.badOpset`, `.unknownOperator`, `.unsupportedOpset`.
    static func find(_ node: OnnxNode, opset: Int, place: OnnxPlace) throws(OnnxFailure) -> (spec: OperatorSpec, version: Int) {
        guard let spec = operators(of: node.domain)[node.operation] else { throw .unknownOperator(place) }
        guard let version = spec.version(in: opset), version >= spec.least else {
            throw .unsupportedOpset(place, supported: "from opset \(spec.least) on")
        }
        return (spec, version)
    }
}
