import Engine
import Foundation
import Monitoring
import Tabular

/// Each column of a row with its value, where that lies in the reference, and what it added, as a bar to the left or right.
struct ContributionLines {
    let explanation: PredictionExplanation
    let zone: TimeZone
    let glyphs: GlyphLevel

    /// Narrower bars say nothing.
    private static let leastBar = 7
    private static let sumWidth = 8

    /// Columns of a line, one blank between them.
    private struct Widths {
        let name: Int
        let value: Int
        /// 0 where there is no room for it.
        let place: Int
        /// 0 where there is no room for it.
        let bar: Int

        init(_ width: Int, _ explanation: PredictionExplanation, values: [String], places: [String]) {
            let isWide = width >= 70
            name = min(max(6, explanation.parts.map { TextWidth.columns($0.feature.name) }.max() ?? 6), isWide ? 22 : 12)
            value = min(max(5, values.map { TextWidth.columns($0) }.max() ?? 5), isWide ? 19 : 9)
            let wanted = max(9, places.map { TextWidth.columns($0) }.max() ?? 0)
            let fixed = name + value + sumWidth + 2
            place = width - fixed - wanted - 1 >= leastBar ? wanted : 0
            let rest = width - fixed - (place > 0 ? place + 1 : 0) - 1
            // An odd number has a middle.
            bar = explanation.outputs.isEmpty || rest < leastBar ? 0 : min(rest, 61) - (min(rest, 61) + 1) % 2
        }
    }

    func add(to text: inout DetailText) {
        let outputs = explanation.outputs
        let main = outputs.indices.contains(explanation.main) ? outputs[explanation.main] : nil
        if let main {
            let whose = explanation.target.task == .regression ? explanation.unit : "\(explanation.unit) of \(main.name)"
            let score = FigureText.figure(main.score)
            text.heading(text.width >= 50 ? "what adds up to the \(whose), \(score)" : "\(whose): \(score)")
        } else {
            text.heading("the row")
            text.paragraph("it cannot be explained: \(explanation.failure ?? "nothing is known of it")", .warn)
        }
        let values = explanation.parts.map { PredictionTable.shown($0.value, $0.feature.kind, zone: zone) }
        let places = explanation.parts.map { $0.place?.text ?? "" }
        let widths = Widths(text.width, explanation, values: values, places: places)
        let most = explanation.parts.map { abs(contribution($0)) }.max() ?? 0
        text.line(header(widths, hasSum: main != nil))
        if let main { text.line(line("base", "an average row", main.base, widths)) }
        for (index, part) in explanation.parts.enumerated() {
            text.line(line(part, values[index], places[index], widths, most: most))
        }
        if let main {
            if explanation.unlisted > 0 {
                text.line(line("others", "\(FigureText.exact(explanation.unlisted)) columns", main.others, widths))
            }
            sum(main, widths, &text)
        }
        notes(&text)
    }

    private func contribution(_ part: PredictionExplanation.Part) -> Double {
        part.contributions.indices.contains(explanation.main) ? part.contributions[explanation.main] : 0
    }

    // MARK: Lines

    private func header(_ widths: Widths, hasSum: Bool) -> StyledText {
        var line = TextWidth.pad("column", to: widths.name) + " " + TextWidth.pad("value", to: widths.value, alignment: .right)
        if widths.place > 0 { line += " " + TextWidth.pad("reference", to: widths.place) }
        if hasSum { line += " " + TextWidth.pad("adds", to: Self.sumWidth, alignment: .right) }
        return StyledText(line, Style(.muted, on: .text))
    }

    /// A line that is no feature's: the base, what is not listed, the sum.
    private func line(_ name: String, _ what: String, _ value: Double, _ widths: Widths, _ role: Role = .muted) -> StyledText {
        let room = widths.value + (widths.place > 0 ? widths.place + 1 : 0)
        return StyledText(TextWidth.pad(name, to: widths.name), Style(role, on: .text))
            + StyledText(" " + TextWidth.pad(what, to: room, ellipsis: glyphs.set.ellipsis), Style(.muted, on: .text))
            + StyledText(" " + TextWidth.pad(signed(value), to: Self.sumWidth, alignment: .right), Style(role, on: .text))
    }

    private func line(
        _ part: PredictionExplanation.Part, _ value: String, _ place: String, _ widths: Widths, most: Double
    ) -> StyledText {
        let ellipsis = glyphs.set.ellipsis
        var line = StyledText(TextWidth.pad(part.feature.name, to: widths.name, ellipsis: ellipsis) + " ")
        line.append(
            TextWidth.pad(value, to: widths.value, alignment: .right, ellipsis: ellipsis),
            Style(part.value == .missing ? .muted : .strong, on: .text))
        if widths.place > 0 {
            line.append(" " + TextWidth.pad(place, to: widths.place, ellipsis: ellipsis), Style(placeRole(part.place), on: .text))
        }
        guard !part.contributions.isEmpty else { return line }
        let value = contribution(part)
        line.append(" " + TextWidth.pad(signed(value), to: Self.sumWidth, alignment: .right), Style(value == 0 ? .muted : .text, on: .text))
        if widths.bar > 0 {
            line.append(" ")
            line = line + bar(value, most: most, width: widths.bar)
        }
        return line
    }

    /// What training never saw stands out.
    private func placeRole(_ place: ReferencePlace?) -> Role {
        switch place {
        case .below, .above, .unseen: .warn
        case .rank, .share, .rare, .missing, nil: .muted
        }
    }

    /// A bar from the middle: to the right what raises the score, to the left what lowers it.
    private func bar(_ value: Double, most: Double, width: Int) -> StyledText {
        let half = (width - 1) / 2
        let share = most > 0 ? min(1, abs(value) / most) : 0
        let cells = Int((share * Double(half)).rounded())
        let full = String(repeating: glyphs.set.full, count: cells)
        let blank = String(repeating: " ", count: half - cells)
        let axis = StyledText(glyphs.set.vertical, Style(.axis, on: .text))
        let empty = StyledText(String(repeating: " ", count: half))
        guard value < 0 else { return empty + axis + StyledText(full, Style(.series1, on: .text)) }
        return StyledText(blank) + StyledText(full, Style(.series2, on: .text)) + axis
    }

    private func sum(_ main: PredictionExplanation.Output, _ widths: Widths, _ text: inout DetailText) {
        var line = line("sum", "the raw score", main.score, widths, .strong)
        guard let probability = main.probability, let served = explanation.row.scores[safe: explanation.main] else {
            text.line(line)
            return
        }
        let words = words(probability, served)
        // Behind the sum where there is room, else on a line of its own.
        if line.columns + 2 + TextWidth.columns(words) <= text.width {
            line.append("  " + words)
            text.line(line)
        } else {
            text.line(line)
            text.paragraph(words, indent: min(widths.name + 1, 8))
        }
    }

    /// What the raw score stands for, and what was answered where that is something else.
    private func words(_ probability: Double, _ served: Double) -> String {
        let name = explanation.outputs.indices.contains(explanation.main) ? explanation.outputs[explanation.main].name : ""
        let alone = "is P(\(name)) \(FigureText.quality(probability))"
        return abs(probability - served) < 1e-6 ? alone : "\(alone), corrected to \(FigureText.quality(served))"
    }

    private func notes(_ text: inout DetailText) {
        var parts: [String] = []
        if !explanation.method.isEmpty { parts.append("method: \(explanation.method), by v\(explanation.row.version)") }
        if let rows = explanation.referenceRows {
            parts.append("reference: the \(FigureText.exact(rows)) rows that v\(explanation.row.version) is compared with")
        } else {
            parts.append("the reference of v\(explanation.row.version) is not kept any more")
        }
        text.gap()
        for part in parts { text.paragraph(part, .muted) }
    }

    private func signed(_ value: Double) -> String {
        value == 0 ? "0" : (value > 0 ? "+" : "-") + FigureText.figure(abs(value))
    }
}

extension Array {
    /// The element there, or nil.
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
