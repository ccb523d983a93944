import Foundation
public import Tabular

extension Evaluation {
    /// What each row adds to some of the figures: their mean is the figure, or nothing for those that are no mean; in the order of the rows.
    ///
    /// The variance of such a mean is the figure's, also where rows depend on each other. An area's are DeLong's structural components, a root
    /// mean square's the delta method's. `scores` is row-major `[rows, outputs]`. Complexity: O(n log n).
    public static func influences(scores: [Double], targets: [Double], task: PredictionTask) -> [String: [Double]] {
        guard !targets.isEmpty, scores.count % targets.count == 0 else { return [:] }
        switch task {
        case .binary: return scores.count == targets.count ? binaryInfluences(scores, targets) : [:]
        case .multiclass: return multiclassInfluences(scores, targets)
        case .regression:
            guard scores.count == targets.count else { return [:] }
            let errors = zip(scores, targets).map { $0 - $1 }
            let root = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
            return [
                "rmse": errors.map { $0 * $0 / (2 * max(root, 1e-300)) }, "mae": errors.map { abs($0) }, "bias": errors,
            ]
        }
    }

    private static func binaryInfluences(_ scores: [Double], _ targets: [Double]) -> [String: [Double]] {
        var result: [String: [Double]] = [
            "logLoss": zip(scores, targets).map { score, target in
                let p = min(max(score, 1e-15), 1 - 1e-15)
                return target > 0.5 ? -log(p) : -log1p(-p)
            },
            "accuracy": zip(scores, targets).map { ($0 >= 0.5) == ($1 > 0.5) ? 1 : 0 },
            "brier": zip(scores, targets).map { ($0 - $1) * ($0 - $1) }, "bias": zip(scores, targets).map { $0 - $1 },
        ]
        guard let area = DeLong(scores: scores, targets: targets) else { return result }
        let (m, n) = (Double(area.positives.count), Double(area.negatives.count))
        var (positive, negative) = (0, 0)
        result["auc"] = targets.map { target in
            if target > 0.5 {
                positive += 1
                return (m + n) / m * (area.positives[positive - 1] - area.auc)
            }
            negative += 1
            return (m + n) / n * (area.negatives[negative - 1] - area.auc)
        }
        return result
    }

    private static func multiclassInfluences(_ scores: [Double], _ targets: [Double]) -> [String: [Double]] {
        let outputs = scores.count / targets.count
        func row(_ index: Int) -> ArraySlice<Double> { scores[(index * outputs)..<((index + 1) * outputs)] }
        var losses: [Double] = []
        var right: [Double] = []
        for index in targets.indices {
            let values = row(index)
            let truth = Int(targets[index])
            let p = truth < outputs ? values[values.startIndex + truth] : 0
            losses.append(-log(min(max(p, 1e-15), 1)))
            let best = values.indices.max { values[$0] < values[$1] } ?? values.startIndex
            right.append(best - values.startIndex == truth ? 1 : 0)
        }
        return ["logLoss": losses, "accuracy": right]
    }
}
