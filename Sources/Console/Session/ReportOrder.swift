import Engine
import Reports
import Tabular

/// A report that an operator asked for.
package struct ReportOrder: Sendable, Equatable {
    package var deployment: String
    /// How far it reaches back, milliseconds.
    package var span: Int64
    /// The file on the terminal's side, as it was typed.
    package var path: String

    /// Reads `report [DEPLOYMENT] [24h] FILE`.
    init(_ call: CommandCall) throws(CommandRefusal) {
        let arguments = try CommandArguments(call, [.deployment, .duration, .text])
        guard let name = arguments.deployment else { throw CommandRefusal("name a deployment: report churn 24h churn.html") }
        guard let file = arguments.text else { throw CommandRefusal("name a new file: report \(name) 24h \(name).html") }
        let span = arguments.duration ?? ReportFacts.usualSpan
        guard (1_000...ReportFacts.longest).contains(span) else { throw CommandRefusal("a report reaches back 1s to 366d") }
        (deployment, self.span, path) = (name, span, file)
    }

    /// The page, or why there is none.
    func page(_ link: any EngineLink) async -> Result<String, ReportFailure> {
        do throws(ReportFailure) {
            let text = try ReportPage(await ReportFacts.gather(deployment, span: span, link: link)).html()
            guard text.utf8.count <= TerminalEffect.maximumContentBytes else {
                return .failure(ReportFailure(description: "the page is too large for a terminal: use `flyball report`, or a shorter time"))
            }
            return .success(text)
        } catch { return .failure(error) }
    }
}

extension SessionState {
    /// Hands a page that has been made to the terminal.
    mutating func take(_ page: Result<String, ReportFailure>, of order: ReportOrder) {
        switch page {
        case .success(let text): frame.effects.append(.save(path: order.path, content: text))
        case .failure(let failure): say("no report: \(failure.description)", .warn)
        }
        pacer.note(.key)
    }
}
