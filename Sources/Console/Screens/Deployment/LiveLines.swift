import Engine
import Tabular

extension DeploymentPanels {
    /// Who answers where the learner itself is to, and how those do that could: the learner, what was made of it last, the champion at rest.
    func liveLines() -> [StyledText] {
        guard let online = status.online, online.answer == .live else { return [] }
        var line = StyledText("live  ", Style(.muted, on: .text))
        if let stopped = online.stopped {
            line.append("stopped: \(stopped)", Style(.alert, on: .text))
        } else if let answering = online.answering {
            line.append(answering, Style(.ok, on: .text))
            line.append(" answers", .text)
        } else {
            line.append("not yet", Style(.warn, on: .text))
        }
        let sides = online.sides ?? []
        let best = sides.map(\.loss).min()
        for side in sides {
            let name = side.name == "live" ? "live" : "\(side.name) at rest"
            line.append("  \(name) ", Style(.muted, on: .text))
            line.append("loss \(FigureText.figure(side.loss))", side.loss == best ? Style(.strong, on: .text) : Style(.text))
            if let right = side.right { line.append(", \(FigureText.figure(right * 100)) % right", .text) }
        }
        if let labels = sides.first?.n { line.append("  on the last \(FigureText.exact(Int64(labels)))", Style(.muted, on: .text)) }
        return [line]
    }
}
