import Foundation

/// The softmax function and its loss, without overflow.
enum Softmax {
    /// Probabilities of scores, in place; `count` of them, `step` apart.
    @inline(__always)
    static func apply(_ scores: UnsafeMutablePointer<Double>, step: Int = 1, count: Int) {
        var largest = -Double.infinity
        for index in 0..<count { largest = max(largest, scores[index * step]) }
        var sum = 0.0
        for index in 0..<count {
            let value = exp(scores[index * step] - largest)
            scores[index * step] = value
            sum += value
        }
        for index in 0..<count { scores[index * step] /= sum }
    }

    /// −log of the probability given to the target.
    @inline(__always)
    static func loss(_ scores: UnsafePointer<Double>, step: Int = 1, count: Int, target: Int) -> Double {
        var largest = -Double.infinity
        for index in 0..<count { largest = max(largest, scores[index * step]) }
        var sum = 0.0
        for index in 0..<count { sum += exp(scores[index * step] - largest) }
        return log(sum) + largest - scores[target * step]
    }
}
