/// What turns categories into numbers and numbers into classes.
enum EncodingOperators {
    static let table: [String: OperatorSpec] = [
        "OneHotEncoder": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in try oneHot(context) },
        "LabelEncoder": OperatorSpec([1, 2, 4], from: 1) { context throws(OnnxFailure) in try labels(context) },
        "ZipMap": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float)
            let (texts, numbers) = (context.texts("classlabels_strings"), context.integers("classlabels_int64s"))
            guard texts.isEmpty != numbers.isEmpty else { throw context.refusal("its keys are neither texts nor numbers") }
            let keys: OnnxElements = texts.isEmpty ? .integers(numbers.map { Int64($0) }) : .texts(texts)
            return BuiltNode(ZipKernel(input: input.slot, keys: keys.count, output: context.output), .float, keys: keys)
        },
    ]

    private static func oneHot(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0)
        let (texts, numbers) = (context.texts("cats_strings"), context.integers("cats_int64s"))
        let isText = input.type == .string
        guard isText ? !texts.isEmpty : !numbers.isEmpty else { throw context.refusal("it has no categories of the kind that it reads") }
        guard input.type != .bool else { throw context.refusal("it reads bool") }
        let keys = isText ? texts.map { Int(context.texts.number(of: $0) ?? TextTable.unknown) } : numbers
        return BuiltNode(
            OneHotKernel(
                input: input.slot, isText: isText, places: CodePlaces(keys), count: keys.count,
                allowsOthers: context.integer("zeros", 1) != 0, output: context.output), .float)
    }

    private static func labels(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0)
        guard let (keys, values, standard) = context.version < 2 ? classes(context, input) : try pairs(context, input) else {
            throw context.refusal("it has no keys for \(input.type.name)")
        }
        guard keys.count == values.count, standard.count == 1 else {
            throw context.refusal("\(keys.count) keys for \(values.count) values")
        }
        let places: CodePlaces
        switch keys {
        case .texts(let texts): places = CodePlaces(texts.map { Int(context.texts.number(of: $0) ?? TextTable.unknown) })
        case .integers(let numbers): places = CodePlaces(numbers.map { Int($0) })
        case .floats(let numbers): places = CodePlaces(numbers.map { EncoderKernel.code(of: Double($0)) })
        case .doubles(let numbers): places = CodePlaces(numbers.map { EncoderKernel.code(of: $0) })
        default: throw context.refusal("keys of another kind")
        }
        let allowed: ElementType = keys.type
        guard input.type == allowed else { throw context.refusal("it reads \(input.type.name), its keys are \(allowed.name)") }
        return BuiltNode(
            EncoderKernel(
                input: input.slot, keyType: input.type, places: places, values: values, standard: standard, output: context.output),
            values.type)
    }

    /// As in the operator's first version: a text's place among the classes, or the class at a place.
    private static func classes(_ context: NodeContext, _ input: ValueInfo) -> (OnnxElements, OnnxElements, OnnxElements)? {
        let classes = context.texts("classes_strings")
        let numbers = OnnxElements.integers(classes.indices.map { Int64($0) })
        if input.type == .string {
            return (.texts(classes), numbers, .integers([Int64(context.integer("default_int64", -1))]))
        }
        guard input.type == .int64 else { return nil }
        return (numbers, .texts(classes), .texts([context.text("default_string", "_Unused")]))
    }

    private static func pairs(
        _ context: NodeContext, _ input: ValueInfo
    ) throws(OnnxFailure) -> (OnnxElements, OnnxElements, OnnxElements)? {
        func side(_ name: String) -> OnnxElements? {
            if let tensor = context.tensor("\(name)_tensor") { return tensor.elements }
            if context.has("\(name)_strings") { return .texts(context.texts("\(name)_strings")) }
            if context.has("\(name)_int64s") { return .integers(context.integers("\(name)_int64s").map { Int64($0) }) }
            if context.has("\(name)_floats") { return .floats(context.floats("\(name)_floats")) }
            return nil
        }
        guard let keys = side("keys"), let values = side("values") else { return nil }
        if let standard = context.tensor("default_tensor") { return (keys, values, standard.elements) }
        switch values {
        case .texts: return (keys, values, .texts([context.text("default_string", "_Unused")]))
        case .integers: return (keys, values, .integers([Int64(context.integer("default_int64", -1))]))
        case .floats: return (keys, values, .floats([context.float("default_float", -0.0)]))
        case .doubles: return (keys, values, .doubles([0]))
        default: throw context.refusal("values of another kind")
        }
    }
}

/// Where a key stands in a list: by a table where keys lie close together, else by their hash.
struct CodePlaces: Sendable {
    private let first: Int
    private let table: [Int32]
    private let others: [Int: Int32]

    /// Of equal keys the first one counts.
    init(_ keys: [Int]) {
        let places = Dictionary(keys.enumerated().map { ($1, Int32(clamping: $0)) }, uniquingKeysWith: { first, _ in first })
        let (least, most) = (keys.min() ?? 0, keys.max() ?? 0)
        let (span, isOver) = most.subtractingReportingOverflow(least)
        if !isOver, span < 4 * keys.count + 1_024 {
            first = least
            var table = [Int32](repeating: -1, count: span + 1)
            for (key, place) in places { table[key - least] = place }
            self.table = table
            others = [:]
        } else {
            first = 0
            table = []
            others = places
        }
    }

    /// The place of a key; negative when there is none.
    @inline(__always)
    func place(_ key: Int) -> Int {
        if table.isEmpty { return Int(others[key] ?? -1) }
        let index = key &- first
        return index >= 0 && index < table.count ? Int(table[index]) : -1
    }
}

/// A column for each category, 1 where it is.
struct OneHotKernel: Kernel {
    let input: Int
    let isText: Bool
    let places: CodePlaces
    let count: Int
    /// Whether a value that is no category makes zeros; else it is a fault.
    let allowsOthers: Bool
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        var shape = frame.shape(input)
        let values = shape.count
        try shape.append(count)
        let to = try frame.make(output, .float, shape, as: Float.self)
        to.update(repeating: 0, count: shape.count)
        let numbers = NumberReader(frame, input)
        let texts = frame.read(input, as: Int32.self)
        for index in 0..<values {
            let place = places.place(isText ? Int(texts[index]) : numbers.whole(index))
            if place >= 0 {
                to[index * count + place] = 1
            } else if !allowsOthers {
                throw .value("a value that is none of its categories")
            }
        }
    }
}

/// A value for each key.
struct EncoderKernel: Kernel {
    let input: Int
    let keyType: ElementType
    let places: CodePlaces
    let values: OnnxElements
    let standard: OnnxElements
    let output: Int

    /// The bits of a number, by which equal ones are equal; all that are no numbers are.
    static func code(of value: Double) -> Int {
        value.isNaN ? Int(bitPattern: UInt(Double.nan.bitPattern)) : Int(bitPattern: UInt((value + 0.0).bitPattern))
    }

    func run(_ frame: Frame) throws(OnnxFault) {
        switch (values, standard) {
        case (.floats(let values), .floats(let other)): try write(frame, values, other[0])
        case (.doubles(let values), .doubles(let other)): try write(frame, values, other[0])
        case (.integers(let values), .integers(let other)): try write(frame, values, other[0])
        case (.texts(let values), .texts(let other)): try write(frame, values.map { frame.intern($0) }, frame.intern(other[0]))
        default: throw .value("its values are of another type than what stands for others")
        }
    }

    private func write<T: BitwiseCopyable>(_ frame: Frame, _ values: [T], _ other: T) throws(OnnxFault) {
        let shape = frame.shape(input)
        let to = try frame.make(output, self.values.type, shape, as: T.self)
        let numbers = NumberReader(frame, input)
        let texts = frame.read(input, as: Int32.self)
        for index in 0..<shape.count {
            let key: Int
            switch keyType {
            case .string: key = Int(texts[index])
            case .int64, .int32: key = numbers.whole(index)
            default: key = Self.code(of: numbers[index])
            }
            let place = places.place(key)
            to[index] = place >= 0 ? values[place] : other
        }
    }
}

/// A map a row, by the same keys: kept as the tensor that it is made of.
struct ZipKernel: Kernel {
    let input: Int
    let keys: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        guard shape.rank > 0, shape.rank <= 2, shape[shape.rank - 1] == keys else { throw .shape("\(keys) keys for \(shape.text)") }
        try frame.alias(output, of: input, shape)
    }
}
