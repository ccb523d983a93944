import Foundation
import Interchange
import Learning
import Tabular
import Testing

@Suite("Models that are written as ONNX") struct ExportTests {
    @Test("Every algorithm with every task, coding and correction answers from its file as it does itself", arguments: Trained.ways)
    func everyWay(_ way: Trained.Way) throws {
        let model = try Trained.model(way)
        let form = try #require(model.form)
        for isDouble in [true, false] {
            let export = try ModelExport(model, name: "test", isDouble: isDouble)
            // A correction by steps climbs steeply between two of them.
            let isSteep = way.settings["calibration"] == "isotonic"
            #expect(export.proven >= (isSteep ? 28 : 32))
            let evaluator = try OnnxEvaluator(export.file)
            let categories = Categories()
            let rows = Trained.rows(way.task, count: 500, seed: 9, isPlain: way.isPlain, categories: categories)
            let own = model.predictor(categories: categories).scores(rows.features, count: rows.count)
            let tensors = ExportInputs(form, type: isDouble ? .double : .float).tensors(rows.features, categories)
            let found = try ModelExport.scores(evaluator, form, tensors)
            #expect(found.count == own.count)
            let differences = zip(found, own).map { abs($0 - $1) / (way.task == .regression ? max(1, abs($1)) : 1) }
            let beyond = differences.count { !($0 <= 0.000_01) }
            // A sine of single precision may stand on the other side of a tree's question.
            let mayCross = way.settings["times"] == "cycles" && way.algorithm == "boosted-trees" && !isDouble
            #expect(
                beyond <= (isSteep ? 50 : mayCross ? 20 : 0),
                "\(isDouble ? "double" : "single"): \(beyond) beyond, \(differences.max() ?? 0)")
        }
    }

    @Test("Trees and linear models in double precision are answered to the last digits that single precision writes")
    func exact() throws {
        let way = Trained.Way(algorithm: "ridge", task: .regression)
        let export = try ModelExport(try Trained.model(way), name: "test", isDouble: true)
        #expect(export.difference < 1e-12)
    }

    @Test("The label is the class of the largest probability; the file says what the model is")
    func labels() throws {
        let model = try Trained.model(Trained.Way(algorithm: "softmax", task: .multiclass))
        let form = try #require(model.form)
        let export = try ModelExport(model, name: "trees v3")
        #expect(export.inputs == ["x", "n", "gap", "fixed", "word", "time hour", "time weekday", "time month"])
        let evaluator = try OnnxEvaluator(export.file)
        #expect(evaluator.metadata["flyball.model"] == "trees v3" && evaluator.opsets == ["ai.onnx": 17, "ai.onnx.ml": 3])
        let categories = Categories()
        let rows = Trained.rows(.multiclass, count: 50, seed: 4, isPlain: false, categories: categories)
        let answers = try evaluator.run(ExportInputs(form, type: .float).tensors(rows.features, categories))
        guard case .texts(let labels) = answers[0].tensor.elements, let shares = answers[1].tensor.elements.numbers else {
            Issue.record("no labels")
            return
        }
        for row in 0..<50 {
            let own = (0..<3).map { shares[row * 3 + $0] }
            #expect(labels[row] == ["blue", "green", "red"][own.firstIndex(of: own.max() ?? 0) ?? 0])
            #expect(abs(own.reduce(0, +) - 1) < 0.000_001)
        }
    }
}

extension ExportTests {
    @Test("the label of two classes follows the threshold that the file was written with")
    func threshold() throws {
        let model = try Trained.model(Trained.Way(algorithm: "logistic", task: .binary))
        let form = try #require(model.form)
        let categories = Categories()
        let rows = Trained.rows(.binary, count: 200, seed: 5, isPlain: false, categories: categories)
        let own = model.predictor(categories: categories).scores(rows.features, count: rows.count)
        // Between two scores, so that single digits do not matter.
        let sorted = own.sorted()
        let threshold = (sorted[140] + sorted[141]) / 2
        let export = try ModelExport(model, name: "test", isDouble: true, threshold: threshold)
        let evaluator = try OnnxEvaluator(export.file)
        let values = try evaluator.run(ExportInputs(form, type: .double).tensors(rows.features, categories))
        let index = try #require(evaluator.outputs.firstIndex { $0.name == "label" })
        let classes = form.schema.target.classes
        #expect(values[index].tensor.shape == [200])
        guard case .texts(let labels) = values[index].tensor.elements else {
            Issue.record("the labels are no texts")
            return
        }
        #expect(labels == own.map { classes[$0 >= threshold ? 1 : 0] })
    }
}
