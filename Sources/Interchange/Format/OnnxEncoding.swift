extension OnnxModel {
    /// The model's file.
    ///
    /// Complexity: O(bytes).
    package func encode() -> [UInt8] {
        var writer = WireWriter()
        writer.number(1, Int64(format))
        let parts = producer.split(separator: " ", maxSplits: 1).map(String.init)
        writer.text(2, parts.first ?? "")
        writer.text(3, parts.count > 1 ? parts[1] : "")
        writer.message(7) { graph(&$0) }
        for (domain, version) in opsets.sorted(by: { $0.key < $1.key }) {
            writer.message(8) {
                $0.text(1, domain == "ai.onnx" ? "" : domain)
                $0.number(2, Int64(version))
            }
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            writer.message(14) {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
        return writer.bytes
    }

    private func graph(_ writer: inout WireWriter) {
        for node in nodes { writer.message(1) { Self.write(node, &$0) } }
        writer.text(2, "flyball")
        for initializer in initializers { writer.message(5) { Self.write(initializer.tensor, initializer.name, &$0) } }
        for port in inputs { writer.message(11) { Self.write(port, &$0) } }
        for port in outputs { writer.message(12) { Self.write(port, &$0) } }
    }

    private static func write(_ node: OnnxNode, _ writer: inout WireWriter) {
        for name in node.inputs { writer.text(1, name) }
        for name in node.outputs { writer.text(2, name) }
        writer.text(3, node.name)
        writer.text(4, node.operation)
        for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
            writer.message(5) { write(attribute, name, &$0) }
        }
        writer.text(7, node.domain == "ai.onnx" ? "" : node.domain)
    }

    private static func write(_ attribute: OnnxAttribute, _ name: String, _ writer: inout WireWriter) {
        writer.text(1, name)
        let type: Int64
        if let float = attribute.float {
            writer.float(2, float)
            type = 1
        } else if let integer = attribute.integer {
            writer.number(3, integer)
            type = 2
        } else if let text = attribute.text {
            writer.text(4, text)
            type = 3
        } else if let tensor = attribute.tensor {
            writer.message(5) { write(tensor, name, &$0) }
            type = 4
        } else if !attribute.floats.isEmpty {
            for value in attribute.floats { writer.float(7, value) }
            type = 6
        } else if !attribute.texts.isEmpty {
            for text in attribute.texts { writer.text(9, text) }
            type = 8
        } else {
            // The schema of the format does not pack lists of attributes.
            for value in attribute.integers { writer.number(8, value) }
            type = 7
        }
        writer.number(20, type)
    }

    private static func write(_ tensor: OnnxTensor, _ name: String, _ writer: inout WireWriter) {
        writer.numbers(1, tensor.shape.map { Int64($0) })
        writer.number(2, Int64(tensor.elements.type.rawValue))
        switch tensor.elements {
        case .floats(let values): writer.packed(9, values)
        case .doubles(let values): writer.packed(9, values)
        case .integers(let values): writer.packed(9, values)
        case .shortIntegers(let values): writer.packed(9, values)
        case .booleans(let values): writer.packed(9, values.map { $0 ? UInt8(1) : 0 })
        case .texts(let values): for value in values { writer.text(6, value) }
        }
        writer.text(8, name)
    }

    private static func write(_ port: OnnxPort, _ writer: inout WireWriter) {
        writer.text(1, port.name)
        guard case .tensor(let type) = port.kind else { return }
        writer.message(2) { writer in
            writer.message(1) { writer in
                writer.number(1, Int64(type.rawValue))
                guard let shape = port.shape else { return }
                writer.message(2) { writer in
                    for length in shape {
                        writer.message(1) { writer in
                            if let length { writer.number(1, Int64(length)) } else { writer.text(2, "N") }
                        }
                    }
                }
            }
        }
    }
}
