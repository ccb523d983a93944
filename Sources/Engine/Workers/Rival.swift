import Learning
import Tabular

/// The champion that a candidate is set beside, and which of the candidate's held-out rows it never learnt.
struct Rival: Sendable {
    /// Why that cannot be told.
    struct Unknown: Error {
        var text: String
    }

    let reference: ChampionReference?
    let dataDirectory: String

    /// The held-out rows that the champion never learnt, as places among them.
    ///
    /// By what its version says of its division; where the two do not divide by the same rule, or the version is an earlier release's, its
    /// data is divided once more and every row is left out whose features it learnt. Complexity: O(held-out rows), else O(values of its data).
    func fairRows(of outcome: TrainingOutcome) -> Result<[Int], Unknown> {
        guard reference != nil, let division = outcome.division else { return .success(Array(0..<outcome.holdoutRows)) }
        return fairRows(division, outcome.holdout).map(division.comparable)
            .mapError { Unknown(text: "\($0.text): not compared: it waits for a person") }
    }

    /// The same for rows that judge some version.
    func fairRows(_ division: RowDivision, _ holdout: LabelledRows) -> Result<[Int], Unknown> {
        guard let reference else { return .success(Array(0..<holdout.count)) }
        guard !reference.isOnline else {
            return .failure(Unknown(text: "v\(reference.number) learnt label by label, these rows too"))
        }
        if let split = reference.split, let fair = neverLearnt(division, by: split, holdout) { return .success(fair) }
        let learnt: LabelledRows
        let bounds: SplitBounds
        do throws(TabularFailure) {
            let rows = try DataSnapshots.read(hash: reference.dataHash, directory: dataDirectory).rows
            let division = rows.divided(by: reference.split?.rule ?? rows.earlierRule(share: TrainingRequest.standardHoldout))
            (learnt, bounds) = (rows.selecting(division.learning), division.bounds)
        } catch {
            return .failure(
                Unknown(text: "which rows v\(reference.number) has learnt cannot be told (\(error))"))
        }
        if let fair = neverLearnt(division, by: bounds, holdout) { return .success(fair) }
        let known = Set(learnt.contents)
        return .success(holdout.contents.enumerated().filter { !known.contains($0.element) }.map(\.offset))
    }

    private func neverLearnt(_ division: RowDivision, by bounds: SplitBounds, _ holdout: LabelledRows) -> [Int]? {
        division.neverLearnt(by: bounds, times: holdout.times, targets: holdout.targets)
    }
}

extension TrainingOutcome {
    /// The constant's answers to the held-out rows.
    var constantScores: [Double] { (0..<holdout.count).flatMap { _ in constant.values } }
}

extension [Double] {
    /// The scores of some rows, out of row-major `[rows, outputs]`.
    func rows(_ places: [Int], of count: Int) -> [Double] {
        guard count > 0, places.count < count else { return self }
        let outputs = self.count / count
        return places.flatMap { self[($0 * outputs)..<(($0 + 1) * outputs)] }
    }
}
