/// Comparisons, logic, choices and casts, element by element.
enum ComparisonOperators {
    static let table: [String: OperatorSpec] = [
        "Equal": comparison([1, 7, 11, 13, 19], from: 7, .equal), "Less": comparison([1, 7, 9, 13], from: 7, .less),
        "Greater": comparison([1, 7, 9, 13], from: 7, .greater), "LessOrEqual": comparison([12, 16], from: 12, .lessOrEqual),
        "GreaterOrEqual": comparison([12, 16], from: 12, .greaterOrEqual), "And": logic([1, 7], .both), "Or": logic([1, 7], .either),
        "Xor": logic([1, 7], .one),
        "Not": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            BuiltNode(NotKernel(input: try context.input(0, .bool).slot, output: context.output), .bool)
        },
        "IsNaN": OperatorSpec([9, 13, 20], from: 9) { context throws(OnnxFailure) in
            BuiltNode(NotANumberKernel(input: try context.input(0, .float, .double).slot, output: context.output), .bool)
        },
        "Where": OperatorSpec([9, 16], from: 9) { context throws(OnnxFailure) in
            let (condition, yes, no) = (try context.input(0, .bool), try context.input(1), try context.input(2))
            guard yes.type == no.type else { throw context.refusal("its inputs are of several types") }
            return BuiltNode(
                WhereKernel(condition: condition.slot, yes: yes.slot, no: no.slot, type: yes.type, output: context.output), yes.type)
        },
        "Cast": OperatorSpec([1, 6, 9, 13, 19, 21, 23, 24, 25, 28], from: 6) { context throws(OnnxFailure) in try cast(context) },
    ]

    private static func comparison(_ versions: [Int], from least: Int, _ comparison: CompareKernel.Comparison) -> OperatorSpec {
        OperatorSpec(versions, from: least) { context throws(OnnxFailure) in
            let inputs = try context.alike()
            guard inputs.count == 2 else { throw context.refusal("it has \(inputs.count) inputs") }
            guard inputs[0].type.isNumber || comparison == .equal else { throw context.refusal("it reads \(inputs[0].type.name)") }
            return BuiltNode(
                CompareKernel(
                    comparison: comparison, type: inputs[0].type, first: inputs[0].slot, second: inputs[1].slot, output: context.output),
                .bool)
        }
    }

    private static func logic(_ versions: [Int], _ logic: LogicKernel.Logic) -> OperatorSpec {
        OperatorSpec(versions, from: 7) { context throws(OnnxFailure) in
            BuiltNode(
                LogicKernel(
                    logic: logic, first: try context.input(0, .bool).slot, second: try context.input(1, .bool).slot, output: context.output),
                .bool)
        }
    }

    private static func cast(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0)
        let number = context.integer("to", 0)
        guard let type = ElementType(rawValue: Int32(clamping: number)) else {
            throw context.refusal("it makes \(ElementType.name(ofNumber: number))")
        }
        if type == input.type { return BuiltNode(AliasKernel(input: input.slot, output: context.output), type) }
        return BuiltNode(CastKernel(input: input.slot, from: input.type, to: type, output: context.output), type)
    }
}

/// Compares numbers, or texts for equality.
struct CompareKernel: Kernel {
    enum Comparison: Sendable { case equal, less, greater, lessOrEqual, greaterOrEqual }

    let comparison: Comparison
    let type: ElementType
    let first: Int
    let second: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        switch type {
        case .float: try evaluate(frame, Float.self)
        case .double: try evaluate(frame, Double.self)
        case .int64: try evaluate(frame, Int64.self)
        case .int32, .string: try evaluate(frame, Int32.self)
        case .bool: try evaluate(frame, UInt8.self)
        }
    }

    private func evaluate<T: Comparable & BitwiseCopyable>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        switch comparison {
        case .equal: try evaluate(frame, T.self) { $0 == $1 }
        case .less: try evaluate(frame, T.self) { $0 < $1 }
        case .greater: try evaluate(frame, T.self) { $0 > $1 }
        case .lessOrEqual: try evaluate(frame, T.self) { $0 <= $1 }
        case .greaterOrEqual: try evaluate(frame, T.self) { $0 >= $1 }
        }
    }

    @inline(__always)
    private func evaluate<T: BitwiseCopyable>(_ frame: Frame, _: T.Type, _ body: (T, T) -> Bool) throws(OnnxFault) {
        try Pairs.map(frame, first, second, output, .bool) { (x: T, y: T) in UInt8(body(x, y) ? 1 : 0) }
    }
}

/// Walks two values that are stretched to one shape.
enum Pairs {
    @inline(__always)
    static func map<A: BitwiseCopyable, B: BitwiseCopyable, R: BitwiseCopyable>(
        _ frame: Frame, _ first: Int, _ second: Int, _ output: Int, _ type: ElementType, _ body: (A, B) -> R
    ) throws(OnnxFault) {
        let (one, other) = (frame.shape(first), frame.shape(second))
        let shape = try one.stretched(with: other)
        let to = try frame.make(output, type, shape, as: R.self)
        let (a, b) = (frame.read(first, as: A.self), frame.read(second, as: B.self))
        let count = shape.count
        if one == shape, other == shape {
            for index in 0..<count { to[index] = body(a[index], b[index]) }
        } else if one == shape, other.count == 1 {
            let fixed = b[0]
            for index in 0..<count { to[index] = body(a[index], fixed) }
        } else {
            let (left, right) = (Stretch(one, to: shape), Stretch(other, to: shape))
            for index in 0..<count { to[index] = body(a[left.place(index)], b[right.place(index)]) }
        }
    }
}

/// And, or, either or.
struct LogicKernel: Kernel {
    enum Logic: Sendable { case both, either, one }

    let logic: Logic
    let first: Int
    let second: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        switch logic {
        case .both: try Pairs.map(frame, first, second, output, .bool) { (x: UInt8, y: UInt8) in x & y & 1 }
        case .either: try Pairs.map(frame, first, second, output, .bool) { (x: UInt8, y: UInt8) in (x | y) & 1 }
        case .one: try Pairs.map(frame, first, second, output, .bool) { (x: UInt8, y: UInt8) in (x ^ y) & 1 }
        }
    }
}

/// The opposite.
struct NotKernel: Kernel {
    let input: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let to = try frame.make(output, .bool, shape, as: UInt8.self)
        let from = frame.read(input, as: UInt8.self)
        for index in 0..<shape.count { to[index] = (from[index] & 1) ^ 1 }
    }
}

/// Whether a value is missing.
struct NotANumberKernel: Kernel {
    let input: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let to = try frame.make(output, .bool, shape, as: UInt8.self)
        let from = NumberReader(frame, input)
        for index in 0..<shape.count { to[index] = from[index].isNaN ? 1 : 0 }
    }
}

/// One of two values, by a third.
struct WhereKernel: Kernel {
    let condition: Int
    let yes: Int
    let no: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        switch type.size {
        case 8: try evaluate(frame, Int64.self)
        case 4: try evaluate(frame, Int32.self)
        default: try evaluate(frame, UInt8.self)
        }
    }

    /// Whatever they are, they are only moved.
    private func evaluate<T: BitwiseCopyable>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        let shape = try frame.shape(condition).stretched(with: frame.shape(yes)).stretched(with: frame.shape(no))
        let to = try frame.make(output, type, shape, as: T.self)
        let conditions = frame.read(condition, as: UInt8.self)
        let (yesses, noes) = (frame.read(yes, as: T.self), frame.read(no, as: T.self))
        let (a, b, c) = (
            Stretch(frame.shape(condition), to: shape), Stretch(frame.shape(yes), to: shape), Stretch(frame.shape(no), to: shape)
        )
        for index in 0..<shape.count { to[index] = conditions[a.place(index)] != 0 ? yesses[b.place(index)] : noes[c.place(index)] }
    }
}
