import Foundation

/// Support vectors with their kernel, laid out so that eight of them are compared with a row at once.
struct SupportVectors: Sendable {
    enum Kind: Sendable { case linear, polynomial, radial, sigmoid }

    let kind: Kind
    /// Number of vectors; 0 for a model of weights.
    let count: Int
    let features: Int
    private let gamma: Float
    private let offset: Float
    private let degree: Float
    /// `[features, padded]`.
    private let values: [Float]
    /// The count rounded up to a multiple of eight.
    let padded: Int

    init(_ kind: Kind, _ parameters: [Float], _ values: [Float], count: Int, features: Int) {
        self.kind = kind
        self.count = count
        self.features = features
        gamma = parameters.count == 3 ? parameters[0] : 1
        offset = parameters.count == 3 ? parameters[1] : 0
        degree = parameters.count == 3 ? parameters[2] : 1
        padded = (count + 7) & ~7
        var turned = [Float](repeating: 0, count: features * padded)
        if count > 0 {
            for vector in 0..<count {
                for feature in 0..<features { turned[feature * padded + vector] = values[vector * features + feature] }
            }
        }
        self.values = turned
    }

    /// The kernel of a row with each vector; `result` holds `padded` numbers.
    ///
    /// Complexity: O(vectors · features).
    func compare(_ row: UnsafePointer<Float>, to result: UnsafeMutablePointer<Float>) {
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for first in stride(from: 0, to: padded, by: 8) {
                var sums = SIMD8<Float>(repeating: 0)
                for feature in 0..<features {
                    let line = UnsafeRawPointer(base + feature * padded + first).loadUnaligned(as: SIMD8<Float>.self)
                    if kind == .radial {
                        let distance = line - row[feature]
                        sums += distance * distance
                    } else {
                        sums += line * row[feature]
                    }
                }
                UnsafeMutableRawPointer(result + first).storeBytes(of: finish(sums), as: SIMD8<Float>.self)
            }
        }
    }

    @inline(__always)
    private func finish(_ sums: SIMD8<Float>) -> SIMD8<Float> {
        switch kind {
        case .linear: return sums
        case .radial: return Float.exponential(sums * -gamma)
        case .sigmoid: return Float.hyperbolicTangent(sums * gamma + offset)
        case .polynomial:
            var result = sums * gamma + offset
            for lane in 0..<8 { result[lane] = pow(result[lane], degree) }
            return result
        }
    }

    /// The kernel of a row with one vector of weights.
    func kernel(_ row: UnsafePointer<Float>, _ weights: [Float]) -> Float {
        var sums = SIMD8<Float>(repeating: 0)
        for feature in 0..<min(features, weights.count) {
            let distance = row[feature] - weights[feature]
            sums[0] += kind == .radial ? distance * distance : row[feature] * weights[feature]
        }
        return finish(sums)[0]
    }
}
