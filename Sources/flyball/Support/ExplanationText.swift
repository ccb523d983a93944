import Engine
import Foundation
import Monitoring
import Tabular

/// An explanation for people.
struct ExplanationText {
    private let found: PredictionExplanation

    init(_ found: PredictionExplanation) { self.found = found }

    /// What was answered and what others would have, then every column with what it added.
    var lines: [String] {
        let row = found.row
        var lines = ["\(row.id.text): \(answer(row.scores, row.threshold)) by v\(row.version) at \(TimeText.rfc3339(row.time))"]
        if let label = row.label {
            let verdict = found.target.isRight(row).map { $0 ? ", which it was" : ", which it was not" } ?? ""
            lines.append("label: \(found.target.className(label) ?? FigureTexts.four(label))" + verdict)
        }
        for other in found.answers where other.version != row.version {
            lines.append("v\(other.version) (\(other.role.rawValue)) says \(answer(other.scores, other.threshold))")
        }
        if let failure = found.failure { lines.append("it cannot be explained: \(failure)") }
        return lines.map { SafeText.escape($0) } + table.lines + notes
    }

    private var table: TextTable {
        let zone = TimeZone(identifier: found.zone) ?? .gmt
        let main = found.outputs.indices.contains(found.main) ? found.outputs[found.main] : nil
        var table = TextTable(["COLUMN", "VALUE", "REFERENCE"] + (main == nil ? [] : ["ADDS"]), rightAligned: [1, 3])
        if let main { table.add(["base", "", "", signed(main.base)]) }
        for part in found.parts {
            let adds = part.contributions.indices.contains(found.main) ? [signed(part.contributions[found.main])] : []
            table.add([part.feature.name, part.value.text(part.feature.kind, zone: zone), part.place?.text ?? "-"] + adds)
        }
        if let main {
            if found.unlisted > 0 { table.add(["\(found.unlisted) others", "", "", signed(main.others)]) }
            table.add(["sum", "", "", signed(main.score)])
        }
        return table
    }

    private var notes: [String] {
        guard found.outputs.indices.contains(found.main) else { return [] }
        let main = found.outputs[found.main]
        let unit = found.target.task == .regression ? "in units of \(found.unit)" : "\(found.unit) of \(main.name)"
        var lines = [SafeText.escape("\(unit), \(found.method)")]
        if let probability = main.probability {
            var line = "the sum stands for a probability of \(FigureTexts.four(probability))"
            // What was answered is something else where the version is calibrated.
            if found.row.scores.indices.contains(found.main), abs(found.row.scores[found.main] - probability) >= 1e-6 {
                line += ", corrected to \(FigureTexts.four(found.row.scores[found.main]))"
            }
            lines.append(line)
        }
        return lines
    }

    /// `yes, P(yes) 0.7310`, or the number.
    private func answer(_ scores: [Double], _ threshold: Double?) -> String {
        let target = found.target
        guard let score = target.score(scores) else { return "no score" }
        guard let name = target.className(target.decision(scores, from: threshold)) else { return FigureTexts.four(score) }
        return "\(name), P\(target.task == .binary ? "(\(target.className(1) ?? "1"))" : "") \(FigureTexts.four(score))"
    }

    private func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + FigureTexts.four(value) }
}
