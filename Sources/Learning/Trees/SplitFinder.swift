/// The best split of one feature out of its histogram.
struct SplitFinder {
    /// Least gain that is a split.
    static let minGain = 1e-9
    /// Extra penalty on category splits, smoothing of their gradient ratios, and most categories on the smaller side: without them a
    /// category with few rows wins by chance.
    static let categoryPenalty = 10.0
    static let categorySmoothing = 10.0
    static let categoryLimit = 32
    static let categoryRows = 100
    static let minHessian = 1e-3

    let sums: ArraySlice<TreeGrower.Sums>
    let total: TreeGrower.Sums
    let minLeaf: Int
    let lambda: Double

    private func score(_ sums: TreeGrower.Sums, _ lambda: Double) -> Double { sums.gradient * sums.gradient / (sums.hessian + lambda) }

    private func gain(_ left: TreeGrower.Sums, _ penalty: Double) -> Double? {
        var right = total
        right.subtract(left)
        guard left.count >= minLeaf, right.count >= minLeaf, left.hessian >= Self.minHessian, right.hessian >= Self.minHessian else {
            return nil
        }
        let gain = score(left, penalty) + score(right, penalty) - score(total, lambda)
        return gain > Self.minGain ? gain : nil
    }

    /// Cuts between two bins; missing values go to the side that gains more.
    func numeric(_ feature: Int, missing: Int) -> TreeSplit? {
        var best: TreeSplit?
        let first = sums.startIndex
        let absent = sums[first + missing]
        for missingLeft in absent.count > 0 ? [false, true] : [false] {
            var left = missingLeft ? absent : TreeGrower.Sums()
            for bin in 0..<missing {
                left.add(sums[first + bin])
                // The last cut parts the values from the missing ones only.
                if bin == missing - 1, missingLeft || absent.count == 0 { break }
                if let gain = gain(left, lambda), gain > best?.gain ?? 0 {
                    // Where none was missing, a missing value goes with the many.
                    let side = absent.count > 0 ? missingLeft : 2 * left.count > total.count
                    best = TreeSplit(feature: feature, gain: gain, bin: bin, missingLeft: side, left: [])
                }
            }
        }
        return best
    }

    /// Subsets of categories: sorted by gradient over curvature, the best cut is the best subset (Fisher 1958); from both ends.
    func categorical(_ feature: Int) -> TreeSplit? {
        let sums = Array(sums)
        let present = sums.indices.filter { sums[$0].count > 0 }
        guard present.count >= 2 else { return nil }
        let ratio = { (bin: Int) in sums[bin].gradient / (sums[bin].hessian + Self.categorySmoothing) }
        let order = present.filter { Double(sums[$0].count) >= Self.categorySmoothing }.sorted { (ratio($0), $0) < (ratio($1), $1) }
        guard !order.isEmpty else { return nil }
        var best: TreeSplit?
        let limit = min(Self.categoryLimit, (order.count + 1) / 2)
        for isReversed in [false, true] {
            var left = TreeGrower.Sums()
            var set: [UInt64] = [0, 0, 0, 0]
            var group = 0
            for bin in (isReversed ? order.reversed() : order).prefix(limit) {
                left.add(sums[bin])
                group += sums[bin].count
                set[bin >> 6] |= 1 << UInt64(bin & 63)
                guard group >= min(Self.categoryRows, total.count / 4) else { continue }
                group = 0
                if let gain = gain(left, lambda + Self.categoryPenalty), gain > best?.gain ?? 0 {
                    best = TreeSplit(feature: feature, gain: gain, bin: 0, missingLeft: false, left: set)
                }
            }
        }
        return best
    }
}
