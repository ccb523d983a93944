/// Exact Shapley values of decision trees under the distribution of their training rows, in polynomial time.
///
/// What a tree answers when only some features are known is the average over both children, weighted by their rows, wherever it asks for
/// another one ("path-dependent"). Lundberg, Erion and Lee 2018, "Consistent individualized feature attribution for tree ensembles",
/// Algorithm 2.
package struct TreeSHAP: Sendable {
    /// Deepest trees that are explained; those that are learnt have fewer leaves than this.
    static let deepest = 1_024

    /// Children of each node: ≥ 0 are nodes, negative ones leaf −child − 1.
    ///
    /// A child stands after its parent.
    private let left: [Int32]
    private let right: [Int32]
    /// The feature that each node asks for.
    private let features: [Int32]
    /// How much a node's training rows count; a leaf's follow, at number of nodes + leaf.
    private let covers: [Double]
    private let leaves: [Double]
    /// Path elements that one walk needs at most.
    private let room: Int

    /// Trees in flat arrays, each node and leaf the child of at most one node.
    package init(left: [Int32], right: [Int32], features: [Int32], leafCovers: [Double], leaves: [Double]) {
        self.left = left
        self.right = right
        self.features = features
        self.leaves = leaves
        let nodes = left.count
        var covers = [Double](repeating: 0, count: nodes) + leafCovers
        var depths = [Int](repeating: 1, count: nodes)
        func place(_ child: Int32) -> Int { child >= 0 ? Int(child) : nodes - Int(child) - 1 }
        for node in (0..<nodes).reversed() {
            covers[node] = covers[place(left[node])] + covers[place(right[node])]
            for child in [left[node], right[node]] where child >= 0 { depths[node] = max(depths[node], depths[Int(child)] + 1) }
        }
        self.covers = covers
        let depth = depths.max() ?? 0
        // A path holds each feature once, and a start.
        room = (depth + 2) * (min(depth, Set(features).count) + 2)
    }

    /// What is known of one feature on the way to a node.
    private struct Step {
        var feature: Int32
        /// Share of the rows that come through when the feature is unknown.
        var zero: Double
        /// 1 where the row's own value comes through, else 0.
        var one: Double
        /// Shares of the subsets of each size.
        var weight: Double
    }

    private func place(_ child: Int32) -> Int { child >= 0 ? Int(child) : left.count - Int(child) - 1 }

    /// The share of a node's rows that go to a child; halves where there are none.
    private func share(_ child: Int32, of node: Int) -> Double { covers[node] > 0 ? covers[place(child)] / covers[node] : 0.5 }

    /// The average answer of a tree: its answer when nothing is known.
    ///
    /// Complexity: O(nodes).
    package func average(root: Int32) -> Double {
        if root < 0 { return leaves[-Int(root) - 1] }
        let node = Int(root)
        return share(left[node], of: node) * average(root: left[node]) + share(right[node], of: node) * average(root: right[node])
    }

    /// Adds to `result`, one value a feature, what each adds to a tree's answer for a row that goes left where `goesLeft` says so.
    ///
    /// Complexity: O(leaves · depth²).
    package func add(root: Int32, to result: UnsafeMutablePointer<Double>, goesLeft: (_ node: Int) -> Bool) {
        guard root >= 0 else { return }
        withUnsafeTemporaryAllocation(of: Step.self, capacity: room) { steps in
            guard let path = steps.baseAddress else { return }
            descend(root, path, length: 0, Step(feature: -1, zero: 1, one: 1, weight: 1), result, goesLeft)
        }
    }

    private func descend(
        _ child: Int32, _ path: UnsafeMutablePointer<Step>, length: Int, _ step: Step, _ result: UnsafeMutablePointer<Double>,
        _ goesLeft: (Int) -> Bool
    ) {
        var length = Self.extend(path, length, step)
        guard child >= 0 else {
            let answer = leaves[-Int(child) - 1]
            for index in 1..<length {
                let own = path[index]
                result[Int(own.feature)] += Self.sumWithout(index, path, length) * (own.one - own.zero) * answer
            }
            return
        }
        let node = Int(child)
        var known = (zero: 1.0, one: 1.0)
        if let index = (1..<length).first(where: { path[$0].feature == features[node] }) {
            known = (path[index].zero, path[index].one)
            Self.unwind(path, length, index)
            length -= 1
        }
        let isLeft = goesLeft(node)
        for (next, isHot) in [(left[node], isLeft), (right[node], !isLeft)] {
            // Each child goes on from a copy: the next one needs this path as it is.
            let copy = path + length
            copy.update(from: path, count: length)
            let zero = known.zero * share(next, of: node)
            descend(
                next, copy, length: length, Step(feature: features[node], zero: zero, one: isHot ? known.one : 0, weight: 0), result,
                goesLeft)
        }
    }

    /// EXTEND: one more feature; returns the new length.
    private static func extend(_ path: UnsafeMutablePointer<Step>, _ length: Int, _ step: Step) -> Int {
        path[length] = step
        path[length].weight = length == 0 ? 1 : 0
        let count = Double(length + 1)
        for index in (0..<length).reversed() {
            path[index + 1].weight += step.one * path[index].weight * Double(index + 1) / count
            path[index].weight = step.zero * path[index].weight * Double(length - index) / count
        }
        return length + 1
    }

    /// UNWIND: takes back the feature at an index.
    private static func unwind(_ path: UnsafeMutablePointer<Step>, _ length: Int, _ index: Int) {
        let own = path[index]
        let last = length - 1
        var next = path[last].weight
        for position in (0..<last).reversed() {
            if own.one != 0 {
                let weight = path[position].weight
                path[position].weight = next * Double(length) / (Double(position + 1) * own.one)
                next = weight - path[position].weight * own.zero * Double(last - position) / Double(length)
            } else {
                path[position].weight = own.zero == 0 ? 0 : path[position].weight * Double(length) / (own.zero * Double(last - position))
            }
        }
        for position in index..<last {
            path[position].feature = path[position + 1].feature
            path[position].zero = path[position + 1].zero
            path[position].one = path[position + 1].one
        }
    }

    /// The sum of the weights after UNWIND, which leaves the path as it is.
    private static func sumWithout(_ index: Int, _ path: UnsafeMutablePointer<Step>, _ length: Int) -> Double {
        let own = path[index]
        let last = length - 1
        var next = path[last].weight
        var total = 0.0
        for position in (0..<last).reversed() {
            if own.one != 0 {
                let weight = next * Double(length) / (Double(position + 1) * own.one)
                total += weight
                next = path[position].weight - weight * own.zero * Double(last - position) / Double(length)
            } else if own.zero != 0 {
                total += path[position].weight * Double(length) / (own.zero * Double(last - position))
            }
        }
        return total
    }
}
