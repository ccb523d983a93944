import Foundation
import Interchange

/// ONNX Runtime, where `$FLYBALL_ONNX_PYTHON` names a Python that has it.
enum OnnxRuntime {
    static let python = ProcessInfo.processInfo.environment["FLYBALL_ONNX_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

    /// A tensor on its way: elements as texts.
    struct Element: Codable {
        var name: String
        var type: String
        var shape: [Int]
        var values: [String]

        init(_ name: String, _ tensor: OnnxTensor) {
            self.name = name
            type = "\(tensor.elements.type)"
            shape = tensor.shape
            switch tensor.elements {
            case .booleans(let values): self.values = values.map { $0 ? "True" : "False" }
            default: values = tensor.elements.labels
            }
        }

        var tensor: OnnxTensor {
            let elements: OnnxElements =
                switch type {
                case "float": .floats(values.map { Float(Double($0) ?? .nan) })
                case "double": .doubles(values.map { Double($0) ?? .nan })
                case "int64": .integers(values.map { Int64($0) ?? 0 })
                case "int32": .shortIntegers(values.map { Int32($0) ?? 0 })
                case "bool": .booleans(values.map { $0 == "True" })
                default: .texts(values)
                }
            return OnnxTensor(shape: shape, elements: elements)
        }
    }

    struct Answers: Codable {
        var outputs: [Element?]
        var error: String
    }

    /// A directory for cases, gone when it is let go.
    final class Cases {
        let root: URL

        init() throws {
            root = FileManager.default.temporaryDirectory.appending(path: "flyball-onnx-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: root) }

        func add(_ name: String, _ model: [UInt8], _ inputs: [String: OnnxTensor]) throws {
            let folder = root.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(model).write(to: folder.appending(path: "model.onnx"))
            let elements = inputs.sorted { $0.key < $1.key }.map { Element($0.key, $0.value) }
            try JSONEncoder().encode(elements).write(to: folder.appending(path: "inputs.json"))
        }

        func model(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: root.appending(path: "\(name)/model.onnx"))) }

        func inputs(_ name: String) throws -> [String: OnnxTensor] {
            let data = try Data(contentsOf: root.appending(path: "\(name)/inputs.json"))
            return Dictionary(uniqueKeysWithValues: try JSONDecoder().decode([Element].self, from: data).map { ($0.name, $0.tensor) })
        }

        func answers(_ name: String) throws -> Answers {
            try JSONDecoder().decode(Answers.self, from: Data(contentsOf: root.appending(path: "\(name)/answers.json")))
        }

        var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted() }

        /// Runs the script, which lies beside the tests.
        func run(_ verb: String, _ words: [String] = []) throws {
            guard let python = OnnxRuntime.python else { throw CocoaError(.fileNoSuchFile) }
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "Oracles/onnx_answers.py")
            let process = Process()
            process.executableURL = URL(filePath: python)
            process.arguments = [script.path, verb, root.path] + words
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        }
    }

    /// The largest difference of two tensors, each relative to 1 and its size; infinite for what is otherwise different.
    static func difference(_ found: OnnxTensor, _ wanted: OnnxTensor) -> Double {
        guard found.shape == wanted.shape, found.elements.type == wanted.elements.type else { return .infinity }
        guard let one = found.elements.numbers, let other = wanted.elements.numbers else {
            return found.elements == wanted.elements ? 0 : .infinity
        }
        return zip(one, other).map { a, b in a == b || (a.isNaN && b.isNaN) ? 0 : a.isNaN || b.isNaN ? .infinity : abs(a - b) / (1 + abs(b))
        }
        .max() ?? 0
    }
}
