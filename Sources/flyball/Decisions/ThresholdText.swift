import Engine
import Learning
import Tabular

/// What thresholds make of a version's held-out rows, for people.
struct ThresholdText {
    let version: VersionSummary
    let table: DecisionTable
    let wanted: DecisionThreshold?
    let name: String

    /// Rows of the table beside the present threshold and the one that is asked for.
    private static let rows = 12

    init(_ version: VersionSummary, _ table: DecisionTable, wanted: DecisionThreshold?, name: String) {
        (self.version, self.table, self.wanted, self.name) = (version, table, wanted, name)
    }

    var lines: [String] {
        let present = version.threshold ?? DecisionThreshold(DecisionThreshold.standard, .standard)
        let share = FigureTexts.significant(table.prevalence * 100)
        var lines = [
            SafeText.escape("\(name) \(version.name) calls a row positive from \(present.words)"),
            "\(table.rows) held-out rows, \(table.positives) positive (\(share) %)", "",
        ]
        var shown = table.spread(Self.rows).map { ("", $0.threshold, $0.confusion) }
        shown.append(("now", present.value, table.confusion(at: present.value)))
        if let wanted { shown.append(("then", wanted.value, table.confusion(at: wanted.value))) }
        var text = TextTable(
            ["", "THRESHOLD", "CALLED", "HITS", "FALSE ALARMS", "MISSES", "PRECISION", "RECALL", "F1", "MCC"],
            rightAligned: Set(1...9))
        for (mark, threshold, counts) in shown.sorted(by: { $0.1 > $1.1 }) {
            text.add(
                [
                    mark, FigureTexts.four(threshold), "\(FigureTexts.significant(counts.rate * 100)) %", "\(counts.truePositives)",
                    "\(counts.falsePositives)", "\(counts.falseNegatives)",
                ] + [counts.precision, counts.recall, counts.f1, counts.mcc].map { $0.map { FigureTexts.four($0) } ?? "-" })
        }
        lines += text.lines
        var gains = TextTable(["BEST ROWS", "FROM", "POSITIVE", "OF ALL", "LIFT"], rightAligned: Set(0...4))
        for gain in table.gains {
            let (part, found) = (Double(gain.rows) / Double(table.rows), gain.hits / Double(table.positives))
            gains.add([
                "\(FigureTexts.significant(part * 100)) %", FigureTexts.four(gain.threshold), FigureTexts.significant(gain.hits),
                "\(FigureTexts.significant(found * 100)) %", FigureTexts.significant(table.lift(gain)),
            ])
        }
        lines += [""] + gains.lines
        return wanted == nil ? lines : lines + [""]
    }
}
