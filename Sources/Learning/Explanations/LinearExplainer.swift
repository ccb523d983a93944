import Tabular

/// Exact Shapley values of a linear score: w (x − mean) summed over each feature's columns.
///
/// The features count as independent, an average row as the start (Štrumbelj and Kononenko 2014, Lundberg and Lee 2017).
final class LinearExplainer: Explainer {
    let width: Int
    let outputs: Int
    let method = "exact, linear"
    private let layout: BoundLayout
    /// `[columns, outputs]`.
    private let weights: [Double]
    /// The feature of each column.
    private let features: [Int]
    /// What an average row's columns add, `[outputs, width]`, and the base of each output behind: `[outputs, width + 1]`.
    private let average: [Double]

    /// One linear score an output, all of the same layout.
    init(_ scores: [LinearWeights], _ schema: Schema, _ categories: Categories) {
        let layout = scores[0].layout
        self.layout = BoundLayout(layout, schema, categories)
        let width = schema.width
        self.width = width
        outputs = scores.count
        features = layout.featureByColumn
        weights = (0..<layout.columns).flatMap { column in scores.map { $0.weights[column] } }
        var average = [Double](repeating: 0, count: scores.count * (width + 1))
        for (output, score) in scores.enumerated() {
            let start = output * (width + 1)
            average[start + width] = score.weights[layout.columns]
            for column in 0..<layout.columns {
                let part = score.weights[column] * layout.means[column]
                average[start + features[column]] += part
                average[start + width] += part
            }
        }
        self.average = average
    }

    func explain(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let stride = width + 1
        for output in 0..<outputs {
            for feature in 0..<width { result[output * stride + feature] = -average[output * stride + feature] }
            result[output * stride + width] = average[output * stride + width]
        }
        layout.forEach(row) { column, value in
            for output in 0..<outputs { result[output * stride + features[column]] += weights[column * outputs + output] * value }
        }
    }
}
