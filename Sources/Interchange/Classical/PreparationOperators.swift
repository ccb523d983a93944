/// What prepares numbers: scales, stand-ins for missing ones, norms, picked columns.
enum PreparationOperators {
    static let table: [String: OperatorSpec] = [
        "Scaler": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int64, .int32)
            let (offsets, scales) = (context.floats("offset"), context.floats("scale"))
            guard !offsets.isEmpty, !scales.isEmpty else { throw context.refusal("it has no offsets or scales") }
            return BuiltNode(
                ScalerKernel(input: input.slot, offsets: offsets, scales: scales, output: context.output), .float)
        },
        "Imputer": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int64, .int32)
            let floats = context.floats("imputed_value_floats")
            let isWhole = floats.isEmpty
            let values = isWhole ? context.integers("imputed_value_int64s").map(Double.init) : floats.map(Double.init)
            guard !values.isEmpty else { throw context.refusal("it has no values to put in") }
            let replaced = isWhole ? Double(context.integer("replaced_value_int64", 0)) : Double(context.float("replaced_value_float", 0))
            return BuiltNode(
                ImputerKernel(input: input.slot, type: input.type, replaced: replaced, values: values, output: context.output), input.type)
        },
        "Normalizer": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int64, .int32)
            let norms = ["MAX": NormalizerKernel.Norm.largest, "L1": .sum, "L2": .root]
            guard let norm = norms[context.text("norm", "MAX")] else { throw context.refusal("a norm of another kind") }
            return BuiltNode(NormalizerKernel(input: input.slot, norm: norm, output: context.output), .float)
        },
        "Binarizer": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let input = try context.input(0, .float, .double, .int64, .int32)
            return BuiltNode(
                BinarizerKernel(
                    input: input.slot, type: input.type, threshold: Double(context.float("threshold", 0)), output: context.output),
                input.type)
        },
        "ArrayFeatureExtractor": OperatorSpec([1], from: 1) { context throws(OnnxFailure) in
            let (input, places) = (try context.input(0), try context.input(1, .int64))
            return BuiltNode(
                ExtractorKernel(input: input.slot, places: places.slot, type: input.type, output: context.output), input.type)
        },
    ]
}

/// Each column moved and scaled: (x − offset) · scale.
struct ScalerKernel: Kernel {
    let input: Int
    let offsets: [Float]
    let scales: [Float]
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let columns = shape.rank > 0 ? shape[shape.rank - 1] : 1
        guard [1, columns].contains(offsets.count), [1, columns].contains(scales.count) else {
            throw .shape("\(max(offsets.count, scales.count)) scales for \(shape.text)")
        }
        let to = try frame.make(output, .float, shape, as: Float.self)
        let count = shape.count
        NumberReader(frame, input).copy(from: 0, count: count, to: to)
        guard count > 0 else { return }
        let (offsetStep, scaleStep) = (offsets.count == 1 ? 0 : 1, scales.count == 1 ? 0 : 1)
        offsets.withUnsafeBufferPointer { offsets in
            scales.withUnsafeBufferPointer { scales in
                for row in 0..<(count / columns) {
                    let line = to + row * columns
                    for column in 0..<columns {
                        line[column] = (line[column] - offsets[column &* offsetStep]) * scales[column &* scaleStep]
                    }
                }
            }
        }
    }
}

/// Puts values in where others are missing.
struct ImputerKernel: Kernel {
    let input: Int
    let type: ElementType
    /// What stands for missing, which may be no number.
    let replaced: Double
    let values: [Double]
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let columns = shape.rank > 0 ? shape[shape.rank - 1] : 1
        guard [1, columns].contains(values.count) else { throw .shape("\(values.count) values for \(shape.text)") }
        _ = try frame.make(output, type, shape)
        let (reader, writer) = (NumberReader(frame, input), NumberWriter(frame, output))
        let step = values.count == 1 ? 0 : 1
        var column = 0
        for index in 0..<shape.count {
            let value = reader[index]
            writer.write(index, value == replaced || (value.isNaN && replaced.isNaN) ? values[column * step] : value)
            column = column + 1 == columns ? 0 : column + 1
        }
    }
}

/// Rows divided by their size.
struct NormalizerKernel: Kernel {
    enum Norm: Sendable { case largest, sum, root }

    let input: Int
    let norm: Norm
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let columns = shape.rank > 0 ? shape[shape.rank - 1] : 1
        let to = try frame.make(output, .float, shape, as: Float.self)
        let reader = NumberReader(frame, input)
        guard columns > 0 else { return }
        for row in 0..<(shape.count / columns) {
            let first = row * columns
            var size = norm == .largest ? -Double.infinity : 0
            for column in 0..<columns {
                let value = reader[first + column]
                switch norm {
                case .largest: size = max(size, value)
                case .sum: size += abs(value)
                case .root: size += value * value
                }
            }
            if norm == .root { size = size.squareRoot() }
            for column in 0..<columns { to[first + column] = Float(size == 0 ? reader[first + column] : reader[first + column] / size) }
        }
    }
}

/// Whether values are above a threshold, as 1 and 0.
struct BinarizerKernel: Kernel {
    let input: Int
    let type: ElementType
    let threshold: Double
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        _ = try frame.make(output, type, shape)
        let (reader, writer) = (NumberReader(frame, input), NumberWriter(frame, output))
        for index in 0..<shape.count { writer.write(index, reader[index] > threshold ? 1 : 0) }
    }
}

/// Some columns of the last dimension.
struct ExtractorKernel: Kernel {
    let input: Int
    let places: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        guard from.rank > 0 else { throw .shape("a single value has no columns") }
        let columns = from[from.rank - 1]
        let count = frame.shape(places).count
        var shape = Shape()
        if from.rank == 1 { try shape.append(1) }
        for axis in 0..<(from.rank - 1) { try shape.append(from[axis]) }
        try shape.append(count)
        let numbers = frame.read(places, as: Int64.self)
        for place in 0..<count {
            guard numbers[place] >= 0, numbers[place] < Int64(columns) else { throw .value("column \(numbers[place]) of \(columns)") }
        }
        let to = try frame.make(output, type, shape)
        let rows = from.product(0, from.rank - 1)
        switch type.size {
        case 8: pick(frame, to.assumingMemoryBound(to: Int64.self), rows, columns, count)
        case 4: pick(frame, to.assumingMemoryBound(to: Int32.self), rows, columns, count)
        default: pick(frame, to.assumingMemoryBound(to: UInt8.self), rows, columns, count)
        }
    }

    @inline(__always)
    private func pick<T: BitwiseCopyable>(_ frame: Frame, _ to: UnsafeMutablePointer<T>, _ rows: Int, _ columns: Int, _ count: Int) {
        let (source, numbers) = (frame.read(input, as: T.self), frame.read(places, as: Int64.self))
        for row in 0..<rows {
            for place in 0..<count { to[row * count + place] = source[row * columns + Int(numbers[place])] }
        }
    }
}
