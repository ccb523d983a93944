import Foundation

/// Single and double precision as elementwise operations work with them: eight at a time.
protocol RealNumber: BinaryFloatingPoint, Codable, SIMDScalar, BitwiseCopyable, Sendable {
    /// eˣ.
    static func exponential(_ x: SIMD8<Self>) -> SIMD8<Self>
    /// tanh x.
    static func hyperbolicTangent(_ x: SIMD8<Self>) -> SIMD8<Self>
    /// 1 / (1 + e⁻ˣ).
    static func sigmoid(_ x: SIMD8<Self>) -> SIMD8<Self>
    /// ln x.
    static func logarithm(_ x: Self) -> Self
    /// The error function.
    static func errorFunction(_ x: Self) -> Self
    /// x to the power y.
    static func power(_ x: Self, _ y: Self) -> Self
    /// ln(1 + eˣ).
    static func softplus(_ x: Self) -> Self
}

extension Float: RealNumber {
    /// With a relative error below 3e-7; 0 and infinity where they belong.
    ///
    /// x = k ln 2 + r with |r| ≤ ln 2 / 2, the series of eʳ to its seventh power, and k added to the exponent in two halves, so that results
    /// too small for a normal number come out as well.
    @inline(__always)
    static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let low = x.replacing(with: -105, where: x .< -105)
        let limited = low.replacing(with: 89, where: low .> 89)
        let shifted = limited * 1.442_695 + 12_582_912
        let whole = shifted - 12_582_912
        let high: SIMD8<Float> = limited - whole * 0.693_359_4
        let r: SIMD8<Float> = high + whole * 0.000_212_194_44
        var series = SIMD8<Float>(repeating: 1 / 5_040)
        series = series * r + 1 / 720
        series = series * r + 1 / 120
        series = series * r + 1 / 24
        series = series * r + 1 / 6
        series = series * r + 0.5
        series = series * r + 1
        series = series * r + 1
        let k = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4B40_0000
        let half = k &>> 1
        let first = unsafeBitCast((half &+ 127) &<< 23, to: SIMD8<Float>.self)
        let second = unsafeBitCast((k &- half &+ 127) &<< 23, to: SIMD8<Float>.self)
        let result = series * first * second
        // NaN stays what it is.
        return result.replacing(with: x, where: x .!= x)
    }

    @inline(__always)
    static func hyperbolicTangent(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let limited = x.clamped(lowerBound: SIMD8(repeating: -10), upperBound: SIMD8(repeating: 10))
        let power = exponential(limited * 2)
        let far = 1 - 2 / (power + 1)
        // Near 0 the difference above would lose digits: the series instead.
        let square = x * x
        let third: SIMD8<Float> = square * -0.053_968_254 + 0.133_333_33
        let second: SIMD8<Float> = square * third - 0.333_333_33
        let first: SIMD8<Float> = square * second + 1
        let near = x * first
        let result = far.replacing(with: near, where: square .< 0.04)
        return result.replacing(with: x, where: x .!= x)
    }

    @inline(__always)
    static func sigmoid(_ x: SIMD8<Float>) -> SIMD8<Float> { 1 / (1 + exponential(-x)) }

    static func logarithm(_ x: Float) -> Float { log(x) }
    static func errorFunction(_ x: Float) -> Float { erf(x) }
    static func power(_ x: Float, _ y: Float) -> Float { y == 2 ? x * x : pow(x, y) }
    static func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
}

extension Double: RealNumber {
    @inline(__always)
    private static func each(_ x: SIMD8<Double>, _ body: (Double) -> Double) -> SIMD8<Double> {
        var result = x
        for lane in 0..<8 { result[lane] = body(x[lane]) }
        return result
    }

    static func exponential(_ x: SIMD8<Double>) -> SIMD8<Double> { each(x) { exp($0) } }
    static func hyperbolicTangent(_ x: SIMD8<Double>) -> SIMD8<Double> { each(x) { tanh($0) } }
    /// In the order of operations of the models that are trained here, so that they answer alike, bit for bit.
    static func sigmoid(_ x: SIMD8<Double>) -> SIMD8<Double> {
        each(x) {
            if $0 >= 0 { return 1 / (1 + exp(-$0)) }
            let power = exp($0)
            return power / (1 + power)
        }
    }
    static func logarithm(_ x: Double) -> Double { log(x) }
    static func errorFunction(_ x: Double) -> Double { erf(x) }
    static func power(_ x: Double, _ y: Double) -> Double { y == 2 ? x * x : pow(x, y) }
    static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
