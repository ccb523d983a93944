/// A split of a node.
struct TreeSplit: Sendable {
    /// The input that is asked: `TreeInputs`.
    var input: Int
    var gain: Double
    /// Of the rows that go left.
    var sums: BinSums
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
    /// The curvature of each leaf's rows, which is their number for squared loss: how much a leaf counts in an average.
    var covers: [Double] = []

    /// Whether nothing could be split.
    var isStump: Bool { splits.isEmpty }

    /// Adds the tree's answers to the scores of binned rows.
    ///
    /// Complexity: O(rows · depth).
    func add(to scores: UnsafeMutablePointer<Double>, _ binned: BinnedRows, _ binning: Binning, team: WorkerTeam) {
        var positions = [Int](repeating: 0, count: binning.features.count)
        for (position, input) in binned.used.enumerated() { positions[input] = position }
        let walk = splits.map { split in
            (
                column: positions[split.input],
                goesLeft: (0..<256).map { value in
                    binning.features[split.input].map { value < $0.count && split.goesLeft(UInt8(value), $0) } ?? false
                }
            )
        }
        let (children, leaves) = (children, leaves)
        nonisolated(unsafe) let scores = scores
        // Each thread writes the scores of its own rows only.
        team.divide(0..<binned.count, least: 4_096) { _, part in
            for row in part {
                var node = walk.isEmpty ? -1 : 0
                while node >= 0 {
                    node = walk[node].goesLeft[Int(binned.column(walk[node].column)[row])] ? children[node].left : children[node].right
                }
                scores[row] += leaves[-node - 1]
            }
        }
    }
}
