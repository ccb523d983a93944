import Foundation
import Interchange
import Learning
import Tabular
import Testing

/// Beside ONNX Runtime itself: slow, and only where `$FLYBALL_ONNX_PYTHON` names a Python that has it.
@Suite("Beside ONNX Runtime", .serialized, .enabled(if: OnnxRuntime.python != nil)) struct OnnxRuntimeTests {
    @Test("Every algorithm with every task is answered by ONNX Runtime as by the model on 1,000 rows: labels equal, scores within 1e-5")
    func roundTrip() throws {
        let cases = try OnnxRuntime.Cases()
        var own: [String: [Double]] = [:]
        for (index, way) in Trained.ways.enumerated() {
            let model = try Trained.model(way)
            let form = try #require(model.form)
            let categories = Categories()
            let rows = Trained.rows(way.task, count: 1_000, seed: 21, isPlain: way.isPlain, categories: categories)
            let predictor = model.predictor(categories: categories)
            for isDouble in [true, false] {
                let name = "\(index)-\(isDouble ? "double" : "single")"
                let tensors = ExportInputs(form, type: isDouble ? .double : .float).tensors(rows.features, categories)
                try cases.add(name, try ModelExport(model, name: "\(way)", isDouble: isDouble).file, tensors)
                own[name] = predictor.scores(rows.features, count: rows.count)
            }
        }
        try cases.run("answer")
        var exceptions = 0
        for (index, way) in Trained.ways.enumerated() {
            for precision in ["double", "single"] {
                let answers = try cases.answers("\(index)-\(precision)")
                #expect(answers.error.isEmpty, "\(way), \(precision): \(answers.error)")
                guard answers.error.isEmpty, let scores = own["\(index)-\(precision)"] else { continue }
                exceptions += try compare(answers, scores, way, precision)
            }
        }
        print("rows whose scores differ by more than 1e-5: \(exceptions)")
        #expect(exceptions == 0)
    }

    private func compare(_ answers: OnnxRuntime.Answers, _ scores: [Double], _ way: Trained.Way, _ precision: String) throws -> Int {
        var exceptions = 0
        let numbers = try #require(answers.outputs.last??.tensor.elements.numbers)
        let labels = way.task == .regression ? [] : answers.outputs[0]?.values ?? []
        let width = max(1, numbers.count / 1_000)
        for row in 0..<1_000 {
            let found = Array(numbers[(row * width)..<((row + 1) * width)])
            let wanted: [Double] =
                switch way.task {
                case .binary: [1 - scores[row], scores[row]]
                case .regression: [scores[row]]
                case .multiclass: Array(scores[(row * 3)..<(row * 3 + 3)])
                }
            let scale = way.task == .regression ? max(1, abs(wanted[0])) : 1
            if zip(found, wanted).contains(where: { !(abs($0 - $1) / scale <= 0.000_01) }) { exceptions += 1 }
            guard way.task != .regression else { continue }
            let classes = way.task == .binary ? ["no", "yes"] : ["blue", "green", "red"]
            #expect(labels[row] == classes[wanted.firstIndex(of: wanted.max() ?? 0) ?? 0], "\(way), \(precision), row \(row)")
        }
        if exceptions > 0 { print("\(way), \(precision): \(exceptions) of 1000") }
        return exceptions
    }

    @Test("The node tests of the onnx package that use only operators of ours are answered as they say, but for the exceptions named")
    func nodeTests() throws {
        let cases = try OnnxRuntime.Cases()
        try cases.run("cases", OnnxEvaluator.knownOperators)
        var (passed, refused, wrong): (Int, [String: [String]], [String]) = (0, [:], [])
        for name in cases.names {
            do {
                let model = try OnnxEvaluator(try cases.model(name))
                let answers = try model.run(try cases.inputs(name))
                let wanted = try cases.answers(name).outputs
                let differences = zip(answers, wanted).map { OnnxRuntime.difference($0.tensor, $1?.tensor ?? $0.tensor) }
                if differences.allSatisfy({ $0 <= 0.000_1 }) { passed += 1 } else { wrong.append("\(name) \(differences)") }
            } catch let failure as OnnxFailure {
                refused[Self.reason(failure), default: []].append(name)
            }
        }
        print("node tests: \(cases.names.count), passed \(passed)")
        for (reason, names) in refused.sorted(by: { $0.key < $1.key }) {
            print("  \(reason): \(names.count): \(names.prefix(6).joined(separator: " "))")
        }
        for name in wrong { print("  wrong: \(name)") }
        #expect(wrong.isEmpty)
        #expect(passed > 400)
    }

    private static func reason(_ failure: OnnxFailure) -> String {
        switch failure {
        case .unsupportedType(_, let type): "type \(type)"
        case .unsupported(_, let what): "unsupported: \(what)"
        default: "\(failure)".split(separator: ":").prefix(2).joined(separator: ":")
        }
    }

    @Test("Operators of ai.onnx.ml, for which the format has no tests, answer as ONNX Runtime does whatever their attributes")
    func classical() throws {
        let cases = try OnnxRuntime.Cases()
        var random = Trained.Random(state: 5)
        for (name, node) in ClassicalCases.all(&random) {
            var model = Built.model([node], outputs: node.outputs)
            let isClassifier = node.outputs.count > 1
            if isClassifier { model.outputs[0].kind = .tensor(.int64) }
            let values = (0..<60).map { _ in Float(random.unit() * 6 - 3) } + [.nan, 1, 2]
            let kept = node.operation.hasPrefix("Tree") ? values : values.map { $0.isNaN ? 0 : $0 }
            try cases.add(name, model.encode(), Built.rows(kept))
        }
        try cases.run("answer")
        for name in cases.names {
            let wanted = try cases.answers(name)
            guard wanted.error.isEmpty else {
                print("  ONNX Runtime refuses \(name): \(wanted.error.prefix(160))")
                continue
            }
            do {
                let answers = try OnnxEvaluator(try cases.model(name)).run(try cases.inputs(name))
                for (found, other) in zip(answers, wanted.outputs) {
                    guard let other = other?.tensor else { continue }
                    let difference = OnnxRuntime.difference(found.tensor, other)
                    #expect(
                        difference <= 0.000_02,
                        "\(name): \(difference): \(found.tensor.elements.labels.prefix(8)) \(other.elements.labels.prefix(8)), \(found.tensor.shape) \(other.shape)"
                    )
                }
            } catch { Issue.record("\(name): \(error)") }
        }
    }
}
