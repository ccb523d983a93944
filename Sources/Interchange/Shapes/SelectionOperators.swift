/// What picks elements, or puts values side by side.
enum SelectionOperators {
    static let table: [String: OperatorSpec] = [
        "Gather": OperatorSpec([1, 11, 13], from: 1) { context throws(OnnxFailure) in
            let (input, indices) = (try context.input(0), try context.input(1, .int64, .int32))
            return BuiltNode(
                GatherKernel(
                    input: input.slot, indices: indices.slot, axis: context.integer("axis", 0), type: input.type, output: context.output),
                input.type)
        },
        "Concat": OperatorSpec([1, 4, 11, 13], from: 4) { context throws(OnnxFailure) in
            let inputs = try context.alike()
            return BuiltNode(
                ConcatKernel(
                    inputs: inputs.map(\.slot), axis: context.integer("axis", 1), type: inputs[0].type, output: context.output),
                inputs[0].type)
        },
        "Slice": OperatorSpec([1, 10, 11, 13], from: 1) { context throws(OnnxFailure) in try slice(context) },
        "Split": OperatorSpec([1, 2, 11, 13, 18], from: 2) { context throws(OnnxFailure) in
            let input = try context.input(0)
            return BuiltNode(
                SplitKernel(
                    input: input.slot, axis: context.integer("axis", 0), lengths: try context.axes(input: 1, attribute: "split"),
                    type: input.type, outputs: context.outputs), types: context.outputs.map { _ in input.type })
        },
        "TopK": OperatorSpec([1, 10, 11, 24], from: 10) { context throws(OnnxFailure) in
            let (input, count) = (try context.input(0, .float, .double, .int32, .int64), try context.input(1, .int64))
            let kernel = TopKernel(
                input: input.slot, count: count.slot, axis: context.integer("axis", -1), isLargest: context.integer("largest", 1) != 0,
                type: input.type, values: context.output, places: context.outputs.count > 1 ? context.outputs[1] : nil)
            return BuiltNode(kernel, input.type, .int64)
        },
    ]

    private static func slice(_ context: NodeContext) throws(OnnxFailure) -> BuiltNode {
        let input = try context.input(0)
        func list(_ index: Int, _ name: String) throws(OnnxFailure) -> [Int]? {
            guard context.version >= 10 else { return context.has(name) ? context.integers(name) : nil }
            guard let value = context.optional(index) else { return nil }
            switch value.constant?.elements {
            case .integers(let values): return values.map { Int($0) }
            case .shortIntegers(let values): return values.map { Int($0) }
            default: throw context.refusal("its \(name) are made while it is evaluated")
            }
        }
        guard let starts = try list(1, "starts"), let ends = try list(2, "ends"), starts.count == ends.count else {
            throw context.refusal("its starts and ends do not fit")
        }
        let axes = try list(3, "axes") ?? Array(starts.indices)
        let steps = context.version >= 10 ? try list(4, "steps") ?? starts.map { _ in 1 } : starts.map { _ in 1 }
        guard axes.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
            throw context.refusal("its axes and steps do not fit")
        }
        return BuiltNode(
            SliceKernel(
                input: input.slot, starts: starts, ends: ends, axes: axes, steps: steps, type: input.type, output: context.output),
            input.type)
    }
}

/// Whole slices of a dimension, by their numbers.
struct GatherKernel: Kernel {
    let input: Int
    let indices: Int
    let axis: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let axis = try from.axis(axis)
        let places = frame.shape(indices)
        var result = Shape()
        for other in 0..<axis { try result.append(from[other]) }
        for other in 0..<places.rank { try result.append(places[other]) }
        for other in (axis + 1)..<max(axis + 1, from.rank) { try result.append(from[other]) }
        let to = try frame.make(output, type, result)
        let (outer, length) = (from.product(0, axis), from[axis])
        let bytes = from.product(axis + 1, from.rank) * type.size
        let (source, numbers, count) = (frame.bytes(input), NumberReader(frame, indices), places.count)
        for place in 0..<count {
            var index = numbers.whole(place)
            if index < 0 { index += length }
            guard index >= 0, index < length else { throw .value("index \(numbers.whole(place)) of \(length)") }
            for line in 0..<outer {
                (to + (line * count + place) * bytes).copyMemory(from: source + (line * length + index) * bytes, byteCount: bytes)
            }
        }
    }
}

/// Values side by side along a dimension.
struct ConcatKernel: Kernel {
    let inputs: [Int]
    let axis: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        var result = frame.shape(inputs[0])
        let axis = try result.axis(axis)
        var length = 0
        for input in inputs {
            var shape = frame.shape(input)
            length += shape[axis]
            guard shape.rank == result.rank else { throw .shape("\(shape.text) beside \(result.text)") }
            shape[axis] = result[axis]
            guard shape == result else { throw .shape("\(frame.shape(input).text) beside \(result.text)") }
        }
        guard length <= Int(Int32.max) else { throw .tooLarge(length) }
        result[axis] = length
        let to = try frame.make(output, type, result)
        let outer = result.product(0, axis)
        let inner = result.product(axis + 1, result.rank) * type.size
        let stride = length * inner
        var offset = 0
        for input in inputs {
            let bytes = frame.shape(input)[axis] * inner
            let source = frame.bytes(input)
            // One number a row is most often put beside others.
            if bytes == 4 {
                let (from, target) = (source.assumingMemoryBound(to: Int32.self), to + offset)
                for line in 0..<outer { target.storeBytes(of: from[line], toByteOffset: line * stride, as: Int32.self) }
            } else {
                for line in 0..<outer { (to + line * stride + offset).copyMemory(from: source + line * bytes, byteCount: bytes) }
            }
            offset += bytes
        }
    }
}

/// A range of each of some dimensions.
struct SliceKernel: Kernel {
    let input: Int
    let starts: [Int]
    let ends: [Int]
    let axes: [Int]
    let steps: [Int]
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        var (result, firsts, distances) = (from, SIMD8<Int>(repeating: 0), SIMD8<Int>(repeating: 1))
        for (index, number) in axes.enumerated() {
            let axis = try from.axis(number)
            let (length, step) = (from[axis], steps[index])
            func bound(_ number: Int, _ low: Int, _ high: Int) -> Int { min(max(number < 0 ? number &+ length : number, low), high) }
            let first = step > 0 ? bound(starts[index], 0, length) : bound(starts[index], 0, length - 1)
            let end = step > 0 ? bound(ends[index], 0, length) : bound(ends[index], -1, length - 1)
            let span = step > 0 ? end - first : first - end
            let stride = step == Int.min ? Int.max : abs(step)
            result[axis] = span > 0 ? (span - 1) / stride + 1 : 0
            firsts[axis & 7] = first
            distances[axis & 7] = step
        }
        let to = try frame.make(output, type, result)
        let (source, size, count) = (frame.bytes(input), type.size, result.count)
        for index in 0..<count {
            var (rest, place, distance) = (index, 0, 1)
            for axis in stride(from: result.rank - 1, through: 0, by: -1) {
                let own = rest % result[axis]
                place += (firsts[axis & 7] + own * distances[axis & 7]) * distance
                distance *= from[axis]
                rest /= result[axis]
            }
            (to + index * size).copyMemory(from: source + place * size, byteCount: size)
        }
    }
}

/// A value in several parts along a dimension.
struct SplitKernel: Kernel {
    let input: Int
    let axis: Int
    /// Nil: parts of one length, the last one with what is left.
    let lengths: [Int]?
    let type: ElementType
    let outputs: [Int]

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let axis = try from.axis(axis)
        let length = from[axis]
        let even = (length + outputs.count - 1) / outputs.count
        let parts = lengths ?? outputs.indices.map { max(0, min(even, length - $0 * even)) }
        guard parts.count == outputs.count, parts.allSatisfy({ $0 >= 0 && $0 <= length }), parts.reduce(0, +) == length else {
            throw .shape("parts of \(parts) of \(from.text)")
        }
        let (outer, inner) = (from.product(0, axis), from.product(axis + 1, from.rank) * type.size)
        let source = frame.bytes(input)
        var offset = 0
        for (part, output) in zip(parts, outputs) {
            var shape = from
            shape[axis] = part
            let to = try frame.make(output, type, shape)
            for line in 0..<outer {
                (to + line * part * inner).copyMemory(from: source + (line * length + offset) * inner, byteCount: part * inner)
            }
            offset += part
        }
    }
}

/// The largest or smallest elements of a dimension, in order, with their places.
struct TopKernel: Kernel {
    let input: Int
    let count: Int
    let axis: Int
    let isLargest: Bool
    let type: ElementType
    let values: Int
    let places: Int?

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let axis = try from.axis(axis)
        let wanted = frame.shape(count).count == 1 ? NumberReader(frame, count).whole(0) : -1
        let length = from[axis]
        guard wanted >= 0, wanted <= length else { throw .value("the first \(wanted) of \(length)") }
        var result = from
        result[axis] = wanted
        _ = try frame.make(values, type, result)
        if let places { _ = try frame.make(places, .int64, result) }
        let (reader, writer) = (NumberReader(frame, input), NumberWriter(frame, values))
        let placeWriter = places.map { NumberWriter(frame, $0) }
        let (outer, inner) = (from.product(0, axis), from.product(axis + 1, from.rank))
        for line in 0..<outer {
            for column in 0..<inner {
                let first = line * length * inner + column
                let all = (0..<length).map { (reader[first + $0 * inner], $0) }
                // Of equals the first comes first.
                let sorted = all.sorted { $0.0 == $1.0 ? $0.1 < $1.1 : isLargest ? $0.0 > $1.0 : $0.0 < $1.0 }
                for index in 0..<wanted {
                    let place = (line * wanted + index) * inner + column
                    writer.write(place, sorted[index].0)
                    placeWriter?.write(place, Double(sorted[index].1))
                }
            }
        }
    }
}
