import Engine
import Foundation
import Monitoring
import Tabular

/// Everything about one alert: what, since when, how sure, who is on it, what to do.
struct AlertsDetail {
    let alert: Alert
    let context: ScreenContext
    let level: GlyphLevel

    func lines(width: Int) -> [StyledText] {
        let light = AlertsScreen.light(alert)
        var text = DetailText(width: width, labelWidth: 10)
        text.paragraph(
            alert.title, light.role == .muted ? .text : light.role, sign: StyledText("\(light.glyph(level)) ", Style(light.role, on: .text))
        )
        text.gap()
        text.fact("state", state)
        text.fact("began", "\(ChromeTime.short(alert.onset, context)), \(ChromeTime.age(alert.onset, context)) ago")
        text.fact(
            "found",
            "\(ChromeTime.short(alert.raisedAt, context)), \(DurationText.text(max(0, alert.raisedAt - alert.onset))) after it began")
        if let by = alert.acknowledgedBy {
            text.fact(
                "on it", "\(by), " + (alert.acknowledgedUntil.map { "until \(ChromeTime.short($0, context))" } ?? "until it resolves"))
        }
        if let note = alert.note, !note.isEmpty { text.fact("note", note, .info) }
        if let cause = alert.cause { text.fact("cause", alert.state == .resolved ? cause : "\(cause); w tells more", .info) }
        if let resolved = alert.resolvedAt {
            text.fact("resolved", "\(ChromeTime.short(resolved, context)), after \(DurationText.text(max(0, resolved - alert.onset)))")
        }
        if !alert.reasons.isEmpty {
            text.heading("why")
            for reason in alert.reasons {
                let light = Light(reason.light)
                text.paragraph(reason.text, .text, sign: StyledText("\(light.glyph(level)) ", Style(light.role, on: .text)))
                text.paragraph("\(reason.signal) \(reason.figures)  \(reason.evidence(context))", .muted, indent: 2)
            }
        }
        if !alert.runbook.isEmpty {
            text.heading("what to do")
            for step in steps { text.paragraph(step, .text, indent: 0) }
        }
        return text.lines
    }

    private var state: String {
        switch alert.state {
        case .firing: "firing, \(alert.severity.rawValue): nobody is on it; a acknowledges"
        case .acknowledged: "acknowledged, \(alert.severity.rawValue)"
        case .resolved: "resolved"
        }
    }

    /// The runbook's numbered steps, each on a line of its own.
    private var steps: [String] {
        var result: [String] = []
        var rest = Substring(alert.runbook)
        for number in 2... {
            guard let range = rest.range(of: " \(number). ") else { break }
            result.append(String(rest[..<range.lowerBound]))
            rest = rest[rest.index(after: range.lowerBound)...]
        }
        return result + [String(rest)]
    }
}
