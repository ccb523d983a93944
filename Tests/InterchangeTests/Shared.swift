import Foundation
import Interchange

/// The models that lie next to the repository, with what ONNX Runtime answered: `$FLYBALL_ONNX`, else `../shared/onnx`.
enum Shared {
    /// Nil when they are not there.
    static let root: URL? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/onnx").path
        let path = ProcessInfo.processInfo.environment["FLYBALL_ONNX"] ?? beside
        return FileManager.default.fileExists(atPath: path) ? URL(filePath: path) : nil
    }()

    /// The models' names.
    static let names: [String] = {
        guard let root, let all = try? FileManager.default.contentsOfDirectory(atPath: root.path) else { return [] }
        return all.filter { FileManager.default.fileExists(atPath: root.appending(path: "\($0)/model.onnx").path) }.sorted()
    }()

    static func bytes(_ name: String, _ file: String) throws -> [UInt8] {
        guard let root else { throw CocoaError(.fileNoSuchFile) }
        return [UInt8](try Data(contentsOf: root.appending(path: "\(name)/\(file)")))
    }

    static func model(_ name: String) throws -> OnnxEvaluator { try OnnxEvaluator(try bytes(name, "model.onnx")) }
}

/// What a model was asked, and what ONNX Runtime answered.
struct Expected {
    struct Output {
        var name: String
        var values: Any
    }

    var inputs: [String: OnnxTensor] = [:]
    var outputs: [Output] = []
    var rows = 0

    init(_ name: String, model: OnnxEvaluator) throws {
        let document = try JSONSerialization.jsonObject(with: Data(try Shared.bytes(name, "expected.json"))) as? [String: Any] ?? [:]
        for output in document["outputs"] as? [[String: Any]] ?? [] {
            outputs.append(Output(name: output["name"] as? String ?? "", values: output["values"] ?? 0))
        }
        rows = document["rows"] as? Int ?? 0
        try read(String(decoding: try Shared.bytes(name, "inputs.csv"), as: UTF8.self), model)
    }

    /// A column is an input, or one column of an input: `X[3]`.
    private mutating func read(_ text: String, _ model: OnnxEvaluator) throws {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let header = lines[0].split(separator: ",").map { String($0).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
        let cells = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        for port in model.inputs {
            let columns = header.indices.filter { header[$0] == port.name || header[$0].hasPrefix(port.name + "[") }
            let texts = cells.flatMap { row in columns.map { row[$0] } }
            let elements: OnnxElements
            switch port.kind {
            case .tensor(.string): elements = .texts(texts)
            case .tensor(.int64): elements = .integers(texts.map { Int64(Double($0) ?? 0) })
            case .tensor(.double): elements = .doubles(texts.map { Double($0) ?? .nan })
            default: elements = .floats(texts.map { Float($0) ?? .nan })
            }
            let isFlat = port.shape?.count == 1
            inputs[port.name] = OnnxTensor(shape: isFlat ? [cells.count] : [cells.count, columns.count], elements: elements)
        }
    }

    /// Numbers of a JSON value in order, those that are no finite ones as texts.
    static func numbers(_ value: Any) -> [Double] {
        switch value {
        case let list as [Any]: list.flatMap { numbers($0) }
        case let number as NSNumber: [number.doubleValue]
        case let text as String: [["nan": Double.nan, "inf": .infinity, "-inf": -.infinity][text.lowercased()] ?? .nan]
        default: []
        }
    }

    /// Texts of a JSON value in order.
    static func texts(_ value: Any) -> [String] {
        switch value {
        case let list as [Any]: list.flatMap { texts($0) }
        case let text as String: [text]
        case let number as NSNumber: ["\(number)"]
        default: []
        }
    }
}
