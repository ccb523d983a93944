import Foundation
import Interchange
import Learning
import Tabular
import Testing

@Suite("Models of other libraries as fitted models") struct FittedTests {
    /// A regression of two columns: y = relu(2 a − b).
    private static let file: [UInt8] = {
        let model = Built.model(
            [OnnxNode("MatMul", ["x", "w"], ["m"]), OnnxNode("Relu", ["m"], ["y"])], [Built.constant("w", [2, 1], [2, -1])], width: 2)
        return model.encode()
    }()
    private static let schema = Schema(
        features: [Feature(name: "a", kind: .numeric), Feature(name: "b", kind: .numeric)],
        target: Target(name: "t", task: .regression, classes: []))
    private static let binding = OnnxBinding(
        inputs: [OnnxBinding.Input(name: "x", features: ["a", "b"])], output: "y", reading: .plain, columns: [0])

    @Test("A model is read back from its artefact, proves itself by its golden rows, and answers rows alone and together")
    func artefact() throws {
        try OnnxFitted.register()
        try OnnxFitted.register()
        let fitted = try OnnxFitted(file: Self.file, binding: Self.binding, schema: Self.schema)
        let rows = LabelledRows(
            schema: Self.schema, categories: Categories(), features: [1, 1, 3, 1, 0, 5, 2.5, 0.5], targets: [0, 0, 0, 0])
        let model = try Model.decode(Model(fitted: fitted, proving: rows).encode())
        #expect(model.algorithm == "onnx" && !AlgorithmRegistry.learnsOnline("onnx"))
        let predictor = model.predictor(categories: Categories())
        try model.verifyGolden(predictor, categories: Categories())
        #expect(predictor.scores(rows.features, count: 4) == [1, 5, 0, 4.5])
        let many: [Double] = (0..<1_000).flatMap { [Double($0), 1.0] }
        #expect(predictor.scores(many, count: 1_000)[999] == 1_997)
    }

    @Test("A damaged artefact, and a binding that does not fit, are refused")
    func damaged() throws {
        try OnnxFitted.register()
        let fitted = try OnnxFitted(file: Self.file, binding: Self.binding, schema: Self.schema)
        let rows = LabelledRows(schema: Self.schema, categories: Categories(), features: [1, 1], targets: [0])
        let bytes = Model(fitted: fitted, proving: rows).encode()
        for length in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: LearningFailure.self) { try Model.decode(Array(bytes[..<length])) }
        }
        var other = Self.binding
        other.inputs[0].features = ["a"]
        #expect(throws: OnnxFailure.self) { try OnnxFitted(file: Self.file, binding: other, schema: Self.schema) }
        other.inputs[0].features = ["a", "z"]
        #expect(throws: OnnxFailure.self) { try OnnxFitted(file: Self.file, binding: other, schema: Self.schema) }
        other = Self.binding
        other.output = "z"
        #expect(throws: OnnxFailure.self) { try OnnxFitted(file: Self.file, binding: other, schema: Self.schema) }
    }

    @Test("A pipeline of texts and numbers answers a deployment's rows as ONNX Runtime does", .enabled(if: Shared.root != nil))
    func pipeline() throws {
        let name = "pipe_onehot_logreg_zipmap"
        let file = try Shared.bytes(name, "model.onnx")
        let evaluator = try OnnxEvaluator(file)
        let expected = try Expected(name, model: evaluator)
        let features = evaluator.inputs.map { Feature(name: $0.name, kind: $0.kind == .tensor(.string) ? .categorical : .numeric) }
        let answers = try evaluator.run(expected.inputs)
        guard let place = answers.firstIndex(where: { if case .maps = $0 { true } else { false } }),
            case .maps(let keys, let wanted) = answers[place]
        else {
            Issue.record("no probabilities")
            return
        }
        let schema = Schema(features: features, target: Target(name: "y", task: .binary, classes: keys.labels))
        let binding = OnnxBinding(
            inputs: features.map { OnnxBinding.Input(name: $0.name, features: [$0.name]) }, output: evaluator.outputs[place].name,
            reading: .plain, columns: [1])
        let fitted = try OnnxFitted(file: file, binding: binding, schema: schema)
        // A dictionary that knows other texts first.
        let categories = Categories(["unheard of"])
        var rows: [Double] = []
        for row in 0..<32 {
            for feature in features {
                switch expected.inputs[feature.name]?.elements {
                case .texts(let texts): rows.append(Double(categories[feature.name].intern(texts[row])))
                case .floats(let values): rows.append(Double(values[row]))
                default: rows.append(.nan)
                }
            }
        }
        let scores = fitted.predictor(schema: schema, categories: categories).scores(rows, count: 32)
        let numbers = try #require(wanted.elements.numbers)
        for row in 0..<32 { #expect(scores[row] == numbers[2 * row + 1], "row \(row)") }
    }
}
