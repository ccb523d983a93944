import Foundation
import Interchange
import Testing

@Suite("Models of other libraries") struct SharedModelTests {
    @Test("The 27 models next to the repository are there", .enabled(if: Shared.root != nil))
    func all() { #expect(Shared.names.count == 27) }

    @Test(
        "Every model answers its rows as ONNX Runtime does: labels equal, numbers within 1e-5 and 1e-5 of their size",
        .enabled(if: Shared.root != nil), arguments: Shared.names)
    func answers(_ name: String) throws {
        let model = try Shared.model(name)
        let expected = try Expected(name, model: model)
        #expect(expected.rows == 32)
        let answers = try model.run(expected.inputs)
        try compare(answers, expected, model)
    }

    @Test("A row alone is answered as it is among others", .enabled(if: Shared.root != nil), arguments: Shared.names)
    func single(_ name: String) throws {
        let model = try Shared.model(name)
        let expected = try Expected(name, model: model)
        let together = try model.run(expected.inputs)
        for row in [0, 5, 31] {
            let alone = try model.run(expected.inputs.mapValues { Self.row($0, row) })
            for (one, all) in zip(alone, together) {
                #expect(Self.row(all.tensor, row).elements == one.tensor.elements, "row \(row)")
            }
        }
    }

    static func row(_ tensor: OnnxTensor, _ row: Int) -> OnnxTensor {
        let width = tensor.elements.count / max(1, tensor.shape[0])
        func part<T>(_ values: [T]) -> [T] { Array(values[(row * width)..<((row + 1) * width)]) }
        let elements: OnnxElements =
            switch tensor.elements {
            case .floats(let values): .floats(part(values))
            case .doubles(let values): .doubles(part(values))
            case .integers(let values): .integers(part(values))
            case .shortIntegers(let values): .shortIntegers(part(values))
            case .booleans(let values): .booleans(part(values))
            case .texts(let values): .texts(part(values))
            }
        return OnnxTensor(shape: [1] + tensor.shape.dropFirst(), elements: elements)
    }

    private func compare(_ answers: [OnnxValue], _ expected: Expected, _ model: OnnxEvaluator) throws {
        #expect(answers.count == expected.outputs.count)
        for (answer, wanted) in zip(answers, expected.outputs) {
            switch answer {
            case .tensor(let tensor):
                if case .texts(let texts) = tensor.elements {
                    #expect(texts == Expected.texts(wanted.values), "\(wanted.name)")
                } else if case .integers(let numbers) = tensor.elements {
                    #expect(numbers.map(Double.init) == Expected.numbers(wanted.values), "\(wanted.name)")
                } else {
                    check(tensor.elements.numbers ?? [], Expected.numbers(wanted.values), wanted.name)
                }
            case .maps(let keys, let values):
                let maps = wanted.values as? [[String: Any]] ?? []
                let inOrder = maps.flatMap { map in keys.labels.flatMap { Expected.numbers(map[$0] ?? 0) } }
                check(values.elements.numbers ?? [], inOrder, wanted.name)
            }
        }
    }

    private func check(_ found: [Double], _ wanted: [Double], _ name: String) {
        #expect(found.count == wanted.count, "\(name)")
        var worst = 0.0
        for (one, other) in zip(found, wanted) where !(one.isNaN && other.isNaN) && one != other {
            worst = max(worst, (one - other).magnitude / (0.000_01 + 0.000_01 * other.magnitude))
        }
        #expect(worst <= 1, "\(name): the largest difference is \(worst) times what is allowed")
    }
}
