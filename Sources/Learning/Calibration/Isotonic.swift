/// The ascending function that is nearest to the outcomes.
package enum Isotonic {
    /// Points of the fitted function, ascending, those within a level stretch left out.
    ///
    /// Least squares by pooling adjacent violators (Barlow and others 1972); equal scores share their mean outcome first. Complexity:
    /// O(n log n).
    package static func fit(scores: [Double], outcomes: [Double]) -> (from: [Double], to: [Double]) {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var blocks: [(first: Double, last: Double, sum: Double, count: Double)] = []
        var start = 0
        while start < order.count {
            let score = scores[order[start]]
            var block = (first: score, last: score, sum: 0.0, count: 0.0)
            while start < order.count, scores[order[start]] == score {
                block.sum += outcomes[order[start]]
                block.count += 1
                start += 1
            }
            while let before = blocks.last, before.sum * block.count >= block.sum * before.count {
                block = (before.first, block.last, before.sum + block.sum, before.count + block.count)
                blocks.removeLast()
            }
            blocks.append(block)
        }
        var from: [Double] = []
        var to: [Double] = []
        for block in blocks {
            from.append(block.first)
            to.append(block.sum / block.count)
            guard block.last > block.first else { continue }
            from.append(block.last)
            to.append(block.sum / block.count)
        }
        return (from, to)
    }
}
