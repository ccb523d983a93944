import Foundation

/// Adam (Kingma and Ba 2015) with weight decay of its own (Loshchilov and Hutter 2019).
final class Adam: Sendable {
    private static let first: Float = 0.9
    private static let second: Float = 0.999
    private static let least: Float = 1e-8

    let parameters: Buffer<Float>
    private let means: Buffer<Float>
    private let squares: Buffer<Float>

    /// Parameters, means and squares, one after the other.
    var memory: [Float] {
        get { parameters.array + means.array + squares.array }
        set {
            precondition(newValue.count == 3 * parameters.count)
            for (part, buffer) in [parameters, means, squares].enumerated() {
                for index in 0..<buffer.count { buffer.base[index] = newValue[part * buffer.count + index] }
            }
        }
    }

    init(_ start: [Float]) {
        parameters = Buffer(start, empty: 0)
        means = Buffer(repeating: 0, count: start.count)
        squares = Buffer(repeating: 0, count: start.count)
    }

    /// One step of some of the parameters against the sum of `gradients`, which are added in their order.
    ///
    /// - Parameters:
    ///   - step: counts from 1.
    ///   - decay: what a parameter loses of itself, a unit of the rate.
    func step(_ range: Range<Int>, gradients: [Buffer<Float>], step: Int, rate: Double, decay: Double) {
        let factors = FloatVectors.AdamFactors(
            first: Self.first, second: Self.second, scale: Float(rate / (1 - pow(Double(Self.first), Double(step)))),
            unbias: Float(1 / (1 - pow(Double(Self.second), Double(step)))), keep: Float(1 - rate * decay), least: Self.least)
        let start = range.lowerBound
        let sum = gradients[0].base + start
        for gradient in gradients.dropFirst() { FloatVectors.add(gradient.base + start, to: sum, count: range.count) }
        FloatVectors.adam(
            parameters.base + start, means.base + start, squares.base + start, gradient: sum, count: range.count, factors)
    }
}
