import Foundation
import Interchange

/// Models made for tests.
enum Built {
    /// A model of nodes that reads `x`, `[?, 3]`, and makes `y`.
    static func model(
        _ nodes: [OnnxNode], _ initializers: [OnnxInitializer] = [], opsets: [String: Int] = ["ai.onnx": 17, "ai.onnx.ml": 3],
        type: ElementType = .float, width: Int? = 3, outputs: [String] = ["y"]
    ) -> OnnxModel {
        var model = OnnxModel()
        model.format = 8
        model.producer = "test 1"
        model.opsets = opsets
        model.nodes = nodes
        model.initializers = initializers
        model.inputs = [OnnxPort(name: "x", kind: .tensor(type), shape: [nil, width])]
        model.outputs = outputs.map { OnnxPort(name: $0, kind: .tensor(.float), shape: nil) }
        return model
    }

    /// Reads what was written.
    static func evaluator(_ model: OnnxModel, limits: OnnxLimits = OnnxLimits()) throws -> OnnxEvaluator {
        try OnnxEvaluator(model.encode(), limits: limits)
    }

    /// A constant of single precision.
    static func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> OnnxInitializer {
        OnnxInitializer(name: name, tensor: OnnxTensor(shape: shape, elements: .floats(values)))
    }

    /// Rows of three numbers.
    static func rows(_ values: [Float]) -> [String: OnnxTensor] {
        ["x": OnnxTensor(shape: [values.count / 3, 3], elements: .floats(values))]
    }
}

/// Writes what no writer of ours would: messages byte by byte.
struct RawMessage {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var (result, rest): ([UInt8], UInt64) = ([], value)
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }

    mutating func number(_ field: UInt64, _ value: UInt64) { bytes += Self.varint(field << 3) + Self.varint(value) }

    mutating func data(_ field: UInt64, _ value: [UInt8]) {
        bytes += Self.varint(field << 3 | 2) + Self.varint(UInt64(value.count)) + value
    }

    mutating func text(_ field: UInt64, _ value: String) { data(field, Array(value.utf8)) }

    static func of(_ body: (inout RawMessage) -> Void) -> [UInt8] {
        var message = RawMessage()
        body(&message)
        return message.bytes
    }
}
