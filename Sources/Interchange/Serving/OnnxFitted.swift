import Foundation
public import Learning
public import Tabular

/// A model from elsewhere as a kind of fitted model: the file as it came, and how it is asked.
///
/// It is served, gated, compared and explained as any other; it is not trained.
public struct OnnxFitted: FittedAlgorithm {
    /// `onnx`, its name in artefacts.
    public static let name = "onnx"

    /// The file.
    public let file: [UInt8]
    /// How it is asked.
    public let binding: OnnxBinding
    private let plan: Plan
    private let texts: [String: [String]]

    /// Takes a file that is asked so about rows of a schema.
    ///
    /// - Throws: whatever is wrong with the file, `.unfit` for a binding that does not fit. Complexity: O(bytes).
    public init(file: [UInt8], binding: OnnxBinding, schema: Schema, limits: OnnxLimits = OnnxLimits()) throws(OnnxFailure) {
        let model = try OnnxEvaluator.parse(file, limits: limits)
        self.file = file
        self.binding = binding
        try binding.check(schema)
        plan = try PlanBuilder.plan(model, outputs: [binding.output], limits: limits)
        guard plan.outputs.count == 1 else { throw .unfit("the model has no output \(SafeText.escape(binding.output))") }
        for input in plan.inputs where !binding.inputs.contains(where: { $0.name == input.name }) {
            throw .unfit("the model's input \(SafeText.escape(input.name)) has no column: say which with --map")
        }
        texts = CategoryTexts.byInput(model)
        try OnnxPredictor.check(plan, binding, schema)
    }

    /// Makes this kind of model known, so that artefacts of it are read; more than once is once.
    public static func register() throws(LearningFailure) { try AlgorithmRegistry.register(OnnxFitted.self) }

    /// Writes the file and the binding.
    public func encode(into writer: inout ArtefactWriter) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        writer.text((try? encoder.encode(binding)).map { String(decoding: $0, as: UTF8.self) } ?? "")
        writer.bytes(file)
    }

    /// Reads them back, and checks both.
    public init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        guard let binding = try? JSONDecoder().decode(OnnxBinding.self, from: Data(try reader.text().utf8)) else {
            throw .corruptArtefact("how its inputs are bound cannot be read")
        }
        let file = try reader.bytes()
        do { try self.init(file: file, binding: binding, schema: schema) } catch { throw .corruptArtefact(error.description) }
    }

    /// Binds the texts that the model knows to the columns' codes.
    public func predictor(schema: Schema, categories: Categories) -> any Predictor {
        OnnxPredictor(plan, binding, schema, categories, texts: texts)
    }

    /// What the deployment's columns hold that the model's lists of categories do not, a remark a column.
    func strangers(_ categories: Categories) -> [String] {
        binding.inputs.flatMap { input -> [String] in
            guard let known = texts[input.name], !known.isEmpty else { return [] }
            return input.features.compactMap { feature in
                let own = categories[feature].table.names.compactMap { $0 }
                let strange = own.filter { !known.contains($0) }
                guard !strange.isEmpty else { return nil }
                return "\(SafeText.escape(feature)): the model does not know \(BindingSearch.list(strange.sorted()))"
            }
        }
    }

    /// Nothing is known before somebody asks: permutation and contributions tell.
    public func importance(schema: Schema) -> [Double] { [Double](repeating: 0, count: schema.width) }

    /// What was found when its inputs were bound; not kept.
    public var notes: [String] = []
}

extension Model {
    /// The file of a model that came from elsewhere; nil for others.
    public var foreignFile: [UInt8]? { (learnt as? OnnxFitted)?.file }
}
