/// The exponential function without a branch, for loops over millions of rows whose results are rounded afterwards.
enum FastExponential {
    /// 1.5 · 2⁵²: adding it rounds a small number to a whole one, which then stands in the lowest bits.
    static let rounding = 6_755_399_441_055_744.0
    private static let ln2High = 0.693_147_180_369_123_8
    private static let ln2Low = 1.908_214_929_270_588e-10

    /// e to the power of `x` with a relative error below 1e-11; `x` is taken within ±700, and NaN as −700.
    ///
    /// x = k ln 2 + r with |r| ≤ ln 2 / 2, and the series of eʳ to its ninth power.
    @inline(__always)
    static func value(_ x: Double) -> Double {
        let limited = x > -700 ? (x < 700 ? x : 700) : -700
        let shifted = limited * 1.442_695_040_888_963_4 + rounding
        let whole = shifted - rounding
        let r = (limited - whole * ln2High) - whole * ln2Low
        // Pairs first, so that the processor need not wait for one term after the other.
        let square = r * r
        let low = (1 + r) + square * (0.5 + r * (1.0 / 6))
        let middle = (1.0 / 24 + r * (1.0 / 120)) + square * (1.0 / 720 + r * (1.0 / 5_040))
        let high = 1.0 / 40_320 + r * (1.0 / 362_880)
        let fourth = square * square
        let series = low + fourth * (middle + fourth * high)
        let power = (shifted.bitPattern &<< 52) &+ 0x3FF0_0000_0000_0000
        return series * Double(bitPattern: power)
    }
}
