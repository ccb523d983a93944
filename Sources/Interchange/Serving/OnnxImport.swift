import Foundation
public import Learning
public import Tabular

/// A file of ONNX in the place of a training: what comes out is a version as any other, judged on the same rows by the same gates.
///
/// Nothing is learnt from the rows, unless a setting asks to correct the probabilities. It has a name, and is not offered as an algorithm.
public struct OnnxImport: Estimator {
    /// `onnx`.
    public static let name = OnnxFitted.name
    /// One sentence.
    public static let summary = "a model of another library, in a file of ONNX"
    /// All.
    public static let tasks: [PredictionTask] = PredictionTask.allCases
    /// A file and its binding.
    public static var fitted: any FittedAlgorithm.Type { OnnxFitted.self }
    /// Where the file lies, and how it is asked.
    public static let parameters = [
        ParameterSpec(name: "model", summary: "the file", kind: .text(4_096), defaultText: ""),
        ParameterSpec(
            name: "binding", summary: "how it is asked, as `flyball import` writes it; nothing: found by the names of its inputs",
            kind: .text(1 << 20), defaultText: ""),
    ]

    private let path: String
    private let binding: OnnxBinding?

    /// Takes settings.
    public init(settings: [String: String]) throws(LearningFailure) {
        let settings = try Settings(settings, for: Self.parameters)
        path = settings.text("model")
        guard !path.isEmpty else { throw .badSetting(name: "model", value: "", allowed: "a file: use `flyball import`") }
        let text = settings.text("binding")
        binding = text.isEmpty ? nil : try? JSONDecoder().decode(OnnxBinding.self, from: Data(text.utf8))
        guard text.isEmpty || binding != nil else {
            throw .badSetting(name: "binding", value: String(text.prefix(60)), allowed: "what `flyball import` writes")
        }
    }

    /// Makes files of ONNX known as versions, and as a way to them; more than once is once.
    public static func register() {
        // Nobody else has the name: it is this module's.
        try? AlgorithmRegistry.register(estimator: OnnxImport.self)
    }

    /// Reads the file and binds it to the rows' columns.
    ///
    /// - Throws: `.badSetting` with what is wrong with the file. Complexity: O(bytes).
    public func fit(
        _ rows: LabelledRows, validation: LabelledRows?, seed: UInt64, hooks: TrainingHooks
    ) throws(LearningFailure) -> any FittedAlgorithm {
        do {
            let file = try Self.read(path)
            var notes: [String] = []
            let bound: OnnxBinding
            if let binding {
                bound = binding
            } else {
                let found = try BindingSearch.find(file, schema: rows.schema, wishes: BindingWishes())
                (bound, notes) = (found.binding, found.notes)
            }
            var fitted = try OnnxFitted(file: file, binding: bound, schema: rows.schema)
            fitted.notes = notes + fitted.strangers(rows.categories)
            return fitted
        } catch {
            throw .badSetting(name: "model", value: path, allowed: "a model that answers these rows: \(error.description)")
        }
    }

    /// The bytes of a file, which is a plain one and not too large.
    ///
    /// - Throws: `.unfit`, `.tooLarge`.
    public static func read(_ path: String) throws(OnnxFailure) -> [UInt8] {
        let values = try? URL(filePath: path).resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        guard values?.isRegularFile == true, let size = values?.fileSize else {
            throw .unfit("\(SafeText.escape(path)): no such file: check the path and its permissions")
        }
        let limit = OnnxLimits().bytes
        guard size <= limit else { throw .tooLarge(what: "bytes", found: size, limit: limit) }
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw .unfit("\(SafeText.escape(path)): it cannot be read: check its permissions")
        }
        return [UInt8](data)
    }
}
