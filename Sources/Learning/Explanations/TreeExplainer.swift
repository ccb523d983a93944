import Foundation
import Tabular

/// Exact Shapley values of boosted trees: `TreeSHAP`, tree by tree.
///
/// A time counts as one feature, whatever parts of it the trees ask for.
final class TreeExplainer: Explainer {
    let width: Int
    let outputs: Int
    let method = "exact, trees"
    let isLogarithmic: Bool
    /// The feature that an answer is multiplied with.
    private let exposure: Int?
    private let predictor: TreePredictor
    private let shap: TreeSHAP
    private let roots: [Int32]
    /// The mean raw score of the training rows, one an output.
    private let averages: [Double]

    init(_ ensemble: TreeEnsemble, _ predictor: TreePredictor, _ inputs: TreeInputs) {
        self.predictor = predictor
        width = predictor.width
        outputs = predictor.outputs
        roots = ensemble.roots
        isLogarithmic = ensemble.isLogarithmic
        exposure = ensemble.isLogarithmic ? inputs.exposure : nil
        shap = TreeSHAP(
            left: ensemble.left, right: ensemble.right, features: ensemble.features.map { Int32(inputs.feature(of: Int($0))) },
            leafCovers: ensemble.covers, leaves: ensemble.leaves)
        var averages = ensemble.base
        for (number, root) in ensemble.roots.enumerated() { averages[number % averages.count] += shap.average(root: root) }
        self.averages = averages
    }

    func explain(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let stride = width + 1
        for output in 0..<outputs {
            (result + output * stride).update(repeating: 0, count: width)
            result[output * stride + width] = averages[output]
        }
        predictor.withDecisions(of: row) { goesLeft in
            if let exposure, row[exposure] > 0, row[exposure] < .infinity { result[exposure] = log(row[exposure]) }
            for (number, root) in roots.enumerated() { shap.add(root: root, to: result + number % outputs * stride, goesLeft: goesLeft) }
        }
    }
}
