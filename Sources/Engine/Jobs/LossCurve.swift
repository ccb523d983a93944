package import Learning

/// A loss curve of bounded size that spans the whole training, however many reports come.
///
/// It keeps every n-th report from the first one on; n doubles whenever it is full. The newest report is always its end.
package struct LossCurve: Sendable {
    private let limit: Int
    private var kept: [TrainingProgress] = []
    private var newest: TrainingProgress?
    private var stride = 1
    private var count = 0

    /// An empty curve.
    ///
    /// - Parameter limit: points at most, 3 or more.
    package init(limit: Int) { self.limit = max(3, limit) }

    /// Takes the next report.
    ///
    /// Complexity: O(1) amortised.
    package mutating func add(_ progress: TrainingProgress) {
        newest = progress
        if count.isMultiple(of: stride) { kept.append(progress) }
        count += 1
        // One place is left for the newest report.
        guard kept.count == limit else { return }
        kept = Swift.stride(from: 0, to: kept.count, by: 2).map { kept[$0] }
        stride *= 2
    }

    /// The first report, the last one and evenly spaced ones between, in their order.
    package var points: [TrainingProgress] {
        let isKept = count == 0 || (count - 1).isMultiple(of: stride)
        return isKept ? kept : kept + [newest].compactMap(\.self)
    }
}
