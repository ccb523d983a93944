extension OnnxFile {
    /// What a tensor's message holds before its elements are put together.
    private struct Parts {
        var dimensions: [Int64] = []
        var type = 0
        var floats: [Float] = []
        var doubles: [Double] = []
        var words: [Int64] = []
        var texts: [String] = []
        var raw: Range<Int>?
        var isElsewhere = false
    }

    /// A tensor; its elements lie in the file, and fill its shape.
    ///
    /// `allowsBytes` takes elements of one byte as whole numbers, for attributes that are lists of such.
    func tensor(_ range: Range<Int>, name: inout String, allowsBytes: Bool = false) throws(OnnxFailure) -> OnnxTensor {
        var parts = Parts()
        var reader = wire.reader(range)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .number(let length)): parts.dimensions.append(Int64(bitPattern: length))
            case (1, .bytes(let lengths)): try wire.packedNumbers(lengths, into: &parts.dimensions)
            case (2, .number(let type)): parts.type = Int(clamping: type)
            case (4, .fixed32(let bits)): parts.floats.append(Float(bitPattern: bits))
            case (4, .bytes(let numbers)): parts.floats += try wire.packed(numbers, as: Float.self)
            case (5, .number(let number)), (7, .number(let number)): parts.words.append(Int64(bitPattern: number))
            case (5, .bytes(let numbers)), (7, .bytes(let numbers)): try wire.packedNumbers(numbers, into: &parts.words)
            case (6, .bytes(let text)): parts.texts.append(wire.text(text))
            case (8, .bytes(let text)): name = wire.text(text)
            case (9, .bytes(let raw)): parts.raw = raw
            case (10, .fixed64(let bits)): parts.doubles.append(Double(bitPattern: bits))
            case (10, .bytes(let numbers)): parts.doubles += try wire.packed(numbers, as: Double.self)
            case (13, .bytes): parts.isElsewhere = true
            case (14, .number(let place)): parts.isElsewhere = parts.isElsewhere || place != 0
            default: break
            }
        }
        // Its name may stand behind.
        guard !parts.isElsewhere else { throw .externalData(name: name) }
        if allowsBytes, parts.type == 2 {
            if let raw = parts.raw { parts.words = try wire.packed(raw, as: UInt8.self).map { Int64($0) } }
            parts.raw = nil
            parts.type = Int(ElementType.int32.rawValue)
        }
        return try put(parts, name)
    }

    private func put(_ parts: Parts, _ name: String) throws(OnnxFailure) -> OnnxTensor {
        guard let type = ElementType(rawValue: Int32(clamping: parts.type)) else {
            throw .unsupportedType(name: name, type: ElementType.name(ofNumber: parts.type))
        }
        guard parts.dimensions.count <= limits.dimensions else {
            throw .tooLarge(what: "dimensions in \(name)", found: parts.dimensions.count, limit: limits.dimensions)
        }
        let lengths = parts.dimensions.map { Int(clamping: $0) }
        guard let shape = Shape(lengths) else { throw .badTensor(name: name, what: "dimensions \(lengths)") }
        guard shape.count <= limits.elements else {
            throw .tooLarge(what: "elements in \(name)", found: shape.count, limit: limits.elements)
        }
        let elements = try self.elements(parts, type, name)
        guard elements.count == shape.count else {
            throw .badTensor(name: name, what: "\(elements.count) elements for \(shape.text)")
        }
        return OnnxTensor(shape: lengths, elements: elements)
    }

    private func elements(_ parts: Parts, _ type: ElementType, _ name: String) throws(OnnxFailure) -> OnnxElements {
        let raw = parts.raw
        switch type {
        case .float: return .floats(try raw.map { range throws(OnnxFailure) in try wire.packed(range, as: Float.self) } ?? parts.floats)
        case .double: return .doubles(try raw.map { range throws(OnnxFailure) in try wire.packed(range, as: Double.self) } ?? parts.doubles)
        case .int64: return .integers(try raw.map { range throws(OnnxFailure) in try wire.packed(range, as: Int64.self) } ?? parts.words)
        case .int32:
            if let raw { return .shortIntegers(try wire.packed(raw, as: Int32.self)) }
            return .shortIntegers(parts.words.map { Int32(truncatingIfNeeded: $0) })
        case .bool:
            if let raw { return .booleans(try wire.packed(raw, as: UInt8.self).map { $0 != 0 }) }
            return .booleans(parts.words.map { $0 != 0 })
        case .string:
            guard raw == nil else { throw .badTensor(name: name, what: "texts as raw bytes") }
            return .texts(parts.texts)
        }
    }
}
