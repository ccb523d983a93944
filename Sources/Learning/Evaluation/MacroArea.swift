/// The mean area under the ROC curves of each class against the others, with its variance.
///
/// Areas share rows, so their components are added row by row before they are squared: DeLong's variance for one class, its extension to a
/// mean for several. Classes without a row, or with every row, are left out. Complexity: O(classes · n log n).
package struct MacroArea {
    package let auc: Double
    package let variance: Double
    /// What each row pulls the area by: their squares sum to the variance.
    private let influences: [Double]
    /// The area of each class that can be told from the others, with its rows and theirs.
    let parts: [(auc: Double, own: Int, others: Int)]

    /// `scores` row-major `[rows, classes]`; nil unless some class can be told from others.
    package init?(scores: [Double], targets: [Double]) {
        guard !targets.isEmpty, scores.count % targets.count == 0 else { return nil }
        let classes = scores.count / targets.count
        var parts: [(auc: Double, own: Int, others: Int)] = []
        var influences = [Double](repeating: 0, count: targets.count)
        for k in 0..<classes {
            let truths = targets.map { $0 == Double(k) ? 1.0 : 0 }
            let own = targets.indices.map { scores[$0 * classes + k] }
            guard let area = DeLong(scores: own, targets: truths) else { continue }
            parts.append((area.auc, area.positives.count, area.negatives.count))
            for (row, influence) in area.influences(truths).enumerated() { influences[row] += influence }
        }
        guard !parts.isEmpty else { return nil }
        let count = Double(parts.count)
        self.parts = parts
        auc = parts.reduce(0) { $0 + $1.auc } / count
        self.influences = influences.map { $0 / count }
        variance = self.influences.reduce(0) { $0 + $1 * $1 }
    }

    /// The variance of the difference of two areas on the same rows.
    package func varianceOfDifference(_ other: MacroArea) -> Double {
        guard influences.count == other.influences.count else { return variance + other.variance }
        return zip(influences, other.influences).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}

extension DeLong {
    /// What each row pulls the area by, in the order of the rows; their squares sum to the variance.
    func influences(_ targets: [Double]) -> [Double] {
        var next = (positive: 0, negative: 0)
        let m = Double(positives.count)
        let n = Double(negatives.count)
        // One row has no spread (areas of so few have no interval by it); with two or more the divisor of a sample's variance.
        let scaleM = m > 1 ? 1 / (m * (m - 1)).squareRoot() : 0
        let scaleN = n > 1 ? 1 / (n * (n - 1)).squareRoot() : 0
        return targets.map { target in
            if target > 0.5 {
                next.positive += 1
                return (positives[next.positive - 1] - auc) * scaleM
            }
            next.negative += 1
            return (negatives[next.negative - 1] - auc) * scaleN
        }
    }
}
