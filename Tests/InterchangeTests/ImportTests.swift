import Foundation
import Interchange
import Learning
import Tabular
import Testing

@Suite("Files of models in the place of a training") struct ModelImportTests {
    /// A file that is gone when the body has ended.
    private func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "flyball-import-\(UUID().uuidString).onnx")
        try Data(bytes).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try body(path.path)
    }

    /// 2 x + n − fixed, which has nothing for a missing value.
    private static let line = Built.model(
        [OnnxNode("MatMul", ["x", "w"], ["y"])], [Built.constant("w", [4, 1], [2, 1, 0.01, -1])], width: 4)

    @Test("A training whose algorithm is a file gives a model that is judged as any other, and is found by its name, not offered")
    func training() throws {
        OnnxImport.register()
        OnnxImport.register()
        #expect(!AlgorithmRegistry.all.contains { $0.name == "onnx" })
        let named = try AlgorithmRegistry.named("onnx")
        #expect(named.name == "onnx")
        let way = Trained.Way(algorithm: "logistic", task: .binary, isPlain: true)
        let own = try Trained.model(way)
        let file = try ModelExport(own, name: "test").file
        let rows = Trained.rows(.binary, count: 1_200, seed: 3, isPlain: true)
        try withFile(file) { path in
            let request = TrainingRequest(algorithm: "onnx", settings: ["model": path], seed: 1)
            try Training.check(request)
            let outcome = try Training.run(rows, request: request, hooks: TrainingHooks())
            let model = try Model.decode(outcome.artefact)
            #expect(model.algorithm == "onnx" && model.goldenCount == 32 && model.foreignFile == file)
            let area = try #require(outcome.metrics.first { $0.name == "auc" })
            #expect(area.value > 0.8)
            #expect(outcome.notes.contains("X reads x, n, gap, fixed, in this order"))
            let (found, wanted) = (try model.scores(of: rows), try own.scores(of: rows))
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 0.000_01 })
            let corrected = try Training.run(
                rows, request: TrainingRequest(algorithm: "onnx", settings: ["model": path, "calibration": "platt"], seed: 1),
                hooks: TrainingHooks())
            let calibrated = try Model.decode(corrected.artefact)
            #expect(calibrated.calibrationMethod == "platt")
        }
    }

    @Test("A model that cannot take missing values is refused with what helps, and taken with it")
    func missing() throws {
        OnnxImport.register()
        let rows = Trained.rows(.regression, count: 400, seed: 3, isPlain: true)
        try withFile(Self.line.encode()) { path in
            let failure = #expect(throws: LearningFailure.self) {
                try Training.run(rows, request: TrainingRequest(algorithm: "onnx", settings: ["model": path]), hooks: TrainingHooks())
            }
            #expect(failure.map { "\($0)".contains("--impute median") } == true)
            let outcome = try Training.run(
                rows, request: TrainingRequest(algorithm: "onnx", settings: ["model": path, "impute": "median"]), hooks: TrainingHooks())
            #expect(outcome.holdoutScores.allSatisfy { $0.isFinite })
            #expect(outcome.notes.contains { $0.hasPrefix("medians of the training rows") })
        }
        #expect(throws: LearningFailure.self) {
            try Training.run(
                rows, request: TrainingRequest(algorithm: "onnx", settings: ["model": "/nowhere.onnx"]), hooks: TrainingHooks())
        }
        #expect(throws: LearningFailure.self) { try Training.check(TrainingRequest(algorithm: "onnx")) }
    }

    @Test("Inputs that do not fit, outputs that are not there and classes of other names are said with what to do")
    func binding() throws {
        let schema = Trained.rows(.binary, count: 10, seed: 1, isPlain: true).schema
        var wishes = BindingWishes()
        let narrow = Built.model([OnnxNode("Sigmoid", ["x"], ["y"])], width: 3).encode()
        let columns = #expect(throws: OnnxFailure.self) { try BindingSearch.find(narrow, schema: schema, wishes: wishes) }
        #expect(columns.map { "\($0)".contains("has 3 columns, the deployment 4: say which with --map x=A,B,…") } == true)
        wishes.output = "z"
        let output = #expect(throws: OnnxFailure.self) { try BindingSearch.find(Self.line.encode(), schema: schema, wishes: wishes) }
        #expect(output.map { "\($0)" } == "the model has no output z: it has y")
        wishes.output = nil
        // A score of zeros that is 0 might be a probability; one of 3 is none.
        let found = try BindingSearch.find(
            Built.model(
                [OnnxNode("MatMul", ["x", "w"], ["m"]), OnnxNode("Add", ["m", "b"], ["y"])],
                [Built.constant("w", [4, 1], [2, 1, 0.01, -1]), Built.constant("b", [1], [3])], width: 4
            ).encode(), schema: schema, wishes: wishes)
        #expect(found.binding.reading == .logistic)
        #expect(found.notes.contains { $0.contains("the logistic function is taken") })
        let classes = OnnxNode(
            "LinearClassifier", domain: "ai.onnx.ml", ["x"], ["label", "y"],
            [
                "coefficients": OnnxAttribute([1, 2, 3, 4, 5, 6, 7, 8] as [Float]), "intercepts": OnnxAttribute([0, 0] as [Float]),
                "classlabels_strings": OnnxAttribute(["yes", "no"]), "post_transform": OnnxAttribute("SOFTMAX"),
            ])
        let turned = try BindingSearch.find(Built.model([classes], width: 4).encode(), schema: schema, wishes: wishes)
        #expect(turned.binding.columns == [0] && turned.binding.reading == .plain)
        var strange = classes
        strange.attributes["classlabels_strings"] = OnnxAttribute(["ja", "nein"])
        let failure = #expect(throws: OnnxFailure.self) {
            try BindingSearch.find(Built.model([strange], width: 4).encode(), schema: schema, wishes: wishes)
        }
        #expect(failure.map { "\($0)".contains("name the model's with --classes") } == true)
        wishes.classes = ["yes", "no"]
        let renamed = try BindingSearch.find(Built.model([strange], width: 4).encode(), schema: schema, wishes: wishes)
        #expect(renamed.binding.columns == [0])
    }
}
