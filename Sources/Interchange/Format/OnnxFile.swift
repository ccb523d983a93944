/// Parses a file: the model, its graph and its nodes; tensors are parsed in `TensorParsing`.
struct OnnxFile {
    let wire: WireBytes
    let limits: OnnxLimits

    /// The model in some bytes.
    ///
    /// - Throws: `.tooLarge`, `.damaged`, `.externalData`, `.unsupportedType`, `.badTensor`, `.incomplete`. Complexity: O(bytes).
    static func parse(_ bytes: UnsafeRawBufferPointer, limits: OnnxLimits) throws(OnnxFailure) -> OnnxModel {
        guard bytes.count <= limits.bytes else { throw .tooLarge(what: "bytes", found: bytes.count, limit: limits.bytes) }
        let file = OnnxFile(wire: WireBytes(bytes: bytes), limits: limits)
        return try file.model(0..<bytes.count)
    }

    private func model(_ range: Range<Int>) throws(OnnxFailure) -> OnnxModel {
        var model = OnnxModel()
        var hasGraph = false
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .number(let version)): model.format = Int(clamping: version)
            case (2, .bytes(let text)): model.producer = wire.text(text) + model.producer
            case (3, .bytes(let text)): model.producer += " " + wire.text(text)
            case (7, .bytes(let graph)):
                guard !hasGraph else { throw .damaged("a second graph", at: graph.lowerBound) }
                hasGraph = true
                try self.graph(graph, into: &model)
            case (8, .bytes(let opset)):
                let (domain, version) = try self.opset(opset)
                model.opsets[domain] = max(model.opsets[domain] ?? 0, version)
            case (14, .bytes(let entry)):
                let (key, value) = try self.entry(entry)
                model.metadata[key] = value
            default: break
            }
        }
        guard hasGraph else { throw .incomplete("no graph") }
        guard !model.opsets.isEmpty else { throw .incomplete("no opset") }
        return model
    }

    private func opset(_ range: Range<Int>) throws(OnnxFailure) -> (String, Int) {
        var (domain, version) = ("", 0)
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): domain = wire.text(text)
            case (2, .number(let number)): version = Int(clamping: number)
            default: break
            }
        }
        return (Self.domain(domain), version)
    }

    /// The standard domain has two names.
    private static func domain(_ text: String) -> String { text.isEmpty ? "ai.onnx" : text }

    private func entry(_ range: Range<Int>) throws(OnnxFailure) -> (String, String) {
        var (key, value) = ("", "")
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): key = wire.text(text)
            case (2, .bytes(let text)): value = wire.text(text)
            default: break
            }
        }
        return (key, value)
    }

    private func graph(_ range: Range<Int>, into model: inout OnnxModel) throws(OnnxFailure) {
        var reader = wire.reader(range)
        var values = 0
        while let field = try reader.next() {
            guard case .bytes(let bytes) = field.value else { continue }
            switch field.number {
            case 1:
                let node = try self.node(bytes)
                model.nodes.append(node)
                values += node.outputs.count
            case 5:
                var name = ""
                let tensor = try self.tensor(bytes, name: &name)
                model.initializers.append(OnnxInitializer(name: name, tensor: tensor))
                values += 1
            case 11: model.inputs.append(try port(bytes))
            case 12: model.outputs.append(try port(bytes))
            case 15: throw .incomplete("a sparse initializer, which is not supported")
            default: break
            }
            let found = values + model.inputs.count + model.outputs.count
            guard model.nodes.count <= limits.nodes else { throw .tooLarge(what: "nodes", found: model.nodes.count, limit: limits.nodes) }
            guard found <= limits.values else { throw .tooLarge(what: "values", found: found, limit: limits.values) }
        }
    }

    private func node(_ range: Range<Int>) throws(OnnxFailure) -> OnnxNode {
        var node = OnnxNode()
        var reader = wire.reader(range)
        while let field = try reader.next() {
            guard case .bytes(let bytes) = field.value else { continue }
            switch field.number {
            case 1: node.inputs.append(wire.text(bytes))
            case 2: node.outputs.append(wire.text(bytes))
            case 3: node.name = wire.text(bytes)
            case 4: node.operation = wire.text(bytes)
            case 5:
                let (name, attribute) = try self.attribute(bytes)
                node.attributes[name] = attribute
            case 7: node.domain = Self.domain(wire.text(bytes))
            default: break
            }
            let ports = max(node.inputs.count, node.outputs.count)
            guard ports <= limits.ports else { throw .tooLarge(what: "inputs of one node", found: ports, limit: limits.ports) }
        }
        return node
    }

    private func attribute(_ range: Range<Int>) throws(OnnxFailure) -> (String, OnnxAttribute) {
        var name = ""
        var attribute = OnnxAttribute()
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): name = wire.text(text)
            case (2, .fixed32(let bits)): attribute.float = Float(bitPattern: bits)
            case (3, .number(let number)): attribute.integer = Int64(bitPattern: number)
            case (4, .bytes(let text)): attribute.text = wire.text(text)
            case (5, .bytes(let tensor)):
                var own = name
                attribute.tensor = try self.tensor(tensor, name: &own, allowsBytes: true)
            case (6, .bytes), (11, .bytes): attribute.hasGraph = true
            case (7, .fixed32(let bits)): attribute.floats.append(Float(bitPattern: bits))
            case (7, .bytes(let numbers)): attribute.floats += try wire.packed(numbers, as: Float.self)
            case (8, .number(let number)): attribute.integers.append(Int64(bitPattern: number))
            case (8, .bytes(let numbers)): try wire.packedNumbers(numbers, into: &attribute.integers)
            case (9, .bytes(let text)): attribute.texts.append(wire.text(text))
            default: break
            }
        }
        return (name, attribute)
    }

    private func port(_ range: Range<Int>) throws(OnnxFailure) -> OnnxPort {
        var port = OnnxPort(name: "", kind: .other, shape: nil)
        var type: Range<Int>?
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): port.name = wire.text(text)
            case (2, .bytes(let bytes)): type = bytes
            default: break
            }
        }
        guard let type else { return port }
        var types = wire.reader(type)
        while let field = try types.next() {
            if case (1, .bytes(let tensor)) = (field.number, field.value) { try tensorType(tensor, into: &port) }
        }
        return port
    }

    private func tensorType(_ range: Range<Int>, into port: inout OnnxPort) throws(OnnxFailure) {
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .number(let number)):
                let number = Int(clamping: number)
                guard let type = ElementType(rawValue: Int32(clamping: number)) else {
                    throw .unsupportedType(name: port.name, type: ElementType.name(ofNumber: number))
                }
                port.kind = .tensor(type)
            case (2, .bytes(let shape)): port.shape = try dimensions(shape, of: port.name)
            default: break
            }
        }
    }

    private func dimensions(_ range: Range<Int>, of name: String) throws(OnnxFailure) -> [Int?] {
        var result: [Int?] = []
        var reader = wire.reader(range)
        while let field = try reader.next() {
            guard case (1, .bytes(let dimension)) = (field.number, field.value) else { continue }
            var length: Int?
            var inner = wire.reader(dimension)
            while let field = try inner.next() {
                if case (1, .number(let number)) = (field.number, field.value) { length = Int(exactly: Int64(bitPattern: number)) }
            }
            // Some writers put -1 or 0 for what is open.
            result.append(length.flatMap { $0 > 0 ? $0 : nil })
            guard result.count <= limits.dimensions else {
                throw .tooLarge(what: "dimensions in \(name)", found: result.count, limit: limits.dimensions)
            }
        }
        return result
    }
}
