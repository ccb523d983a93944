import Foundation
import Tabular

/// The layers of a network and where their parameters lie in one run of numbers.
///
/// Layer `l` takes `sizes[l]` values to `sizes[l + 1]`: weights `[in, out]`, then `out` biases.
struct NetworkShape: Sendable, Equatable {
    /// Inputs, hidden layers, outputs.
    let sizes: [Int]
    /// Where each layer's weights begin; then their end.
    let offsets: [Int]

    init(sizes: [Int]) {
        self.sizes = sizes
        var offsets = [0]
        for layer in 0..<(sizes.count - 1) { offsets.append(offsets[layer] + (sizes[layer] + 1) * sizes[layer + 1]) }
        self.offsets = offsets
    }

    var layers: Int { sizes.count - 1 }
    var inputs: Int { sizes[0] }
    var outputs: Int { sizes[sizes.count - 1] }
    /// Weights and biases.
    var parameters: Int { offsets[offsets.count - 1] }

    func weights(_ layer: Int) -> Int { offsets[layer] }
    func biases(_ layer: Int) -> Int { offsets[layer] + sizes[layer] * sizes[layer + 1] }

    /// Weights drawn from ±√(6 / in), for rectified units (He and others 2015), ±√(6 / (in + out)) for the outputs (Glorot and Bengio 2010);
    /// biases zero.
    func start(seed: UInt64) -> [Float] {
        var random = SplitMix64(state: seed)
        var result = [Float](repeating: 0, count: parameters)
        for layer in 0..<layers {
            let isLast = layer == layers - 1
            let limit = Float((6 / Double(isLast ? sizes[layer] + sizes[layer + 1] : sizes[layer])).squareRoot())
            for index in weights(layer)..<biases(layer) { result[index] = Float.random(in: -limit...limit, using: &random) }
        }
        return result
    }
}

/// What the network's outputs stand for, and what a mistake costs.
enum NetworkHead: Sendable {
    /// A log-odds; log loss.
    case logistic
    /// A score a class; log loss of the softmax.
    case softmax
    /// A number in units of the targets' deviation; half the square.
    case squared

    init(_ task: PredictionTask) {
        switch task {
        case .binary: self = .logistic
        case .multiclass: self = .softmax
        case .regression: self = .squared
        }
    }

    /// The loss of one row; turns its outputs into the loss's slopes, times `scale`.
    @inline(__always)
    func slope(_ outputs: UnsafeMutablePointer<Float>, count: Int, target: Double, scale: Float) -> Double {
        switch self {
        case .logistic:
            let score = Double(outputs[0])
            outputs[0] = Float(Sigmoid.value(score) - target) * scale
            return Sigmoid.loss(score, target: target)
        case .softmax:
            let own = Int(target)
            var largest = -Float.infinity
            for k in 0..<count { largest = max(largest, outputs[k]) }
            let score = Double(outputs[own] - largest)
            var sum = 0.0
            for k in 0..<count {
                let value = exp(Double(outputs[k] - largest))
                sum += value
                outputs[k] = Float(value)
            }
            let inverse = Float(1 / sum)
            for k in 0..<count { outputs[k] = outputs[k] * inverse * scale }
            outputs[own] -= scale
            return log(sum) - score
        case .squared:
            let error = Double(outputs[0]) - target
            outputs[0] = Float(error) * scale
            return 0.5 * error * error
        }
    }
}
