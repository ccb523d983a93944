import Engine
import Foundation
import Learning
import Tabular

/// Why one prediction came out as it did, as lines: what was answered, what others would have, what each column added.
struct PredictionDetail {
    /// The explanation, once it has come.
    let page: PageState
    /// The row as the list has it; its label may be newer than the explanation's.
    let row: PredictionRow?
    let schema: Schema?
    let zone: TimeZone
    let glyphs: GlyphLevel

    private var set: Glyphs { glyphs.set }

    func lines(width: Int) -> [StyledText] {
        var text = DetailText(width: width, labelWidth: width >= 50 ? 11 : 9)
        switch page {
        case .loading:
            if let row, let target = schema?.target { facts(row, target, nil, &text) }
            text.gap()
            text.line(StyledText("explaining" + set.ellipsis, Style(.muted, on: .text)))
        case .ready(let page):
            switch page.content {
            case .explanation(let found):
                var shown = found.row
                shown.label = row?.label ?? shown.label
                facts(shown, found.target, found, &text)
                answers(found, &text)
                ContributionLines(explanation: found, zone: zone, glyphs: glyphs).add(to: &text)
            case .failed(let reason): text.paragraph("it cannot be explained: \(reason)", .alert)
            default: text.paragraph("the engine gave another answer than the one that was asked for", .alert)
            }
        }
        return text.lines
    }

    private func facts(_ row: PredictionRow, _ target: Target, _ found: PredictionExplanation?, _ text: inout DetailText) {
        let role = found?.answers.first { $0.version == row.version }?.role
        var by =
            row.version == PausedAnswer.noVersion
            ? "a constant" : VersionName.text(row.version, learnt: row.learnt) + (role.map { " \($0)" } ?? "")
        if row.isPinned { by += ", which the request named" }
        if row.arm == .fallback { by += ", while it was paused" }
        text.fact("answered", Self.answer(row.scores, target, row.threshold) + StyledText(" by \(by)"))
        let time = TimeText.local(row.time, zone: zone, format: text.width >= 50 ? .full : .second) + PredictionTable.fraction(row.time)
        text.fact("when", "\(time), in \(FigureText.latency(nanoseconds: Double(row.latencyNanoseconds)))")
        text.fact("label", label(row, target))
        if let client = row.clientID { text.fact("sent as", client) }
        if let trace = row.trace { text.fact("trace", trace) }
    }

    private func label(_ row: PredictionRow, _ target: Target) -> StyledText {
        guard let label = row.label else { return StyledText("none yet", Style(.muted, on: .text)) }
        if let isRight = target.isRight(row) {
            return StyledText((target.className(label) ?? "\(label)") + "  ", Style(.strong, on: .text))
                + StyledText(
                    isRight ? "\(set.ok) the answer was right" : "\(set.alert) the answer was wrong",
                    Style(isRight ? .ok : .warn, on: .text))
        }
        let error = target.error(row).map { "  predicted \(FigureText.quality(abs($0))) too \($0 < 0 ? "low" : "high")" } ?? ""
        return StyledText(FigureText.quality(label), Style(.strong, on: .text)) + StyledText(error, Style(.muted, on: .text))
    }

    /// What every other version in memory says to the same row.
    private func answers(_ found: PredictionExplanation, _ text: inout DetailText) {
        var title = "others"
        for answer in found.answers where answer.version != found.row.version {
            let differs =
                found.target.decision(answer.scores, from: answer.threshold)
                != found.target.decision(found.row.scores, from: found.row.threshold)
            var line =
                Self.answer(answer.scores, found.target, answer.threshold) + StyledText(" by v\(answer.version) \(answer.role.rawValue)")
            if differs, found.target.task != .regression { line.append("  differs", Style(.warn, on: .text)) }
            text.fact(title, line)
            title = ""
        }
        if found.row.learnt == nil, let own = found.answers.first(where: { $0.version == found.row.version }),
            own.scores != found.row.scores
        {
            text.fact(
                "", "v\(own.version) now says \(Self.answer(own.scores, found.target, own.threshold).plain): it has changed since", .warn)
        }
        // On the smallest terminals the columns are worth more than this line.
        if text.width >= 50, found.answers.allSatisfy({ $0.version == found.row.version }) {
            text.fact(title, "no other version is in memory", .muted)
        }
    }

    /// `yes, P(yes) 0.731`, `setosa, P 0.92`, `31.2`.
    static func answer(_ scores: [Double], _ target: Target, _ threshold: Double?) -> StyledText {
        guard let score = target.score(scores) else { return StyledText("no score", Style(.muted, on: .text)) }
        guard let name = target.className(target.decision(scores, from: threshold)) else {
            return StyledText(FigureText.quality(score), Style(.strong, on: .text))
        }
        let whose = target.task == .binary ? "P(\(target.className(1) ?? "1"))" : "P"
        return StyledText(name, Style(.strong, on: .text)) + StyledText(", \(whose) \(FigureText.quality(score))")
    }
}
