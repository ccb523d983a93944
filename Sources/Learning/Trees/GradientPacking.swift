/// How a row's gradient, curvature and the row itself share one word of 64 bits, so that a histogram adds all three at once.
///
/// Whole numbers sum to the same bits in any order, on any number of threads. Levels are as fine as the rows that may meet in one bin allow;
/// rounding to them is by chance, in proportion, so that sums stay true on average (Shi et al. 2022, "Quantized Training of Gradient Boosting
/// Decision Trees"). From the lowest bit: rows, curvature, gradient.
struct GradientPacking: Sendable {
    /// Rows after which a bin must be emptied into a wider one.
    let chunk: Int
    /// Steps of the largest gradient and of the largest curvature.
    let gradientLevels: Double
    let hessianLevels: Double
    /// Whether the curvature of each row is 1: then it is the number of rows.
    let isUnit: Bool
    private let rowBits: Int64
    private let hessianBits: Int64
    private let gradientShift: Int64

    private static let longestChunk = 32_767
    /// With a random number of 32 bits these still fit a double.
    private static let mostLevelBits = 20

    init(rows: Int, isUnit: Bool) {
        chunk = min(max(1, rows), Self.longestChunk)
        self.isUnit = isUnit
        let countBits = Int.bitWidth - chunk.leadingZeroBitCount
        let free = 63 - countBits * (isUnit ? 2 : 3)
        let gradientBits = min(Self.mostLevelBits, isUnit ? free : (free + 2) / 2)
        let curvatureBits = isUnit ? 0 : min(Self.mostLevelBits, free - gradientBits)
        gradientLevels = Double((1 << gradientBits) - 1)
        hessianLevels = Double((1 << curvatureBits) - 1)
        rowBits = Int64(countBits)
        hessianBits = isUnit ? 0 : Int64(curvatureBits + countBits)
        gradientShift = rowBits + hessianBits
    }

    /// The word of a row; `gradient` and `hessian` are in levels, not yet whole, `random` decides which of the two next ones they become.
    @inline(__always)
    func word(gradient: Double, hessian: Double, random: UInt64) -> Int64 {
        let unit = 1.0 / 4_294_967_296
        // Shifted to be positive: to cut off is then to round down.
        let whole =
            Int64(gradient + gradientLevels + Double(Int64(truncatingIfNeeded: random & 0xFFFF_FFFF)) * unit) &- Int64(gradientLevels)
        if isUnit { return whole << gradientShift &+ 1 }
        let curvature = Int64(hessian + Double(Int64(truncatingIfNeeded: random >> 32)) * unit)
        return (whole << gradientShift) &+ (curvature << rowBits) &+ 1
    }

    /// Adds a bin's word to its wide sums.
    @inline(__always)
    func add(_ word: Int64, to sums: UnsafeMutablePointer<BinSums>) {
        let rows = word & ((1 << rowBits) &- 1)
        sums.pointee.count &+= rows
        sums.pointee.hessian &+= isUnit ? rows : (word >> rowBits) & ((1 << hessianBits) &- 1)
        sums.pointee.gradient &+= word >> gradientShift
    }
}

/// Sums of the rows of a bin or a leaf, in levels.
struct BinSums: BitwiseCopyable, Equatable {
    var gradient: Int64 = 0
    var hessian: Int64 = 0
    var count: Int64 = 0

    @inline(__always)
    static func + (a: BinSums, b: BinSums) -> BinSums {
        BinSums(gradient: a.gradient &+ b.gradient, hessian: a.hessian &+ b.hessian, count: a.count &+ b.count)
    }

    @inline(__always)
    static func - (a: BinSums, b: BinSums) -> BinSums {
        BinSums(gradient: a.gradient &- b.gradient, hessian: a.hessian &- b.hessian, count: a.count &- b.count)
    }
}
