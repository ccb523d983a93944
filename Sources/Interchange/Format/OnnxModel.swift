/// A model as its file says it, parsed and within bounds, nothing of it proved yet.
package struct OnnxModel: Sendable {
    /// Version of the format.
    package var format = 0
    /// Who wrote it: `skl2onnx 1.20.0`.
    package var producer = ""
    /// The version of each domain's operators; the standard domain is called `ai.onnx`.
    package var opsets: [String: Int] = [:]
    /// What the writer wanted to say besides.
    package var metadata: [String: String] = [:]
    package var nodes: [OnnxNode] = []
    package var initializers: [OnnxInitializer] = []
    package var inputs: [OnnxPort] = []
    package var outputs: [OnnxPort] = []

    /// A model of nothing.
    package init() {}
}

/// An operator with what it reads and makes.
package struct OnnxNode: Sendable {
    package var name = ""
    package var operation = ""
    /// `ai.onnx` for the standard domain.
    package var domain = "ai.onnx"
    /// Names; an empty one is an input that is left out.
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var attributes: [String: OnnxAttribute] = [:]

    /// A node of nothing.
    package init() {}

    /// A node of the standard domain, or of another one.
    package init(
        _ operation: String, domain: String = "ai.onnx", _ inputs: [String], _ outputs: [String],
        _ attributes: [String: OnnxAttribute] = [:]
    ) {
        name = outputs.first ?? ""
        self.operation = operation
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

/// A constant of the graph.
package struct OnnxInitializer: Sendable {
    package var name = ""
    package var tensor = OnnxTensor(shape: [], elements: .floats([]))

    /// Makes a constant.
    package init(name: String, tensor: OnnxTensor) {
        self.name = name
        self.tensor = tensor
    }
}

/// A setting of a node; which of its members is meant is known by who reads it.
package struct OnnxAttribute: Sendable {
    package var float: Float?
    package var integer: Int64?
    package var text: String?
    package var tensor: OnnxTensor?
    package var floats: [Float] = []
    package var integers: [Int64] = []
    package var texts: [String] = []
    /// Whether it holds a graph, which no operator here has.
    package var hasGraph = false

    /// An attribute of nothing.
    package init() {}
    /// A number.
    package init(_ float: Float) { self.float = float }
    /// A whole number.
    package init(_ integer: Int) { self.integer = Int64(integer) }
    /// A text.
    package init(_ text: String) { self.text = text }
    /// Numbers.
    package init(_ floats: [Float]) { self.floats = floats }
    /// Whole numbers.
    package init(_ integers: [Int]) { self.integers = integers.map { Int64($0) } }
    /// Texts.
    package init(_ texts: [String]) { self.texts = texts }
    /// A tensor.
    package init(_ tensor: OnnxTensor) { self.tensor = tensor }
}

/// An input or an output of a model.
public struct OnnxPort: Sendable, Equatable {
    /// What it is.
    public enum Kind: Sendable, Equatable {
        /// A tensor of such elements.
        case tensor(ElementType)
        /// A sequence of maps, or something else that is no tensor.
        case other
    }

    /// Its name.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Lengths of its dimensions, nil for those that are open; nil when the model does not say.
    public var shape: [Int?]?

    /// Makes a port.
    public init(name: String, kind: Kind, shape: [Int?]?) {
        self.name = name
        self.kind = kind
        self.shape = shape
    }
}
