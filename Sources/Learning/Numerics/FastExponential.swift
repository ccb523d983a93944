/// The exponential function without a branch, for loops over millions of rows whose results are rounded afterwards.
enum FastExponential {
    /// 1.5 · 2⁵²: adding it rounds a small number to a whole one, which then stands in the lowest bits.
    static let rounding = 6_755_399_441_055_744.0
    private static let ln2High = 0.693_147_180_369_123_8
    private static let ln2Low = 1.908_214_929_270_588e-10

    /// e to the power of two numbers with a relative error below 1e-11; they are taken within ±700, and NaN as −700.
    ///
    /// x = k ln 2 + r with |r| ≤ ln 2 / 2, and the series of eʳ to its ninth power.
    @inline(__always)
    static func values(_ x: SIMD2<Double>) -> SIMD2<Double> {
        let floored = SIMD2(repeating: -700).replacing(with: x, where: x .> -700)
        let limited = SIMD2(repeating: 700).replacing(with: floored, where: floored .< 700)
        let shifted = limited * 1.442_695_040_888_963_4 + rounding
        let whole = shifted - rounding
        let r = (limited - whole * ln2High) - whole * ln2Low
        // Pairs first, so that the processor need not wait for one term after the other.
        let square = r * r
        let low = (r + 1) + square * (r * inverse(6) + 0.5)
        let middle = (r * inverse(120) + inverse(24)) + square * (r * inverse(5_040) + inverse(720))
        let high = r * inverse(362_880) + inverse(40_320)
        let fourth = square * square
        let series = low + fourth * (middle + fourth * high)
        let power = (unsafeBitCast(shifted, to: SIMD2<UInt64>.self) &<< 52) &+ 0x3FF0_0000_0000_0000
        return series * unsafeBitCast(power, to: SIMD2<Double>.self)
    }

    @inline(__always)
    private static func inverse(_ factorial: Double) -> Double { 1 / factorial }
}
