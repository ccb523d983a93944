import Tabular

/// Where in a model something is: an operator with its domain and opset, and the node.
public struct OnnxPlace: Sendable, Equatable, Codable {
    /// `Gemm`.
    public var operation: String
    /// `ai.onnx` or `ai.onnx.ml`, or whose ever it is.
    public var domain: String
    /// The opset that the model declares for the domain.
    public var opset: Int
    /// The node's name, or its place in the graph: `#3`.
    public var node: String

    /// Makes a place.
    public init(operation: String, domain: String, opset: Int, node: String) {
        self.operation = operation
        self.domain = domain
        self.opset = opset
        self.node = node
    }

    /// `Gemm (ai.onnx 17, node fc1)`.
    var text: String { "\(SafeText.escape(operation)) (\(SafeText.escape(domain)) \(opset), node \(SafeText.escape(node)))" }
}

/// Why a model from elsewhere is not taken, or does not answer.
///
/// The description reads: what, where, what to do.
public enum OnnxFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// The bytes are no ONNX model.
    case damaged(String, at: Int)
    /// More of something than a model may have.
    case tooLarge(what: String, found: Int, limit: Int)
    /// A node of an operator that is not known here.
    case unknownOperator(OnnxPlace)
    /// An operator that is known, but not as that opset defines it.
    case unsupportedOpset(OnnxPlace, supported: String)
    /// A domain whose opset the model does not declare, or declares beyond all there is.
    case badOpset(domain: String, version: Int, limit: Int)
    /// Something of an operator that is not supported, or that makes no sense.
    case unsupported(OnnxPlace, what: String)
    /// A value that nothing makes: neither an input, nor a node before it.
    case missingValue(name: String, OnnxPlace)
    /// A value that needs itself, or one that comes later.
    case cycle(name: String, OnnxPlace)
    /// Two things of one name.
    case duplicate(name: String)
    /// Weights that lie in another file.
    case externalData(name: String)
    /// A kind of numbers that is not supported.
    case unsupportedType(name: String, type: String)
    /// A tensor whose contents do not fill its shape.
    case badTensor(name: String, what: String)
    /// A model without what a model needs.
    case incomplete(String)
    /// Shapes or values that an operator cannot work with, found while it worked.
    case evaluation(OnnxPlace, what: String)
    /// An input that is not given, or that does not fit.
    case badInput(name: String, what: String)
    /// A model that does not fit a deployment.
    case unfit(String)

    /// One line.
    public var description: String {
        switch self {
        case .damaged(let what, let offset): "no ONNX model: \(what) at byte \(offset): export it again"
        case .tooLarge(let what, let found, let limit): "the model has \(found) \(what): at most \(limit) are taken: export a smaller one"
        case .unknownOperator(let place): "operator \(place.text) is not supported: export the model without it"
        case .unsupportedOpset(let place, let supported):
            "operator \(place.text) is not supported as this opset defines it, only \(supported): export the model with a newer opset"
        case .badOpset(let domain, let version, let limit):
            version == 0
                ? "the model uses operators of \(SafeText.escape(domain)), whose opset it does not declare: export it again"
                : "opset \(version) of \(SafeText.escape(domain)): known are those up to \(limit): export the model with one of these"
        case .unsupported(let place, let what): "operator \(place.text): \(what): export the model without it"
        case .missingValue(let name, let place): "\(place.text) reads \(SafeText.escape(name)), which nothing makes: export the model again"
        case .cycle(let name, let place):
            "\(place.text) reads \(SafeText.escape(name)), which is made by itself or a later node: export the model again"
        case .duplicate(let name): "two values of the model are called \(SafeText.escape(name)): export it again"
        case .externalData(let name):
            "the numbers of \(SafeText.escape(name)) lie in another file: export the model with all its data inside"
        case .unsupportedType(let name, let type):
            "\(SafeText.escape(name)) is of type \(SafeText.escape(type)): float, double, int32, int64, bool and string are supported: convert it"
        case .badTensor(let name, let what): "tensor \(SafeText.escape(name)): \(what): export the model again"
        case .incomplete(let what): "the model has \(what): export it again"
        case .evaluation(let place, let what): "\(place.text): \(what): check the input's shape, or export the model again"
        case .badInput(let name, let what): "input \(SafeText.escape(name)): \(what)"
        case .unfit(let what): what
        }
    }
}

/// What an operator cannot work with; whoever runs it knows where it stands.
enum OnnxFault: Error, Equatable {
    /// Shapes that do not go together.
    case shape(String)
    /// A value out of range.
    case value(String)
    /// More elements, or more memory, than an evaluation may take.
    case tooLarge(Int)

    var text: String {
        switch self {
        case .shape(let what), .value(let what): what
        case .tooLarge(let bytes): "its result would take \(bytes) bytes more than an evaluation may"
        }
    }
}
