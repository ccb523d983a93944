package import Tabular

/// The mean area under the ROC curves of each class against the others, with its variance.
///
/// Areas share rows, so their components are added row by row before they are squared: DeLong's variance for one class, its extension to a
/// mean for several. Classes without a row, or with every row, are left out. Complexity: O(classes · n log n).
package struct MacroArea {
    package let auc: Double
    package let variance: Double
    /// What each group of rows pulls the area by, each row where it is its own: their squares sum to the variance.
    private let influences: [Double]
    /// The area of each class that can be told from the others, with how many rows of their own its rows and theirs are worth.
    let parts: [(auc: Double, own: Double, others: Double)]

    /// `scores` row-major `[rows, classes]`; nil unless some class can be told from others.
    package init?(scores: [Double], targets: [Double], groups: RowGroups? = nil) {
        guard !targets.isEmpty, scores.count % targets.count == 0 else { return nil }
        let classes = scores.count / targets.count
        var parts: [(auc: Double, own: Double, others: Double)] = []
        var influences = [Double](repeating: 0, count: targets.count)
        for k in 0..<classes {
            let truths = targets.map { $0 == Double(k) ? 1.0 : 0 }
            let own = targets.indices.map { scores[$0 * classes + k] }
            guard let area = DeLong(scores: own, targets: truths, groups: groups) else { continue }
            parts.append((area.auc, area.effective.positives, area.effective.negatives))
            for (row, influence) in area.influences(truths).enumerated() { influences[row] += influence }
        }
        guard !parts.isEmpty else { return nil }
        let count = Double(parts.count)
        self.parts = parts
        auc = parts.reduce(0) { $0 + $1.auc } / count
        let pulls = influences.map { $0 / count }
        self.influences = groups?.sums(pulls) ?? pulls
        variance = self.influences.reduce(0) { $0 + $1 * $1 }
    }

    /// The variance of the difference of two areas on the same rows.
    package func varianceOfDifference(_ other: MacroArea) -> Double {
        guard influences.count == other.influences.count else { return variance + other.variance }
        return zip(influences, other.influences).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
