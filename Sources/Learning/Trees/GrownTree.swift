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
    /// The rows of each leaf: how much it counts in an average.
    var covers: [Double] = []

    /// Whether nothing could be split.
    var isStump: Bool { splits.isEmpty }

    /// Adds the tree's answers to the scores of binned rows: all of them, or those from some place of an order on.
    ///
    /// Complexity: O(rows · depth).
    func add(
        to scores: UnsafeMutablePointer<Double>, _ binned: BinnedRows, _ binning: Binning, at order: Buffer<Int32>? = nil,
        from start: Int = 0,
        team: WorkerTeam
    ) {
        var positions = [Int](repeating: 0, count: binning.features.count)
        for (position, input) in binned.used.enumerated() { positions[input] = position }
        // For each node a table of 256 answers: where each bin goes.
        let next = Buffer(repeating: Int32(0), count: splits.count * 256)
        for (node, split) in splits.enumerated() {
            guard let bins = binning.features[split.input] else { continue }
            for value in 0..<256 {
                let isLeft = value < bins.count && split.goesLeft(UInt8(value), bins)
                next.base[node * 256 + value] = Int32(isLeft ? children[node].left : children[node].right)
            }
        }
        let columns = Buffer(splits.map { positions[$0.input] }, empty: 0)
        let answers = Buffer(leaves, empty: 0)
        let root = splits.isEmpty ? -1 : 0
        nonisolated(unsafe) let scores = scores
        // Each thread writes the scores of its own rows only.
        team.divide(start..<binned.count, least: 4_096) { _, part in
            for place in part {
                let row = order.map { Int($0.base[place]) } ?? place
                var node = root
                while node >= 0 { node = Int(next.base[node &* 256 &+ Int(binned.column(columns.base[node])[row])]) }
                scores[row] += answers.base[-node - 1]
            }
        }
    }
}
