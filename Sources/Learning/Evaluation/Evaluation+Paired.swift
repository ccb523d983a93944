import Foundation
public import Tabular

extension Evaluation {
    /// The candidate's mean loss less the champion's on the same rows, with a paired 95 % interval: for answers of a model that moved while
    /// it gave them.
    ///
    /// An area ranks all rows together, and the scores of a moving model are not on one scale; the loss of each row stands for itself
    /// (prequential comparison; Gama, Sebastião and Rodrigues 2013). Two classes: log loss; numbers: the root mean square of `compare`.
    /// Complexity: O(rows).
    public static func compareLosses(
        candidate: [Double], champion: [Double], targets: [Double], task: PredictionTask
    ) -> (metric: String, difference: Double, lower: Double, upper: Double, higherIsBetter: Bool) {
        guard task == .binary else { return compare(candidate: candidate, champion: champion, targets: targets, task: task) }
        guard targets.count > 1, candidate.count == targets.count, champion.count == targets.count else {
            return ("logLoss", 0, -.infinity, .infinity, false)
        }
        let n = Double(targets.count)
        let terms = targets.indices.map { logLoss(candidate[$0], targets[$0]) - logLoss(champion[$0], targets[$0]) }
        let mean = terms.reduce(0, +) / n
        let variance = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let half = z * (variance / n).squareRoot()
        return ("logLoss", mean, mean - half, mean + half, false)
    }

    /// Of one row of two classes; clipped as is usual, so that one certain mistake does not make a mean infinite.
    static func logLoss(_ score: Double, _ target: Double) -> Double {
        let p = min(max(score, 1e-15), 1 - 1e-15)
        return target > 0.5 ? -log(p) : -log1p(-p)
    }
}
