/// Reads a value's elements as doubles, whatever numbers they are; texts and what is out of range are 0.
struct NumberReader {
    private let type: ElementType
    private let data: UnsafeRawPointer

    init(_ frame: Frame, _ slot: Int) {
        type = frame.type(slot)
        data = frame.bytes(slot)
    }

    @inline(__always)
    subscript(_ index: Int) -> Double {
        switch type {
        case .float: Double(data.load(fromByteOffset: index * 4, as: Float.self))
        case .double: data.load(fromByteOffset: index * 8, as: Double.self)
        case .int64: Double(data.load(fromByteOffset: index * 8, as: Int64.self))
        case .int32: Double(data.load(fromByteOffset: index * 4, as: Int32.self))
        case .bool: data.load(fromByteOffset: index, as: UInt8.self) == 0 ? 0 : 1
        case .string: 0
        }
    }

    /// A whole number; what has a fraction loses it, what is out of range becomes the farthest, what is no number 0.
    @inline(__always)
    func whole(_ index: Int) -> Int {
        switch type {
        case .int64: Int(data.load(fromByteOffset: index * 8, as: Int64.self))
        case .int32: Int(data.load(fromByteOffset: index * 4, as: Int32.self))
        default: Self.whole(self[index])
        }
    }

    /// The whole number of a double.
    static func whole(_ value: Double) -> Int {
        if let exact = Int(exactly: value.rounded(.towardZero)) { return exact }
        return value.isNaN ? 0 : value < 0 ? Int.min : Int.max
    }

    /// Writes some elements as single precision.
    func copy(from start: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        if type == .float {
            target.update(from: data.assumingMemoryBound(to: Float.self) + start, count: count)
        } else {
            for index in 0..<count { target[index] = Float(self[start + index]) }
        }
    }

    /// Writes some elements as double precision.
    func copy(from start: Int, count: Int, to target: UnsafeMutablePointer<Double>) {
        switch type {
        case .float:
            let own = data.assumingMemoryBound(to: Float.self) + start
            for index in 0..<count { target[index] = Double(own[index]) }
        case .double: target.update(from: data.assumingMemoryBound(to: Double.self) + start, count: count)
        default: for index in 0..<count { target[index] = self[start + index] }
        }
    }
}

/// Writes doubles as a value's numbers, whatever these are.
struct NumberWriter {
    private let type: ElementType
    private let data: UnsafeMutableRawPointer

    /// Of a value that was made before.
    init(_ frame: Frame, _ slot: Int) {
        type = frame.type(slot)
        data = UnsafeMutableRawPointer(mutating: frame.bytes(slot))
    }

    @inline(__always)
    func write(_ index: Int, _ value: Double) {
        switch type {
        case .float: data.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
        case .double: data.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
        case .int64: data.storeBytes(of: Int64(NumberReader.whole(value)), toByteOffset: index * 8, as: Int64.self)
        case .int32: data.storeBytes(of: Int32(truncatingIfNeeded: NumberReader.whole(value)), toByteOffset: index * 4, as: Int32.self)
        case .bool: data.storeBytes(of: value == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
        case .string: break
        }
    }
}
