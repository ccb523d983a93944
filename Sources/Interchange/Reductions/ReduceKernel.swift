import Foundation

/// A figure of all elements along some dimensions; summed in double precision.
struct ReduceKernel: Kernel {
    enum Figure: Sendable {
        case sum, mean, largest, smallest, product, sumOfSquares, sumOfSizes, rootOfSquares, logarithm, logarithmOfExponentials
    }

    let figure: Figure
    let type: ElementType
    let input: Int
    /// None: all.
    let axes: [Int]
    let keepsDimensions: Bool
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        var mask: UInt = axes.isEmpty ? ~0 : 0
        for axis in axes { mask |= 1 << UInt(try from.axis(axis)) }
        var (kept, result) = (from, Shape())
        for axis in 0..<from.rank {
            if mask >> UInt(axis) & 1 == 1 {
                kept[axis] = 1
                if keepsDimensions { try result.append(1) }
            } else {
                try result.append(from[axis])
            }
        }
        _ = try frame.make(output, type, result)
        let count = result.count
        let reader = NumberReader(frame, input)
        let writer = NumberWriter(frame, output)
        if type.isReal {
            try Self.withRoom(count) { room in
                accumulate(reader, from, kept, mask, into: room)
                let length = count > 0 ? Double(from.count / count) : 0
                for index in 0..<count { writer.write(index, finish(room[index], length)) }
            }
        } else {
            try accumulateWhole(frame, reader, from, kept, count)
        }
    }

    /// Some doubles; on the stack when they are few.
    static func withRoom(_ count: Int, _ body: (UnsafeMutablePointer<Double>) -> Void) throws(OnnxFault) {
        guard count <= 1 << 26 else { throw .tooLarge(count) }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count)) { room in if let base = room.baseAddress { body(base) } }
    }

    private func accumulate(
        _ reader: NumberReader, _ from: Shape, _ kept: Shape, _ mask: UInt, into room: UnsafeMutablePointer<Double>
    ) {
        let count = kept.count
        room.update(repeating: start, count: max(1, count))
        let total = from.count
        guard total > 0 else { return }
        // Most often the last dimensions: a line each.
        let first = (0..<from.rank).first { mask >> UInt($0) & 1 == 1 } ?? from.rank
        if (first..<from.rank).allSatisfy({ mask >> UInt($0) & 1 == 1 }) {
            let length = from.product(first, from.rank)
            for line in 0..<(total / max(1, length)) { room[line] = figure(of: reader, from: line * length, count: length) }
            return
        }
        let stretch = Stretch(kept, to: from)
        if figure == .logarithmOfExponentials {
            for index in 0..<total { room[stretch.place(index)] = max(room[stretch.place(index)], reader[index]) }
            Self.logarithms(reader, stretch, total, room, count)
            return
        }
        for index in 0..<total {
            let place = stretch.place(index)
            room[place] = add(room[place], reader[index])
        }
    }

    private static func logarithms(
        _ reader: NumberReader, _ stretch: Stretch, _ total: Int, _ room: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, count)) { sums in
            for index in 0..<count { sums[index] = 0 }
            for index in 0..<total { sums[stretch.place(index)] += exp(reader[index] - room[stretch.place(index)]) }
            for index in 0..<count { room[index] += log(sums[index]) }
        }
    }

    @inline(__always)
    private func figure(of reader: NumberReader, from first: Int, count: Int) -> Double {
        var result = start
        if figure == .logarithmOfExponentials {
            for index in first..<(first + count) { result = max(result, reader[index]) }
            guard result.isFinite else { return result }
            var sum = 0.0
            for index in first..<(first + count) { sum += exp(reader[index] - result) }
            return result + log(sum)
        }
        for index in first..<(first + count) { result = add(result, reader[index]) }
        return result
    }

    private var start: Double {
        switch figure {
        case .largest, .logarithmOfExponentials: -.infinity
        case .smallest: .infinity
        case .product: 1
        default: 0
        }
    }

    @inline(__always)
    private func add(_ sum: Double, _ value: Double) -> Double {
        switch figure {
        case .sum, .mean, .logarithm: sum + value
        case .largest, .logarithmOfExponentials: value > sum || value.isNaN ? value : sum
        case .smallest: value < sum || value.isNaN ? value : sum
        case .product: sum * value
        case .sumOfSquares, .rootOfSquares: sum + value * value
        case .sumOfSizes: sum + abs(value)
        }
    }

    private func finish(_ sum: Double, _ length: Double) -> Double {
        switch figure {
        case .mean: sum / length
        case .rootOfSquares: sum.squareRoot()
        case .logarithm: log(sum)
        default: sum
        }
    }

    /// Whole numbers are added as whole numbers, and wrap around.
    private func accumulateWhole(
        _ frame: Frame, _ reader: NumberReader, _ from: Shape, _ kept: Shape, _ count: Int
    ) throws(OnnxFault) {
        guard count <= 1 << 26 else { throw .tooLarge(count) }
        var sums = [Int](repeating: figure == .product ? 1 : figure == .largest ? .min : figure == .smallest ? .max : 0, count: count)
        let stretch = Stretch(kept, to: from)
        for index in 0..<from.count {
            let (place, value) = (stretch.place(index), reader.whole(index))
            switch figure {
            case .largest: sums[place] = max(sums[place], value)
            case .smallest: sums[place] = min(sums[place], value)
            case .product: sums[place] &*= value
            case .sumOfSquares, .rootOfSquares: sums[place] &+= value &* value
            case .sumOfSizes: sums[place] &+= value < 0 ? 0 &- value : value
            case .sum, .mean: sums[place] &+= value
            default: throw .value("a logarithm of whole numbers")
            }
        }
        let length = count > 0 ? from.count / count : 1
        for index in 0..<count {
            var sum = sums[index]
            if figure == .mean { sum /= max(1, length) }
            if figure == .rootOfSquares { sum = NumberReader.whole(Double(sum).squareRoot()) }
            if type == .int64 {
                UnsafeMutablePointer(mutating: frame.read(output, as: Int64.self))[index] = Int64(sum)
            } else {
                UnsafeMutablePointer(mutating: frame.read(output, as: Int32.self))[index] = Int32(truncatingIfNeeded: sum)
            }
        }
    }
}

/// Where the largest or smallest element of a dimension stands.
struct ExtremeKernel: Kernel {
    let isLargest: Bool
    let isLast: Bool
    let input: Int
    let axis: Int
    let keepsDimensions: Bool
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let from = frame.shape(input)
        let axis = try from.axis(axis)
        var shape = Shape()
        for other in 0..<from.rank where other != axis || keepsDimensions { try shape.append(other == axis ? 1 : from[other]) }
        let to = try frame.make(output, .int64, shape, as: Int64.self)
        let (outer, length, inner) = (from.product(0, axis), from[axis], from.product(axis + 1, from.rank))
        guard outer * inner == 0 || length > 0 else { throw .shape("an empty dimension has no extreme") }
        let reader = NumberReader(frame, input)
        for line in 0..<outer {
            for column in 0..<inner {
                let first = line * length * inner + column
                var (best, place) = (reader[first], 0)
                for index in 1..<max(1, length) {
                    let value = reader[first + index * inner]
                    let isBetter = isLargest ? value > best : value < best
                    if isBetter || (isLast && value == best) { (best, place) = (value, index) }
                }
                to[line * inner + column] = Int64(place)
            }
        }
    }
}
