/// What happens to one number, or to two: the steps of a fused chain.
enum RealOperation: UInt8, Sendable {
    // Of two numbers.
    case add, subtract, multiply, divide, power, larger, smaller
    // Of one.
    case absolute, negate, root, exponential, logarithm, rectify, sigmoid, hyperbolicTangent, errorFunction, reciprocal, floor, ceiling
    case round, sign, softplus, softsign
    /// x < 0 ? a · x : x
    case leaky
    /// Between a and b.
    case clip
    /// x < 0 ? a · (eˣ − 1) : x
    case exponentialLinear
    /// b · (x < 0 ? a · (eˣ − 1) : x)
    case scaledExponentialLinear
    /// Between 0 and 1: a · x + b.
    case hardSigmoid
    /// x Φ(x)
    case gaussian
    /// The same with Φ approximated by a hyperbolic tangent.
    case gaussianApproximate

    /// Whether it takes two numbers.
    var isOfTwo: Bool { rawValue <= RealOperation.smaller.rawValue }
}
