import Foundation

/// Shares that sum to one, or their logarithms.
struct SoftmaxKernel: Kernel {
    let isLogarithm: Bool
    let type: ElementType
    let input: Int
    let axis: Int
    /// As before opset 13: over all dimensions from the axis on.
    let isFlattening: Bool
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        if type == .float { try evaluate(frame, Float.self) } else { try evaluate(frame, Double.self) }
    }

    private func evaluate<T: RealNumber>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        let shape = frame.shape(input)
        let to = try frame.make(output, type, shape, as: T.self)
        guard shape.count > 0 else { return }
        let axis = try shape.axis(axis)
        let outer = shape.product(0, axis)
        let length = isFlattening ? shape.product(axis, shape.rank) : shape[axis]
        let inner = isFlattening ? 1 : shape.product(axis + 1, shape.rank)
        let from = frame.read(input, as: T.self)
        for line in 0..<outer {
            for column in 0..<inner {
                let first = line * length * inner + column
                var largest = from[first]
                for index in 1..<max(1, length) { largest = max(largest, from[first + index * inner]) }
                for index in 0..<length { to[first + index * inner] = from[first + index * inner] - largest }
            }
        }
        if isLogarithm {
            takeLogarithms(to, outer, length, inner)
        } else {
            RealVectors.apply(.exponential, UnsafePointer(to), to, shape.count, 0, 0)
            divide(to, outer, length, inner)
        }
    }

    @inline(__always)
    private func divide<T: RealNumber>(_ to: UnsafeMutablePointer<T>, _ outer: Int, _ length: Int, _ inner: Int) {
        for line in 0..<outer {
            for column in 0..<inner {
                let first = line * length * inner + column
                var sum: T = 0
                for index in 0..<length { sum += to[first + index * inner] }
                for index in 0..<length { to[first + index * inner] /= sum }
            }
        }
    }

    @inline(__always)
    private func takeLogarithms<T: RealNumber>(_ to: UnsafeMutablePointer<T>, _ outer: Int, _ length: Int, _ inner: Int) {
        for line in 0..<outer {
            for column in 0..<inner {
                let first = line * length * inner + column
                var sum = 0.0
                for index in 0..<length { sum += exp(Double(to[first + index * inner])) }
                let share = T(log(sum))
                for index in 0..<length { to[first + index * inner] -= share }
            }
        }
    }
}

/// Rows moved to mean 0 and spread 1, then scaled.
struct LayerKernel: Kernel {
    let input: Int
    let scale: Int
    let bias: Int?
    let axis: Int
    let epsilon: Double
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(input)
        let axis = try shape.axis(axis)
        let (outer, length) = (shape.product(0, axis), shape.product(axis, shape.rank))
        guard frame.shape(scale).count == length, bias.map({ frame.shape($0).count == length }) ?? true else {
            throw .shape("its scales are \(frame.shape(scale).text) for \(shape.text)")
        }
        let to = try frame.make(output, .float, shape, as: Float.self)
        let (from, scales) = (frame.read(input, as: Float.self), frame.read(scale, as: Float.self))
        let biases = bias.map { frame.read($0, as: Float.self) }
        for line in 0..<outer {
            let (row, target) = (from + line * length, to + line * length)
            var sum = 0.0
            for index in 0..<length { sum += Double(row[index]) }
            let mean = sum / Double(length)
            var squares = 0.0
            for index in 0..<length {
                let distance = Double(row[index]) - mean
                squares += distance * distance
            }
            let factor = 1 / (squares / Double(length) + epsilon).squareRoot()
            for index in 0..<length {
                target[index] = Float((Double(row[index]) - mean) * factor) * scales[index] + (biases?[index] ?? 0)
            }
        }
    }
}

/// Columns moved and scaled by what a training has found of them.
struct BatchKernel: Kernel {
    /// The values, and a scale, a bias, a mean and a variance each channel.
    let inputs: [Int]
    let epsilon: Float
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        let shape = frame.shape(inputs[0])
        let channels = shape.rank > 1 ? shape[1] : 1
        guard shape.rank > 0, inputs.dropFirst().allSatisfy({ frame.shape($0).count == channels }) else {
            throw .shape("its statistics do not fit \(shape.text)")
        }
        let to = try frame.make(output, .float, shape, as: Float.self)
        let from = frame.read(inputs[0], as: Float.self)
        let (scales, biases) = (frame.read(inputs[1], as: Float.self), frame.read(inputs[2], as: Float.self))
        let (means, variances) = (frame.read(inputs[3], as: Float.self), frame.read(inputs[4], as: Float.self))
        let inner = shape.rank > 1 ? shape.product(2, shape.rank) : 1
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, channels)) { factors in
            for channel in 0..<channels { factors[channel] = scales[channel] / (variances[channel] + epsilon).squareRoot() }
            for row in 0..<shape[0] {
                for channel in 0..<channels {
                    let first = (row * channels + channel) * inner
                    let (factor, mean, bias) = (factors[channel], means[channel], biases[channel])
                    for index in first..<(first + inner) { to[index] = (from[index] - mean) * factor + bias }
                }
            }
        }
    }
}
