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

    /// Of weighted rows a few may be much larger than the others, which need finer levels: bins are emptied more often.
    private static let longestChunk = (plain: 32_767, weighted: 2_047)
    /// More would not change a split; a double rounded by chance has room for the larger number.
    private static let mostLevelBits = (plain: 20, unit: 46)

    init(rows: Int, isUnit: Bool, isWeighted: Bool) {
        chunk = min(max(1, rows), isWeighted ? Self.longestChunk.weighted : Self.longestChunk.plain)
        self.isUnit = isUnit
        let countBits = Int.bitWidth - chunk.leadingZeroBitCount
        let free = 63 - countBits * (isUnit ? 2 : 3)
        // The sum of all rows must fit a wide bin.
        let room = 62 - (Int.bitWidth - rows.leadingZeroBitCount)
        let gradientBits = min(isUnit ? Self.mostLevelBits.unit : Self.mostLevelBits.plain, room, isUnit ? free : (free + 2) / 2)
        let curvatureBits = isUnit ? 0 : min(Self.mostLevelBits.plain, free - gradientBits)
        gradientLevels = Double((1 << gradientBits) - 1)
        hessianLevels = Double((1 << curvatureBits) - 1)
        rowBits = Int64(countBits)
        hessianBits = isUnit ? 0 : Int64(curvatureBits + countBits)
        gradientShift = rowBits + hessianBits
    }

    /// The words of two rows; `gradients` and `hessians` are in levels, not yet whole, `random` decides which of the two next ones they become.
    ///
    /// Never traps; numbers that are none give words that mean nothing.
    @inline(__always)
    func words(gradients: SIMD2<Double>, hessians: SIMD2<Double>, random: SIMD2<UInt64>) -> SIMD2<UInt64> {
        let whole = Self.whole(gradients, random &>> 12) &<< SIMD2(repeating: UInt64(gradientShift))
        if isUnit { return whole &+ 1 }
        return whole &+ (Self.whole(hessians, (random &<< 32) &>> 12) &<< SIMD2(repeating: UInt64(rowBits))) &+ 1
    }

    /// The next whole numbers below or above, in two's complement; `fractions` have 52 random bits.
    @inline(__always)
    private static func whole(_ values: SIMD2<Double>, _ fractions: SIMD2<UInt64>) -> SIMD2<UInt64> {
        // 1.f − 1.5 lies from −½ to ½: to add it and round to the nearest rounds in proportion.
        let shifts = unsafeBitCast(fractions | 0x3FF0_0000_0000_0000, to: SIMD2<Double>.self) - 1.5
        let rounded = values + shifts + FastExponential.rounding
        return unsafeBitCast(rounded, to: SIMD2<UInt64>.self) &- FastExponential.rounding.bitPattern
    }

    /// Adds a bin's word to its wide sums.
    @inline(__always)
    func add(_ word: Int64, to sums: UnsafeMutablePointer<BinSums>) {
        let rows = word & ((1 &<< rowBits) &- 1)
        sums.pointee.count &+= rows
        sums.pointee.hessian &+= isUnit ? rows : (word &>> rowBits) & ((1 &<< hessianBits) &- 1)
        sums.pointee.gradient &+= word &>> gradientShift
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
