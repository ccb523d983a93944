import Foundation
public import Learning
import Tabular

/// A model written as ONNX: with all that it does to raw rows, for whatever runs ONNX.
///
/// Opsets 17 and ai.onnx.ml 3 of format 8. Classifiers make `label`, texts, and `probabilities`, `[rows, classes]`; regressions
/// `prediction`, `[rows, 1]`. What happens inside happens in double precision.
public struct ModelExport: Sendable {
    /// The file.
    public let file: [UInt8]
    /// The names of what it reads, in their order.
    public let inputs: [String]
    /// How many golden rows were answered by the file as by the model.
    public let proven: Int
    /// The largest difference of a probability, or of a number relative to its size, among the golden rows.
    public let difference: Double

    /// What differences of golden rows are let pass: answers are written in single precision.
    public static let tolerance = 0.000_01

    /// Writes a model, reads it back, and compares its golden rows.
    ///
    /// - Parameters:
    ///   - isDouble: whether numbers go in and come out in double precision; else in single, in which thresholds between two values that
    ///     are the same in single precision cannot tell them apart.
    ///   - name: what the file calls the model.
    ///   - threshold: from which probability on `label` is the positive class, of two.
    /// - Throws: `.unfit` for a kind that cannot be written or whose golden rows are answered otherwise. Complexity: O(size of the model).
    public init(
        _ model: Model, name: String, isDouble: Bool = false, threshold: Double = DecisionThreshold.standard
    ) throws(OnnxFailure) {
        guard let form = model.form else {
            throw .unfit("a model of kind \(SafeText.escape(model.algorithm)) is written as it came: export its own file")
        }
        let type: ElementType = isDouble ? .double : .float
        let inputs = ExportInputs(form, type: type)
        let written = try Self.write(form, inputs, name: name, threshold: threshold)
        file = written.encode()
        self.inputs = inputs.ports.map(\.name)
        (proven, difference) = try Self.prove(file, model, form, inputs)
    }

    private static func write(
        _ form: ModelForm, _ inputs: ExportInputs, name: String, threshold: Double
    ) throws(OnnxFailure) -> OnnxModel {
        let names = inputs.ports.map(\.name)
        guard Set(names).count == names.count else { throw .unfit("two inputs would have one name: rename a column") }
        var graph = GraphWriter()
        let answers = try AnswerWriter.add(form, inputs, threshold: threshold, &graph)
        var model = OnnxModel()
        model.format = 8
        model.producer = "flyball 1"
        model.opsets = ["ai.onnx": 17, "ai.onnx.ml": 3]
        model.nodes = graph.nodes
        model.initializers = graph.initializers
        model.inputs = inputs.ports
        model.outputs = answers
        model.metadata = metadata(form, name: name)
        if threshold != DecisionThreshold.standard { model.metadata["flyball.threshold"] = "\(threshold)" }
        return model
    }

    private static func metadata(_ form: ModelForm, name: String) -> [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        func list(_ texts: [String]) -> String { (try? encoder.encode(texts)).map { String(decoding: $0, as: UTF8.self) } ?? "[]" }
        return [
            "flyball.model": name, "flyball.algorithm": form.algorithm, "flyball.target": form.schema.target.name,
            "flyball.classes": list(form.schema.target.classes), "flyball.features": list(form.schema.features.map(\.name)),
            "flyball.zone": form.schema.zone,
        ]
    }

    /// The file's answers to the golden rows beside the model's.
    private static func prove(
        _ file: [UInt8], _ model: Model, _ form: ModelForm, _ inputs: ExportInputs
    ) throws(OnnxFailure) -> (rows: Int, difference: Double) {
        let evaluator = try OnnxEvaluator(file)
        let categories = Categories(stored: [])
        let (rows, answers) = model.goldenRows(categories)
        let count = rows.count / max(1, form.schema.width)
        guard count > 0 else { return (0, 0) }
        let found = try scores(evaluator, form, inputs.tensors(rows, categories))
        guard found.count == answers.count else { throw .unfit("the written model answers \(found.count) numbers, not \(answers.count)") }
        var worst = 0.0
        var exceptions = 0
        for (one, other) in zip(found, answers) {
            let scale = form.schema.target.task == .regression ? max(1, abs(other)) : 1
            let distance = abs(one - other) / scale
            // A value that single precision moves over a threshold is an exception, of which there may be few.
            if !(distance <= tolerance) { exceptions += 1 } else { worst = max(worst, distance) }
        }
        // A correction by steps climbs steeply between two of them, and what is single in precision lies beside its place.
        let isSteep = form.corrections.contains { if case .lines = $0 { true } else { false } }
        let allowed = inputs.type == .float || isSteep ? answers.count / 8 : 0
        guard exceptions <= allowed else {
            throw .unfit("the written model answers \(exceptions) of \(answers.count) golden answers otherwise: export it with --double")
        }
        return (exceptions == 0 ? count : count - min(count, exceptions), worst)
    }

    /// What an exported model answers, as our predictors do: the positive class's probability, one a class, or the number.
    package static func scores(
        _ evaluator: OnnxEvaluator, _ form: ModelForm, _ tensors: [String: OnnxTensor]
    ) throws(OnnxFailure) -> [Double] {
        let values = try evaluator.run(tensors)
        let wanted = form.schema.target.task == .regression ? "prediction" : "probabilities"
        let index = evaluator.outputs.firstIndex { $0.name == wanted } ?? 0
        let numbers = values[index].tensor.elements.numbers ?? []
        guard form.schema.target.task == .binary else { return numbers }
        return stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] }
    }
}
