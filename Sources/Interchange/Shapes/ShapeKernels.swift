/// The same elements in a shape that a value gives.
struct ReshapeKernel: Kernel {
    let input: Int
    let shape: Int
    /// Whether 0 means the length as it is.
    let keepsZero: Bool
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        var (result, open) = (Shape(), -1)
        let wanted = try ShapeReading.lengths(frame, shape)
        for (axis, length) in wanted.enumerated() {
            switch length {
            case -1:
                guard open < 0 else { throw .shape("two open dimensions") }
                open = axis
                try result.append(1)
            case 0 where keepsZero:
                guard axis < from.rank else { throw .shape("dimension \(axis) of \(from.text)") }
                try result.append(from[axis])
            default: try result.append(length)
            }
        }
        if open >= 0 {
            let others = result.count
            guard others > 0, from.count % others == 0 else { throw .shape("\(from.text) as \(wanted)") }
            result[open] = from.count / others
        }
        guard result.count == from.count else { throw .shape("\(from.text) as \(wanted)") }
        try frame.alias(output, of: input, result)
    }
}

/// Reads shapes out of values.
enum ShapeReading {
    /// The elements of a value of whole numbers, of which there are few.
    static func lengths(_ frame: Frame, _ slot: Int) throws(OnnxFault) -> [Int] {
        let count = frame.shape(slot).count
        guard count <= Shape.mostDimensions else { throw .shape("\(count) dimensions") }
        let values = frame.read(slot, as: Int64.self)
        return (0..<count).map { Int(values[$0]) }
    }

    /// The shape that a value gives.
    static func shape(_ frame: Frame, _ slot: Int) throws(OnnxFault) -> Shape {
        let lengths = try lengths(frame, slot)
        guard let shape = Shape(lengths) else { throw .shape("dimensions \(lengths)") }
        return shape
    }
}

/// Two dimensions of any.
struct FlattenKernel: Kernel {
    let input: Int
    let axis: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let axis = axis < 0 ? axis + from.rank : axis
        guard axis >= 0, axis <= from.rank else { throw .shape("axis \(self.axis) of \(from.text)") }
        try frame.alias(output, of: input, Shape(rows: from.product(0, axis), columns: from.product(axis, from.rank)))
    }
}

/// Leaves out dimensions of length 1.
struct SqueezeKernel: Kernel {
    let input: Int
    /// Nil: all that can be left out.
    let axes: [Int]?
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        var mask: UInt = 0
        for axis in axes ?? [] {
            let axis = try from.axis(axis)
            guard from[axis] == 1 else { throw .shape("dimension \(axis) of \(from.text) is left out") }
            mask |= 1 << UInt(axis)
        }
        var result = Shape()
        for axis in 0..<from.rank where axes == nil ? from[axis] != 1 : mask >> UInt(axis) & 1 == 0 { try result.append(from[axis]) }
        try frame.alias(output, of: input, result)
    }
}

/// Adds dimensions of length 1.
struct UnsqueezeKernel: Kernel {
    let input: Int
    let axes: [Int]
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let rank = from.rank + axes.count
        guard rank <= Shape.mostDimensions else { throw .shape("\(rank) dimensions") }
        var mask: UInt = 0
        for axis in axes {
            let axis = axis < 0 ? axis + rank : axis
            guard axis >= 0, axis < rank, mask >> UInt(axis) & 1 == 0 else { throw .shape("axes \(axes) for \(from.text)") }
            mask |= 1 << UInt(axis)
        }
        var (result, next) = (Shape(), 0)
        for axis in 0..<rank {
            if mask >> UInt(axis) & 1 == 1 {
                try result.append(1)
            } else {
                try result.append(from[next])
                next += 1
            }
        }
        try frame.alias(output, of: input, result)
    }
}

/// A value's shape as a value.
struct ShapeKernel: Kernel {
    let input: Int
    let start: Int
    let end: Int
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        func bound(_ number: Int) -> Int { min(max(number < 0 ? number + from.rank : number, 0), from.rank) }
        let (first, last) = (bound(start), bound(end))
        let to = try frame.make(output, .int64, Shape(max(0, last - first)), as: Int64.self)
        for axis in first..<max(first, last) { to[axis - first] = Int64(from[axis]) }
    }
}

/// A value that is always the same.
struct ConstantKernel: Kernel {
    let tensor: OnnxTensor
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) { try frame.put(output, tensor) }
}

/// One element over and over, in a shape that a value gives.
struct FillKernel: Kernel {
    let shape: Int
    let value: OnnxTensor
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = try ShapeReading.shape(frame, shape)
        let type = value.elements.type
        let count = shape.count
        let to = try frame.make(output, type, shape)
        switch value.elements {
        case .floats(let values): to.assumingMemoryBound(to: Float.self).update(repeating: values[0], count: count)
        case .doubles(let values): to.assumingMemoryBound(to: Double.self).update(repeating: values[0], count: count)
        case .integers(let values): to.assumingMemoryBound(to: Int64.self).update(repeating: values[0], count: count)
        case .shortIntegers(let values): to.assumingMemoryBound(to: Int32.self).update(repeating: values[0], count: count)
        case .booleans(let values): to.assumingMemoryBound(to: UInt8.self).update(repeating: values[0] ? 1 : 0, count: count)
        case .texts(let values): to.assumingMemoryBound(to: Int32.self).update(repeating: frame.intern(values[0]), count: count)
        }
    }
}

/// A value stretched to a shape that another one gives.
struct ExpandKernel: Kernel {
    let input: Int
    let shape: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let result = try from.stretched(with: try ShapeReading.shape(frame, shape))
        let to = try frame.make(output, type, result)
        let stretch = Stretch(from, to: result)
        guard result.count > 0 else { return }
        switch type.size {
        case 8: stretch.copy(frame.read(input, as: Int64.self), to.assumingMemoryBound(to: Int64.self), from: 0, count: result.count)
        case 4: stretch.copy(frame.read(input, as: Int32.self), to.assumingMemoryBound(to: Int32.self), from: 0, count: result.count)
        default: stretch.copy(frame.read(input, as: UInt8.self), to.assumingMemoryBound(to: UInt8.self), from: 0, count: result.count)
        }
    }
}

/// Dimensions in another order.
struct TransposeKernel: Kernel {
    let input: Int
    /// Nil: the reverse one.
    let order: [Int]?
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let order = order ?? Array((0..<from.rank).reversed())
        guard order.count == from.rank, Set(order) == Set(0..<from.rank) else { throw .shape("order \(order) for \(from.text)") }
        var (result, steps) = (Shape(), SIMD8<Int>(repeating: 0))
        for (axis, source) in order.enumerated() {
            try result.append(from[source])
            steps[axis & 7] = from.product(source + 1, from.rank)
        }
        let to = try frame.make(output, type, result)
        let source = frame.bytes(input)
        let (count, size) = (result.count, type.size)
        for index in 0..<count {
            var (rest, place) = (index, 0)
            for axis in stride(from: result.rank - 1, through: 0, by: -1) {
                place += rest % result[axis] * steps[axis & 7]
                rest /= result[axis]
            }
            (to + index * size).copyMemory(from: source + place * size, byteCount: size)
        }
    }
}
