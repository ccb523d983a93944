import Foundation
import Tabular

/// What rows are fitted to, and how much each counts.
struct TreeTruths: Sendable {
    let targets: Buffer<Double>
    /// One a row; empty where all count once.
    let weights: Buffer<Double>

    /// Rows with exposures e are fitted by their rates y / e, each weighted e^(2 − p), p being the power of the variance: the derivatives of
    /// the deviance of y from e m are these times a power of e, so that the fit is the one with log e as an offset.
    ///
    /// Complexity: O(rows).
    init(_ rows: LabelledRows, _ objective: Objective) {
        let weights = rows.values(of: .weight)
        guard rows.schema.target.task == .regression, let power = objective.variancePower, let exposures = rows.values(of: .exposure)
        else {
            targets = Buffer(rows.targets, empty: 0)
            self.weights = Buffer(weights ?? [], empty: 1)
            return
        }
        targets = Buffer(zip(rows.targets, exposures).map { $0 / $1 }, empty: 0)
        let own = exposures.map { pow($0, 2 - power) }
        self.weights = Buffer(weights.map { zip($0, own).map { $0 * $1 } } ?? own, empty: 1)
    }
}

extension Objective {
    /// Refuses rows that it cannot be fitted to.
    ///
    /// - Throws: `.badSetting`. Complexity: O(rows).
    func check(_ rows: LabelledRows) throws(LearningFailure) {
        let name = Self.parameter.name
        if rows.schema.index(of: .exposure) != nil, variancePower == nil {
            throw .badSetting(name: name, value: word, allowed: "poisson, gamma or tweedie where the rows have an exposure")
        }
        guard let rule = targetRule else { return }
        let column = SafeText.escape(rows.schema.target.name)
        if let row = rows.targets.firstIndex(where: { !allows($0) }) {
            throw .badSetting(
                name: name, value: word,
                allowed: "one that fits \(column): targets must be \(rule), and row \(row) has \(rows.targets[row])")
        }
        guard rows.targets.contains(where: { $0 > 0 }) else {
            throw .badSetting(name: name, value: word, allowed: "one that fits \(column): targets must be \(rule), and all are 0")
        }
    }
}
