import Foundation
import NIOCore
public import Tabular

/// One input of a model, as its metadata names it.
public struct ModelInput: Sendable, Equatable {
    /// The tensor's name: the column's name.
    public var name: String
    /// The datatype of the Open Inference Protocol, as `FP64`.
    public var datatype: String
    /// What the column holds.
    public var kind: FeatureKind
    /// Whether requests may leave the input out.
    public var optional: Bool
    /// How the column's cells write their numbers; nil: plainly.
    public var format: NumberFormat?
    /// Whether words for missing are texts in the column.
    public var keepsWords: Bool

    /// Makes an input.
    public init(
        name: String, datatype: String, kind: FeatureKind, optional: Bool = false, format: NumberFormat? = nil, keepsWords: Bool = false
    ) {
        self.format = format
        self.keepsWords = keepsWords
        self.name = name
        self.datatype = datatype
        self.kind = kind
        self.optional = optional
    }
}

/// What `GET /v2/models/{m}` tells of a model: all that a client needs to know to send it rows of a file.
public struct ModelMetadata: Sendable, Equatable {
    /// The deployment's name.
    public var name: String
    /// Inputs in the server's order.
    public var inputs: [ModelInput]
    /// What is predicted; nil when the server does not say.
    public var task: PredictionTask?
    /// The column that is predicted.
    public var target: String?
    /// Classes by index; empty for regression.
    public var classes: [String]
    /// The column that orders the rows.
    public var timeColumn: String?
    /// The IANA zone of times without an offset.
    public var zone: String
    /// Words that stand for no value in the cells of its files; nil: the standard ones.
    public var missing: [String]?
    /// How the target's cells write their numbers; nil: plainly.
    public var targetFormat: NumberFormat?
    /// Whether words for missing may name a class.
    public var targetKeepsWords = false

    /// Makes metadata.
    public init(
        name: String, inputs: [ModelInput], task: PredictionTask? = nil, target: String? = nil, classes: [String] = [],
        timeColumn: String? = nil, zone: String = "UTC"
    ) {
        self.name = name
        self.inputs = inputs
        self.task = task
        self.target = target
        self.classes = classes
        self.timeColumn = timeColumn
        self.zone = zone
    }

    /// Asks a server.
    ///
    /// - Throws: `unreachable`, `refused` (as with 404), `badAnswer`, `badOption` for a name that no deployment can have.
    public static func fetch(_ name: String, from endpoint: Endpoint) async throws(WorkloadFailure) -> ModelMetadata {
        guard Names.isValid(name) else {
            throw .badOption(what: "'\(SafeText.escape(name))' is no deployment's name", remedy: "use a-z, 0-9 and -, as in flight-delay")
        }
        let caller = HTTPCaller(endpoint)
        defer { caller.close() }
        let path = "/v2/models/\(name)"
        switch await caller.send(caller.calls.get(path), timeout: .seconds(10)) {
        case .failed(let failure):
            if Task.isCancelled { throw .cancelled }
            throw .unreachable(endpoint: endpoint.description, reason: await caller.lastError() ?? failure.rawValue)
        case .answered(200, let body): return try read(Array(body.readableBytesView), request: "GET \(path)")
        case .answered(let status, let body):
            throw .refused(request: "GET \(path)", status: status, message: errorText(Array(body.readableBytesView)))
        }
    }

    /// Reads the metadata's JSON.
    ///
    /// - Throws: `badAnswer`.
    public static func read(_ json: [UInt8], request: String = "metadata") throws(WorkloadFailure) -> ModelMetadata {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(json)) } catch {
            throw .badAnswer(request: request, reason: "it is not a model's metadata")
        }
        guard !document.inputs.isEmpty else { throw .badAnswer(request: request, reason: "the metadata names no inputs") }
        let parameters = document.parameters ?? [:]
        var classes: [String] = []
        while let name = parameters["class_\(classes.count)"]?.text { classes.append(name) }
        var metadata = ModelMetadata(
            name: document.name, inputs: document.inputs.map(input),
            task: (parameters["task"]?.text).flatMap { PredictionTask(rawValue: $0) },
            target: parameters["target"]?.text, classes: classes, timeColumn: parameters["time_column"]?.text,
            zone: parameters["zone"]?.text ?? "UTC")
        metadata.missing = decoded([String].self, parameters["missing_words"])
        metadata.targetFormat = decoded(NumberFormat.self, parameters["target_format"])
        metadata.targetKeepsWords = parameters["target_keeps_words"]?.text == "true"
        return metadata
    }

    /// A parameter whose text is JSON.
    private static func decoded<Value: Decodable>(_ type: Value.Type, _ parameter: Scalar?) -> Value? {
        parameter.flatMap { try? JSONDecoder().decode(type, from: Data($0.text.utf8)) }
    }

    private static func input(_ input: Input) -> ModelInput {
        let kind = (input.parameters?["kind"]?.text).flatMap { FeatureKind(rawValue: $0) } ?? usualKind(input.datatype)
        return ModelInput(
            name: input.name, datatype: input.datatype, kind: kind, optional: input.parameters?["optional"]?.text == "true",
            format: decoded(NumberFormat.self, input.parameters?["number_format"]),
            keepsWords: input.parameters?["keeps_words"]?.text == "true")
    }

    /// What a server that names no kinds most likely means.
    private static func usualKind(_ datatype: String) -> FeatureKind {
        if datatype == "BYTES" { return .categorical }
        if datatype == "BOOL" { return .boolean }
        return datatype.hasPrefix("FP") ? .numeric : .integer
    }

    /// The text of `{"error":"…"}`, or the start of whatever else came.
    static func errorText(_ body: [UInt8]) -> String {
        if let document = try? JSONDecoder().decode([String: String].self, from: Data(body)), let text = document["error"] { return text }
        return String(decoding: body.prefix(200), as: UTF8.self)
    }

    private struct Document: Decodable {
        var name: String
        var inputs: [Input]
        var parameters: [String: Scalar]?
    }

    private struct Input: Decodable {
        var name: String
        var datatype: String
        var parameters: [String: Scalar]?
    }

    /// A parameter's value: the protocol allows strings, numbers and booleans.
    private struct Scalar: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(String.self) {
                text = value
            } else if let value = try? container.decode(Bool.self) {
                text = value ? "true" : "false"
            } else {
                text = try container.decode(Double.self).description
            }
        }
    }
}
