/// Second-order gains of splits and answers of leaves (Chen and Guestrin 2016, equations 5 to 7), within the limits that monotone inputs set.
struct SplitScoring: Sendable {
    /// Penalty λ on leaf values.
    var lambda: Double
    var minLeaf: Int
    /// Levels to units.
    var gradientUnit: Double
    var hessianUnit: Double

    /// Least gain that is a split.
    static let minGain = 1e-9
    static let minHessian = 1e-3

    /// Sums in units.
    @inline(__always)
    func units(_ sums: BinSums) -> (gradient: Double, hessian: Double) {
        (Double(sums.gradient) * gradientUnit, Double(sums.hessian) * hessianUnit)
    }

    /// The loss that the best answer of a leaf within limits takes away, twice.
    @inline(__always)
    func score(_ gradient: Double, _ hessian: Double, _ penalty: Double, _ limits: LeafLimits) -> Double {
        if limits.isFree { return gradient * gradient / (hessian + penalty) }
        let answer = limits.clamp(-gradient / (hessian + penalty))
        return -(2 * gradient * answer + (hessian + penalty) * answer * answer)
    }
}

/// What a leaf may answer.
struct LeafLimits: Sendable, Equatable {
    var lower = -Double.infinity
    var upper = Double.infinity

    @inline(__always)
    var isFree: Bool { lower == -.infinity && upper == .infinity }

    @inline(__always)
    func clamp(_ value: Double) -> Double { min(max(value, lower), upper) }
}

/// The best split of one input out of its histogram.
struct SplitFinder {
    /// Extra penalty on category splits, smoothing of their gradient ratios, and most categories on the smaller side: without them a
    /// category with few rows wins by chance.
    static let categoryPenalty = 10.0
    static let categorySmoothing = 10.0
    static let categoryLimit = 32
    static let categoryRows: Int64 = 100

    let sums: UnsafePointer<BinSums>
    let total: BinSums
    let scoring: SplitScoring
    let limits: LeafLimits
    /// 1: answers may not fall with the input; −1: they may not rise; 0: free.
    let direction: Int
    private let own: Double

    init(sums: UnsafePointer<BinSums>, total: BinSums, scoring: SplitScoring, limits: LeafLimits, direction: Int) {
        self.sums = sums
        self.total = total
        self.scoring = scoring
        self.limits = limits
        self.direction = direction
        let (gradient, hessian) = scoring.units(total)
        own = scoring.score(gradient, hessian, scoring.lambda, limits)
    }

    /// The gain of parting these from the others; negative when that may not be.
    @inline(__always)
    private func gain(_ left: BinSums, _ penalty: Double) -> Double {
        let right = total - left
        guard left.count >= scoring.minLeaf, right.count >= scoring.minLeaf else { return -1 }
        let (gradientLeft, hessianLeft) = scoring.units(left)
        let (gradientRight, hessianRight) = scoring.units(right)
        guard hessianLeft >= SplitScoring.minHessian, hessianRight >= SplitScoring.minHessian else { return -1 }
        if direction != 0 {
            let difference =
                limits.clamp(-gradientRight / (hessianRight + penalty)) - limits.clamp(-gradientLeft / (hessianLeft + penalty))
            if direction > 0 ? difference < 0 : difference > 0 { return -1 }
        }
        return scoring.score(gradientLeft, hessianLeft, penalty, limits) + scoring.score(gradientRight, hessianRight, penalty, limits) - own
    }

    /// Cuts between two bins; missing values go to the side that gains more.
    func numeric(_ input: Int, missing: Int) -> TreeSplit? {
        var best = (gain: SplitScoring.minGain, bin: -1, missingLeft: false, left: BinSums())
        let absent = sums[missing]
        for missingLeft in absent.count > 0 ? [false, true] : [false] {
            var left = missingLeft ? absent : BinSums()
            for bin in 0..<missing {
                // A cut above an empty bin parts the same rows as the cut below it.
                guard sums[bin].count > 0 else { continue }
                left = left + sums[bin]
                // The last cut parts the values from the missing ones only.
                if bin == missing - 1, missingLeft || absent.count == 0 { break }
                let gain = gain(left, scoring.lambda)
                if gain > best.gain { best = (gain, bin, missingLeft, left) }
            }
        }
        guard best.bin >= 0 else { return nil }
        // Where none was missing, a missing value goes with the many.
        let side = absent.count > 0 ? best.missingLeft : 2 * best.left.count > total.count
        return TreeSplit(input: input, gain: best.gain, sums: best.left, bin: best.bin, missingLeft: side, left: [])
    }

    /// Subsets of categories: sorted by gradient over curvature, the best cut is the best subset (Fisher 1958); from both ends.
    func categorical(_ input: Int, bins: Int) -> TreeSplit? {
        let present = (0..<bins).filter { sums[$0].count > 0 }
        guard present.count >= 2 else { return nil }
        let ratios = (0..<bins).map { bin in
            let (gradient, hessian) = scoring.units(sums[bin])
            return gradient / (hessian + Self.categorySmoothing)
        }
        let order = present.filter { Double(sums[$0].count) >= Self.categorySmoothing }.sorted { (ratios[$0], $0) < (ratios[$1], $1) }
        guard !order.isEmpty else { return nil }
        var best: TreeSplit?
        let limit = min(Self.categoryLimit, (order.count + 1) / 2)
        for isReversed in [false, true] {
            var left = BinSums()
            var set: [UInt64] = [0, 0, 0, 0]
            var group: Int64 = 0
            for bin in (isReversed ? order.reversed() : order).prefix(limit) {
                left = left + sums[bin]
                group += sums[bin].count
                set[bin >> 6] |= 1 << UInt64(bin & 63)
                guard group >= min(Self.categoryRows, total.count / 4) else { continue }
                group = 0
                let gain = gain(left, scoring.lambda + Self.categoryPenalty)
                if gain > best?.gain ?? SplitScoring.minGain {
                    best = TreeSplit(input: input, gain: gain, sums: left, bin: 0, missingLeft: false, left: set)
                }
            }
        }
        return best
    }
}
