import Foundation
import Tabular

/// The penalised multinomial loss of sparse rows with its gradient.
///
/// Σ cᵢ (log Σₖ e^sₖ − s_yᵢ) + ½ λ ‖W‖²; weights `[columns + 1, classes]`, the last line the intercepts, which are not penalised.
final class SoftmaxObjective {
    private let terms: SoftmaxTerms
    private let penalty: Double
    private let team: WorkerTeam
    private let blocks: RowBlocks
    private let sums: [Buffer<Double>]

    /// `weightByClass` and `weightByRow` are empty where every row counts once.
    init(
        _ rows: SparseRows, targets: [Double], classes: Int, weightByClass: [Double], weightByRow: [Double], penalty: Double,
        team: WorkerTeam
    ) {
        let terms = SoftmaxTerms(rows, targets: targets, classes: classes, weightByClass: weightByClass, weightByRow: weightByRow)
        let blocks = RowBlocks(entries: terms.entries)
        self.terms = terms
        self.blocks = blocks
        self.penalty = penalty
        self.team = team
        sums = (0..<blocks.sums).map { _ in Buffer(repeating: 0, count: terms.entries) }
    }

    /// The loss a row; writes its gradient.
    ///
    /// Complexity: O(rows · fill · classes).
    func evaluate(_ weights: [Double], _ gradient: inout [Double], hooks: TrainingHooks) throws(LearningFailure) -> Double {
        let entries = weights.count
        for sum in sums { sum.base.update(repeating: 0, count: entries + 1) }
        try blocks.forEach(rows: terms.rows.count, team: team, hooks: hooks) { [terms, sums] index, range in
            weights.withUnsafeBufferPointer { terms.add(range, $0, sums[index].base) }
        }
        let count = Double(terms.rows.count)
        var loss = 0.0
        for index in 0..<entries {
            let isPenalised = index < entries - terms.classes
            gradient[index] = isPenalised ? penalty * weights[index] : 0
            if isPenalised { loss += 0.5 * penalty * weights[index] * weights[index] }
        }
        for sum in sums {
            for index in 0..<entries { gradient[index] += sum.base[index] }
            loss += sum.base[entries]
        }
        for index in 0..<entries { gradient[index] /= count }
        return loss / count
    }
}

/// What each row adds to the loss and its gradient.
struct SoftmaxTerms: Sendable {
    let rows: SparseRows
    let classes: Int
    private let targets: [Double]
    private let weightByClass: [Double]
    private let weightByRow: [Double]

    /// Numbers of a sum: the gradient, the loss, and the scores of one row.
    var entries: Int { (rows.width + 1) * classes + 1 + classes }

    /// `weightByClass` and `weightByRow` are empty where every row counts once.
    init(_ rows: SparseRows, targets: [Double], classes: Int, weightByClass: [Double] = [], weightByRow: [Double] = []) {
        self.weightByRow = weightByRow
        self.rows = rows
        self.targets = targets
        self.classes = classes
        self.weightByClass = weightByClass.isEmpty ? [Double](repeating: 1, count: classes) : weightByClass
    }

    func add(_ range: Range<Int>, _ weights: UnsafeBufferPointer<Double>, _ sum: UnsafeMutablePointer<Double>) {
        let classes = classes
        let intercepts = weights.count - classes
        let scores = sum + weights.count + 1
        rows.columns.withUnsafeBufferPointer { columns in
            rows.values.withUnsafeBufferPointer { values in
                for row in range {
                    let entries = rows.starts[row]..<rows.starts[row + 1]
                    for k in 0..<classes { scores[k] = weights[intercepts + k] }
                    for index in entries {
                        let line = Int(columns[index]) * classes
                        for k in 0..<classes { scores[k] += weights[line + k] * values[index] }
                    }
                    let target = Int(targets[row])
                    var weight = weightByClass[target]
                    if !weightByRow.isEmpty { weight *= weightByRow[row] }
                    sum[weights.count] += weight * Softmax.loss(scores, count: classes, target: target)
                    Softmax.apply(scores, count: classes)
                    scores[target] -= 1
                    for k in 0..<classes {
                        scores[k] *= weight
                        sum[intercepts + k] += scores[k]
                    }
                    for index in entries {
                        let line = sum + Int(columns[index]) * classes
                        for k in 0..<classes { line[k] += scores[k] * values[index] }
                    }
                }
            }
        }
    }

    /// The mean loss of all rows at some weights.
    func meanLoss(_ weights: [Double]) -> Double {
        let sum = Buffer(repeating: 0.0, count: entries)
        weights.withUnsafeBufferPointer { add(0..<rows.count, $0, sum.base) }
        return sum.base[weights.count] / Double(max(1, rows.count))
    }
}
