import Tabular

/// Grows one tree after the other on the same binned rows, leaf by leaf: always the leaf whose split gains most.
final class TreeGrower {
    /// Bins from which it pays to look at both children at once.
    private static let leastBins = 1_024
    /// Rows from which it pays to divide the adding of answers.
    private static let leastRows = 8_192

    /// What bounds a tree.
    struct Limits: Sendable {
        /// By input: the groups of columns that it may act with, as bits.
        var groups: [UInt64]
        var sampling: TreeSampling
        var leaves: Int
        var minLeaf: Int
        /// Penalty λ on leaf values.
        var lambda: Double
        /// Share of each answer that counts.
        var rate: Double
        /// By input: 1, −1 or 0.
        var directions: [Int]
        /// Memory for histograms, beyond which those of the leaves that gain least are dropped and summed again when needed.
        var histogramBytes: Int
    }

    private let binned: BinnedRows
    private let binning: Binning
    private let limits: Limits
    private let histograms: HistogramBuilder
    private let partition: RowPartition
    private let team: WorkerTeam
    /// Where an input stands among the used ones.
    private let positions: [Int]
    /// By position among the used inputs: whether the tree may ask for it.
    private var isOpen: [Bool] = []

    private struct Leaf {
        var places: Range<Int>
        var sums: BinSums
        /// Nil when the leaf will not be split, or there was no memory to keep it.
        var histogram: Buffer<BinSums>?
        var limits: LeafLimits
        /// The groups to which all columns belong that were asked for on the way, as bits.
        var groups: UInt64
        var best: TreeSplit?
        /// The node and side whose child it is; nil for the root.
        var parent: (node: Int, isLeft: Bool)?
    }

    init(_ binned: BinnedRows, binning: Binning, limits: Limits, team: WorkerTeam) {
        self.binned = binned
        self.binning = binning
        self.limits = limits
        self.team = team
        var positions = [Int](repeating: -1, count: binning.features.count)
        for (position, input) in binned.used.enumerated() { positions[input] = position }
        self.positions = positions
        histograms = HistogramBuilder(binned, binCounts: binned.used.map { binning.features[$0]?.count ?? 0 }, team: team)
        partition = RowPartition(rows: binned.count, team: team)
    }

    /// Grows a tree and adds its answers to the scores of the training rows, those that it did not learn from included.
    ///
    /// `salt` decides which rows and inputs it may see, where not all.
    func grow(
        _ stage: GradientStage, hooks: TrainingHooks, scores: UnsafeMutablePointer<Double>, renewal: LeafRenewal?, salt: UInt64
    ) throws(LearningFailure) -> GrownTree {
        partition.reset(limits.sampling, salt: salt)
        isOpen = limits.sampling.inputs(of: binned.used.count, salt: salt)
        let scoring = SplitScoring(
            lambda: limits.lambda, minLeaf: limits.minLeaf, gradientUnit: stage.gradientUnit, hessianUnit: stage.hessianUnit)
        var tree = GrownTree()
        var leaves = [root(stage, scoring)]
        while leaves.count < limits.leaves {
            // The leaf with the greatest gain; the first of equals, so that the result never depends on chance.
            var chosen = 0
            for index in leaves.indices where leaves[index].best?.gain ?? 0 > leaves[chosen].best?.gain ?? 0 { chosen = index }
            guard let split = leaves[chosen].best else { break }
            if hooks.isCancelled() { throw .cancelled }
            let node = tree.splits.count
            tree.splits.append(split)
            tree.children.append((0, 0))
            link(&tree, leaves[chosen].parent, to: node)
            let (left, right) = divide(leaves[chosen], split, node, stage, scoring, isLast: leaves.count + 1 == limits.leaves)
            leaves[chosen] = left
            leaves.append(right)
            dropHistograms(&leaves)
        }
        answer(leaves, scoring, &tree)
        if let renewal { renew(leaves, renewal, &tree, scores) }
        add(leaves, tree, to: scores)
        if partition.taken < binned.count {
            tree.add(to: scores, binned, binning, at: partition.order, from: partition.taken, team: team)
        }
        for leaf in leaves { histograms.giveBack(leaf.histogram) }
        return tree
    }

    /// Drops those that are needed last, the ones of the leaves with the least gain; sums are exact, so that no result depends on it.
    private func dropHistograms(_ leaves: inout [Leaf]) {
        let most = max(2, limits.histogramBytes / max(1, histograms.bins * MemoryLayout<BinSums>.stride))
        while histograms.lent > most {
            let kept = leaves.indices.filter { leaves[$0].histogram != nil }
            guard let least = kept.min(by: { leaves[$0].best?.gain ?? 0 < leaves[$1].best?.gain ?? 0 }) else { return }
            histograms.giveBack(leaves[least].histogram)
            leaves[least].histogram = nil
        }
    }

    private func link(_ tree: inout GrownTree, _ parent: (node: Int, isLeft: Bool)?, to child: Int) {
        guard let parent else { return }
        if parent.isLeft { tree.children[parent.node].left = child } else { tree.children[parent.node].right = child }
    }

    private func root(_ stage: GradientStage, _ scoring: SplitScoring) -> Leaf {
        let all = 0..<partition.taken
        let histogram = histograms.sums(all, of: partition.order, words: stage.words, packing: stage.packing)
        // The sums of all rows: those of any one input's bins.
        var sums = BinSums()
        for bin in 0..<(histograms.starts.count > 1 ? histograms.starts[1] : 0) { sums = sums + histogram.base[bin] }
        var leaf = Leaf(places: all, sums: sums, histogram: histogram, limits: LeafLimits(), groups: .max, best: nil, parent: nil)
        leaf.best = bestSplit(leaf, scoring)
        return leaf
    }

    /// Parts a leaf's rows; the smaller child's histogram is summed, the larger one's is the difference.
    private func divide(
        _ leaf: Leaf, _ split: TreeSplit, _ node: Int, _ stage: GradientStage, _ scoring: SplitScoring, isLast: Bool
    ) -> (left: Leaf, right: Leaf) {
        let middle = part(leaf, split)
        let (leftLimits, rightLimits) = childLimits(leaf, split, scoring)
        let groups = leaf.groups & limits.groups[split.input]
        var left = Leaf(
            places: leaf.places.lowerBound..<middle, sums: split.sums, histogram: nil, limits: leftLimits, groups: groups, best: nil,
            parent: (node, true))
        var right = Leaf(
            places: middle..<leaf.places.upperBound, sums: leaf.sums - split.sums, histogram: nil, limits: rightLimits,
            groups: groups, best: nil, parent: (node, false))
        // Nobody will ask how the last two leaves could be split, nor how one could be that has too few rows.
        let most = max(left.places.count, right.places.count)
        guard !isLast, most >= 2 * limits.minLeaf else {
            histograms.giveBack(leaf.histogram)
            return (left, right)
        }
        let isLeftSmaller = left.places.count <= right.places.count
        let (smaller, larger) = isLeftSmaller ? (left.places, right.places) : (right.places, left.places)
        let small = histograms.sums(smaller, of: partition.order, words: stage.words, packing: stage.packing)
        let large: Buffer<BinSums>
        if let parent = leaf.histogram {
            large = parent
            for bin in 0..<large.count { large.base[bin] = large.base[bin] - small.base[bin] }
        } else {
            large = histograms.sums(larger, of: partition.order, words: stage.words, packing: stage.packing)
        }
        left.histogram = isLeftSmaller ? small : large
        right.histogram = isLeftSmaller ? large : small
        findBest(&left, &right, scoring)
        return (left, right)
    }

    private func findBest(_ left: inout Leaf, _ right: inout Leaf, _ scoring: SplitScoring) {
        guard team.count > 1, histograms.bins > Self.leastBins else {
            left.best = bestSplit(left, scoring)
            right.best = bestSplit(right, scoring)
            return
        }
        // Only the first two threads write, each its own result.
        let children = (left, right)
        nonisolated(unsafe) let grower = self
        let found = UnsafeMutablePointer<TreeSplit?>.allocate(capacity: 2)
        found.initialize(repeating: nil, count: 2)
        defer {
            found.deinitialize(count: 2)
            found.deallocate()
        }
        nonisolated(unsafe) let results = found
        team.run { thread in
            if thread < 2 { results[thread] = grower.bestSplit(thread == 0 ? children.0 : children.1, scoring) }
        }
        left.best = found[0]
        right.best = found[1]
    }

    private func part(_ leaf: Leaf, _ split: TreeSplit) -> Int {
        guard let bins = binning.features[split.input] else { return leaf.places.lowerBound }
        // A table of 256 answers: the loop over the rows is then the same for every kind of split.
        var goesLeft = [UInt8](repeating: 0, count: 256)
        for value in 0..<bins.count where split.goesLeft(UInt8(value), bins) { goesLeft[value] = 1 }
        return partition.split(leaf.places, column: binned.column(positions[split.input]), goesLeft: goesLeft)
    }

    /// Between the answers of two children that a monotone input parts runs a line that neither's descendants may cross.
    private func childLimits(_ leaf: Leaf, _ split: TreeSplit, _ scoring: SplitScoring) -> (LeafLimits, LeafLimits) {
        let direction = limits.directions[split.input]
        guard direction != 0 else { return (leaf.limits, leaf.limits) }
        let answers = [split.sums, leaf.sums - split.sums].map { sums in
            let (gradient, hessian) = scoring.units(sums)
            return leaf.limits.clamp(-gradient / (hessian + scoring.lambda))
        }
        let line = answers[0] / 2 + answers[1] / 2
        let below = LeafLimits(lower: leaf.limits.lower, upper: line)
        let above = LeafLimits(lower: line, upper: leaf.limits.upper)
        return direction > 0 ? (below, above) : (above, below)
    }

    private func bestSplit(_ leaf: Leaf, _ scoring: SplitScoring) -> TreeSplit? {
        guard leaf.places.count >= 2 * limits.minLeaf, let histogram = leaf.histogram else { return nil }
        var best: TreeSplit?
        for (position, input) in binned.used.enumerated() {
            guard let bins = binning.features[input], isOpen[position], limits.groups[input] & leaf.groups != 0 else { continue }
            let finder = SplitFinder(
                sums: histogram.base + histograms.starts[position], total: leaf.sums, scoring: scoring, limits: leaf.limits,
                direction: limits.directions[input])
            let split = bins.isCategorical ? finder.categorical(input, bins: bins.count) : finder.numeric(input, missing: bins.missing)
            if let split, split.gain > best?.gain ?? 0 { best = split }
        }
        return best
    }

    /// Gives each leaf its answer.
    private func answer(_ leaves: [Leaf], _ scoring: SplitScoring, _ tree: inout GrownTree) {
        for (number, leaf) in leaves.enumerated() {
            let (gradient, hessian) = scoring.units(leaf.sums)
            tree.leaves.append(leaf.limits.clamp(-gradient / (hessian + limits.lambda)) * limits.rate)
            // By rows, whatever their curvature: the base of explanations is then the mean score of the training rows.
            tree.covers.append(Double(leaf.places.count))
            link(&tree, leaf.parent, to: -number - 1)
        }
    }

    /// Answers out of the rows themselves, each thread its own leaves.
    private func renew(_ leaves: [Leaf], _ renewal: LeafRenewal, _ tree: inout GrownTree, _ scores: UnsafeMutablePointer<Double>) {
        let found = Buffer(repeating: 0.0, count: leaves.count)
        let places = leaves.map(\.places)
        let order = partition.order
        // Only read here.
        nonisolated(unsafe) let scores = scores
        team.divide(0..<leaves.count, least: 1) { _, part in
            for leaf in part {
                let rows = UnsafeBufferPointer(start: order.base + places[leaf].lowerBound, count: places[leaf].count)
                found.base[leaf] = renewal.answer(rows, scores)
            }
        }
        for (number, leaf) in leaves.enumerated() { tree.leaves[number] = leaf.limits.clamp(found.base[number]) * limits.rate }
    }

    /// Adds each leaf's answer to the scores of its rows.
    private func add(_ leaves: [Leaf], _ tree: GrownTree, to scores: UnsafeMutablePointer<Double>) {
        let spans = zip(leaves, tree.leaves).map { (places: $0.places, value: $1) }
        let order = partition.order
        nonisolated(unsafe) let scores = scores
        // Every row is at one place, so that no two threads write the same score.
        team.divide(0..<partition.taken, least: Self.leastRows) { _, part in
            for (places, value) in spans {
                let own = places.clamped(to: part)
                for place in own { scores[Int(order.base[place])] += value }
            }
        }
    }
}
