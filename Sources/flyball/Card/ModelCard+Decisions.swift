import Engine
import Learning
import Reports
import Tabular

extension ModelCard {
    /// What its answers decide on the held-out rows: by threshold for two classes, by class for several.
    func decisions(_ card: inout CardText) {
        guard let found = report?.decisions else { return }
        card.heading("Decisions")
        if let table = found.table { decisions(table, &card) }
        guard let counts = found.classes?.counts else { return }
        let names = schema?.target.classes ?? []
        func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
        card.sentence("Held-out rows by true class, and by the class that was likeliest.")
        card.table(
            ["true class"] + counts.indices.map(name),
            counts.enumerated().map { truth, row in [name(truth)] + row.map { "\($0)" } })
    }

    private func decisions(_ table: DecisionTable, _ card: inout CardText) {
        let present = version.threshold ?? DecisionThreshold(DecisionThreshold.standard, .standard)
        let counts = table.confusion(at: present.value)
        card.sentence(
            "A row is called positive from \(present.words). Of \(table.rows) held-out rows \(table.positives) are positive."
                + (table.isExact ? "" : " Thresholds are told within 0.4 % of the rows."))
        card.table(
            ["truth", "called positive", "called negative"],
            [
                ["positive", "\(counts.truePositives)", "\(counts.falseNegatives)"],
                ["negative", "\(counts.falsePositives)", "\(counts.trueNegatives)"],
            ])
        let chance = [CurvePoint(x: 0, y: 0), CurvePoint(x: 1, y: 1)]
        let (recall, alarms) = (counts.recall ?? 0, 1 - (counts.specificity ?? 0))
        card.charts([
            CurveChart(
                title: "Precision by recall", along: "recall", up: "precision", curve: table.precisionRecall,
                chance: chance.map { CurvePoint(x: $0.x, y: table.prevalence) },
                present: counts.precision.map { CurvePoint(x: recall, y: $0) }),
            CurveChart(
                title: "Recall by false alarms (ROC)", along: "false alarms", up: "recall", curve: table.roc, chance: chance,
                present: CurvePoint(x: alarms, y: recall)),
            CurveChart(
                title: "Positives found by rows, the best first", along: "rows", up: "positives found", curve: table.gainCurve,
                chance: chance, present: CurvePoint(x: counts.rate, y: recall)),
        ])
        card.table(
            ["threshold", "called", "precision", "recall", "F1", "MCC"],
            table.spread(Self.thresholds).map { step in
                let counts = step.confusion
                return [FigureTexts.four(step.threshold), "\(FigureTexts.significant(counts.rate * 100)) %"]
                    + [counts.precision, counts.recall, counts.f1, counts.mcc].map { $0.map { FigureTexts.four($0) } ?? "-" }
            })
        card.table(
            ["best rows", "from", "positive", "of all positive", "lift"],
            table.gains.map { gain in
                [
                    "\(FigureTexts.significant(Double(gain.rows) / Double(table.rows) * 100)) %", FigureTexts.four(gain.threshold),
                    FigureTexts.significant(gain.hits), "\(FigureTexts.significant(gain.hits / Double(table.positives) * 100)) %",
                    FigureTexts.significant(table.lift(gain)),
                ]
            })
    }

    /// Rows of the table of thresholds.
    private static let thresholds = 20
}
