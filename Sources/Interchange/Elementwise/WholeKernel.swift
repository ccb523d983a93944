/// Arithmetic of whole numbers, which wraps around instead of trapping; a division by zero is a fault.
struct WholeKernel: Kernel {
    enum Operation: Sendable {
        case add, subtract, multiply, divide, larger, smaller, absolute, negate, rectify, sign

        /// The same operation of whole numbers; nil where there is none.
        init?(_ operation: RealOperation) {
            switch operation {
            case .add: self = .add
            case .subtract: self = .subtract
            case .multiply: self = .multiply
            case .divide: self = .divide
            case .larger: self = .larger
            case .smaller: self = .smaller
            case .absolute: self = .absolute
            case .negate: self = .negate
            case .rectify: self = .rectify
            case .sign: self = .sign
            default: return nil
            }
        }

        /// Whether it takes one number.
        var isOfOne: Bool {
            switch self {
            case .absolute, .negate, .rectify, .sign: true
            default: false
            }
        }
    }

    let operation: Operation
    let type: ElementType
    let inputs: [Int]
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        if type == .int64 { try evaluate(frame, Int64.self) } else { try evaluate(frame, Int32.self) }
    }

    private func evaluate<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        var shape = frame.shape(inputs[0])
        for input in inputs { shape = try shape.stretched(with: frame.shape(input)) }
        let to = try frame.make(output, type, shape, as: T.self)
        let count = shape.count
        let first = Stretch(frame.shape(inputs[0]), to: shape)
        let from = frame.read(inputs[0], as: T.self)
        for index in 0..<count { to[index] = from[first.place(index)] }
        if operation.isOfOne { for index in 0..<count { to[index] = of(to[index]) } }
        for input in inputs.dropFirst() {
            let stretch = Stretch(frame.shape(input), to: shape)
            let other = frame.read(input, as: T.self)
            for index in 0..<count { to[index] = try of(to[index], other[stretch.place(index)]) }
        }
    }

    private func of<T: FixedWidthInteger & SignedInteger>(_ x: T) -> T {
        switch operation {
        case .absolute: x < 0 ? 0 &- x : x
        case .negate: 0 &- x
        case .rectify: max(x, 0)
        default: x.signum()
        }
    }

    private func of<T: FixedWidthInteger>(_ x: T, _ y: T) throws(OnnxFault) -> T {
        switch operation {
        case .add: return x &+ y
        case .subtract: return x &- y
        case .multiply: return x &* y
        case .larger: return max(x, y)
        case .smaller: return min(x, y)
        default:
            guard y != 0 else { throw .value("a whole number is divided by 0") }
            return x.dividedReportingOverflow(by: y).partialValue
        }
    }
}

/// Whole numbers kept between two bounds.
struct WholeClipKernel: Kernel {
    let input: Int
    let type: ElementType
    let least: Int?
    let most: Int?
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        if type == .int64 { try evaluate(frame, Int64.self) } else { try evaluate(frame, Int32.self) }
    }

    private func evaluate<T: FixedWidthInteger & BitwiseCopyable>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        let shape = frame.shape(input)
        let to = try frame.make(output, type, shape, as: T.self)
        let from = frame.read(input, as: T.self)
        func bound(_ slot: Int?) -> T? { slot.flatMap { frame.shape($0).count == 1 ? frame.read($0, as: T.self)[0] : nil } }
        let (least, most) = (bound(least) ?? T.min, bound(most) ?? T.max)
        for index in 0..<shape.count { to[index] = min(max(from[index], least), most) }
    }
}

/// Powers of numbers of two types, or of whole numbers.
struct MixedPowerKernel: Kernel {
    let base: Int
    let exponent: Int
    let baseType: ElementType
    let exponentType: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try frame.shape(base).stretched(with: frame.shape(exponent))
        let first = Stretch(frame.shape(base), to: shape)
        let second = Stretch(frame.shape(exponent), to: shape)
        _ = try frame.make(output, baseType, shape)
        let (bases, exponents) = (NumberReader(frame, base), NumberReader(frame, exponent))
        let writer = NumberWriter(frame, output)
        for index in 0..<shape.count {
            writer.write(index, Double.power(bases[first.place(index)], exponents[second.place(index)]))
        }
    }
}

/// An operation folded over more values than a chain has in hand.
struct FoldKernel: Kernel {
    let operation: RealOperation
    let type: ElementType
    let inputs: [Int]
    let output: Int
    /// What the result is divided by.
    var divisor = 1

    func run(_ frame: Frame) throws(OnnxFault) {
        if type == .float { try evaluate(frame, Float.self) } else { try evaluate(frame, Double.self) }
    }

    private func evaluate<T: RealNumber>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        var shape = frame.shape(inputs[0])
        for input in inputs { shape = try shape.stretched(with: frame.shape(input)) }
        let to = try frame.make(output, type, shape, as: T.self)
        let count = shape.count
        withUnsafeTemporaryAllocation(of: T.self, capacity: RealVectors.chunk) { room in
            guard let room = room.baseAddress else { return }
            for start in stride(from: 0, to: count, by: RealVectors.chunk) {
                let length = min(RealVectors.chunk, count - start)
                for (index, input) in inputs.enumerated() {
                    let own = frame.read(input, as: T.self)
                    let isWhole = frame.shape(input) == shape
                    if !isWhole { Stretch(frame.shape(input), to: shape).copy(own, room, from: start, count: length) }
                    let from = isWhole ? own + start : UnsafePointer(room)
                    if index == 0 {
                        (to + start).update(from: from, count: length)
                    } else {
                        RealVectors.apply(operation, UnsafePointer(to + start), from, to + start, length)
                    }
                }
            }
        }
        if divisor > 1 { for index in 0..<count { to[index] /= T(divisor) } }
    }
}
