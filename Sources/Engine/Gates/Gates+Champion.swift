import Foundation
package import Learning
package import Tabular

/// Gates that set a version beside another one, or the constant, on the same rows.
extension Gates {
    /// Rows that judge, with the answers of two models, of which neither has learnt them.
    package struct Bout {
        /// Of the candidate.
        package var candidate: [Double]
        /// Of the champion, or the constant.
        package var other: [Double]
        package var targets: [Double]
        /// Rows that go together.
        package var groups: RowGroups?
        package var task: PredictionTask
        /// By what the answers are judged.
        package var judgement: Judgement

        package init(
            candidate: [Double], other: [Double], targets: [Double], groups: RowGroups? = nil, task: PredictionTask,
            judgement: Judgement = Judgement()
        ) {
            self.judgement = judgement
            self.candidate = candidate
            self.other = other
            self.targets = targets
            self.groups = groups
            self.task = task
        }

        func figures(hasPrimary: Bool = true) -> [PairedFigure] {
            Evaluation.paired(
                first: other, second: candidate, targets: targets, task: task, groups: groups, hasPrimary: hasPrimary,
                judgement: judgement)
        }

        /// The figure that decides.
        var primary: String { judgement.primary(task) }

        /// The log loss of the classes' shares on these rows: what the best constant has.
        var constantLoss: Double {
            var counts: [Double: Int] = [:]
            for target in targets { counts[target, default: 0] += 1 }
            let shares = counts.values.sorted().map { Double($0) / Double(targets.count) }
            return -shares.reduce(0) { $0 + $1 * log($1) }
        }
    }

    /// Gates 4 and 5 where the candidate gives the champion's answers on every held-out row: whether that one learnt them makes no difference.
    static func same(as version: UInt32, _ bout: Bout) -> [GateResult] {
        let figures = bout.figures()
        let rows = "against v\(version) on the same \(bout.targets.count) rows"
        var result = GateResult(name: comparison, passed: true, detail: "\(bout.primary) +0.0 (0.0 to 0.0) \(rows)")
        result.paired = PairedFigures(against: version, rows: bout.targets.count, figures: figures)
        guard bout.task != .regression else { return [result] }
        return [result, GateResult(name: probabilities, passed: true, detail: "logLoss and calibration +0.0 (0.0 to 0.0) \(rows)")]
    }

    /// Gates 4 and 5: on the same rows, which neither has learnt, the candidate is not worse than the champion, in its order and in its
    /// probabilities, by more than the margins.
    ///
    /// - Parameter heldOut: rows that were held out for the candidate; the champion may have learnt some of these.
    package static func champion(_ bout: Bout, version: UInt32, heldOut: Int, margins: GateMargins) -> [GateResult] {
        let count = bout.targets.count
        if let lack = shortage(bout.targets, bout.groups, bout.task) {
            let found = "v\(version) never learnt \(count) of the \(heldOut) held-out rows"
            let remedy = "it waits for rows that v\(version) has not learnt, or for a person"
            return [GateResult(undecided: comparison, detail: "\(found), and \(lack): not enough data to compare: \(remedy)")]
        }
        let rows = "\(count) rows" + (count < heldOut ? ", those of \(heldOut) held out that v\(version) never learnt" : "")
        let figures = bout.figures()
        guard let primary = figures.first, primary.name == bout.primary else {
            return [GateResult(undecided: comparison, detail: "\(bout.primary) cannot be computed on the same \(rows)")]
        }
        let scale = bout.task == .regression ? primary.first : 1
        var result = verdict(
            comparison, [(primary, margins.nonInferiority * scale)], "against v\(version) on the same \(rows)", margins)
        result.paired = PairedFigures(against: version, rows: count, figures: figures)
        let loss = bout.constantLoss
        let others = figures.compactMap { figure in
            ["logLoss": margins.logLoss * loss, "calibration": margins.calibration][figure.name].map { (figure, $0) }
        }
        guard !others.isEmpty else { return [result] }
        return [result, verdict(probabilities, others, "against v\(version) on the same \(count) rows", margins)]
    }

    /// Gate 6: a version whose probabilities are worse than those of the constant, which looks at no row, misleads whoever reads them.
    ///
    /// Nil for numbers. It warns and does not refuse: an ensemble that learns by heart may rank well and promise too much, and a calibration
    /// mends that; who answers instead of it is decided beside the champion.
    package static func constant(_ bout: Bout, margins: GateMargins) -> GateResult? {
        guard bout.task != .regression, !bout.targets.isEmpty else { return nil }
        let figures = bout.figures(hasPrimary: false).filter { ["logLoss", "calibration"].contains($0.name) }
        // Few rows show an error by chance, which the constant, with its single group, hardly does.
        let noise = Evaluation.calibrationNoise(bout.candidate, targets: bout.targets, groups: bout.groups)
        let worst = figures.first { $0.gain.most < ($0.name == "calibration" ? -(margins.calibration + noise) : 0) }
        let said = figures.map { "\($0.name) \(number($0.second)) against \(number($0.first)), \(difference($0))" }
        let detail = said.joined(separator: "; ") + " on \(bout.targets.count) held-out rows"
        let remedy = "its probabilities mislead: train with --set calibration=platt, or with less freedom to learn by heart"
        return GateResult(
            name: "probabilities against the constant", passed: true,
            detail: worst.map { "\(detail): surely worse in \($0.name): \(remedy)" } ?? detail, warning: worst != nil)
    }

    /// The worst verdict of some figures, each with its margin.
    private static func verdict(
        _ name: String, _ figures: [(figure: PairedFigure, margin: Double)], _ against: String, _ margins: GateMargins
    ) -> GateResult {
        let verdicts = figures.map { margins.verdict($0.figure, margin: $0.margin) }
        let worst = verdicts.max() ?? .passes
        let detail = figures.map { describe($0.figure) }.joined(separator: ", ") + " " + against
        let telling = zip(figures, verdicts).first { $0.1 == worst }?.0
        switch worst {
        case .passes: return GateResult(name: name, passed: true, detail: detail)
        case .refuses:
            let which = figures.count > 1 ? " in \(telling?.figure.name ?? "")" : ""
            return GateResult(name: name, passed: false, detail: "\(detail): significantly worse\(which)")
        case .undecided:
            let margin = number(telling?.margin ?? 0)
            let which = figures.count > 1 ? "of \(telling?.figure.name ?? "") " : ""
            return GateResult(
                undecided: name,
                detail:
                    "\(detail): the interval \(which)reaches further than the margin of \(margin): it waits for more rows, or for a person")
        }
    }

    static func describe(_ figure: PairedFigure) -> String { "\(figure.name) \(difference(figure))" }

    private static func difference(_ figure: PairedFigure) -> String {
        let sign = figure.difference >= 0 ? "+" : ""
        return "\(sign)\(number(figure.difference)) (\(number(figure.lower)) to \(number(figure.upper)))"
    }
}
