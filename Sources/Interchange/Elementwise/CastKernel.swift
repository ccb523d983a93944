/// Turns elements of one type into those of another.
struct CastKernel: Kernel {
    let input: Int
    let from: ElementType
    let to: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let count = shape.count
        if to == .string { return try write(frame, shape) }
        if from == .string { return try read(frame, shape) }
        let bytes = try frame.make(output, to, shape)
        let numbers = NumberReader(frame, input)
        switch to {
        case .float: numbers.copy(from: 0, count: count, to: bytes.assumingMemoryBound(to: Float.self))
        case .double: numbers.copy(from: 0, count: count, to: bytes.assumingMemoryBound(to: Double.self))
        case .int64:
            let target = bytes.assumingMemoryBound(to: Int64.self)
            for index in 0..<count { target[index] = Int64(numbers.whole(index)) }
        case .int32:
            let target = bytes.assumingMemoryBound(to: Int32.self)
            for index in 0..<count { target[index] = Int32(truncatingIfNeeded: numbers.whole(index)) }
        default:
            let target = bytes.assumingMemoryBound(to: UInt8.self)
            for index in 0..<count { target[index] = numbers[index] == 0 ? 0 : 1 }
        }
    }

    /// Numbers as ONNX Runtime writes them: up to eight digits for single precision, seventeen for double.
    private func write(_ frame: Frame, _ shape: Shape) throws(OnnxFault) {
        let target = try frame.make(output, .string, shape, as: Int32.self)
        let numbers = NumberReader(frame, input)
        for index in 0..<shape.count {
            let text: String
            switch from {
            case .int64, .int32: text = "\(numbers.whole(index))"
            case .bool: text = numbers[index] == 0 ? "False" : "True"
            case .float: text = Self.text(numbers[index], "\(Float(numbers[index]))")
            default: text = Self.text(numbers[index], "\(numbers[index])")
            }
            target[index] = frame.intern(text)
        }
    }

    private static func text(_ value: Double, _ shortest: String) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-INF" : "INF" }
        return shortest.hasSuffix(".0") ? String(shortest.dropLast(2)) : shortest
    }

    private func read(_ frame: Frame, _ shape: Shape) throws(OnnxFault) {
        _ = try frame.make(output, to, shape)
        let writer = NumberWriter(frame, output)
        let numbers = frame.read(input, as: Int32.self)
        for index in 0..<shape.count {
            let text = frame.text(numbers[index])
            guard let value = Double(text) ?? (text.lowercased() == "true" ? 1 : text.lowercased() == "false" ? 0 : nil) else {
                throw .value("a text that is no number")
            }
            writer.write(index, value)
        }
    }
}
