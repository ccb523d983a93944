/// A split of a node.
struct TreeSplit: Sendable {
    var feature: Int
    var gain: Double
    /// Numeric: the last bin that goes left.
    var bin: Int
    /// Numeric: whether missing values go left.
    var missingLeft: Bool
    /// Categorical: the bins that go left, as 256 bits.
    var left: [UInt64]

    /// Whether a bin goes left.
    @inline(__always)
    func goesLeft(_ value: UInt8, _ bins: Binning.FeatureBins) -> Bool {
        if bins.isCategorical { return left[Int(value >> 6)] >> UInt64(value & 63) & 1 == 1 }
        return Int(value) == bins.missing ? missingLeft : Int(value) <= bin
    }
}

/// A tree as it was grown: children ≥ 0 are nodes, negative ones are leaf −child − 1.
struct GrownTree: Sendable {
    var splits: [TreeSplit] = []
    var children: [(left: Int, right: Int)] = []
    /// Leaf values, the learning rate included.
    var leaves: [Double] = []

    /// Whether nothing could be split.
    var isStump: Bool { splits.isEmpty }

    /// Adds the tree's answers to the scores of binned rows.
    func add(to scores: inout [Double], columns: [[UInt8]], binning: Binning) {
        guard !isStump else {
            for row in scores.indices { scores[row] += leaves[0] }
            return
        }
        for row in scores.indices {
            var node = 0
            while node >= 0 {
                let split = splits[node]
                guard let bins = binning.features[split.feature] else { break }
                node = split.goesLeft(columns[split.feature][row], bins) ? children[node].left : children[node].right
            }
            scores[row] += leaves[-node - 1]
        }
    }
}
