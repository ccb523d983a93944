import ArgumentParser
import Engine
import Foundation
import Reports
import Tabular

/// The verb `report`.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write what happened to a deployment as one page of HTML: for people who are not at the console.",
        discussion: """
            What it answered, how good that was, what its inputs did, every change with who and why, and the walk along the journal's chain. The \
            page needs nothing else, no network and no script; it is light or dark as the reader's system is, and prints.

            flyball report churn --since 24h --output churn.html
            flyball report churn --since 7d > week.html
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("How far it reaches back, 1s to 366d; 24h when left out.", valueName: "duration")) var since:
        DurationArgument?
    @Option(
        help: ArgumentHelp("Where it goes; it must not exist. Standard output when left out.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
        guard (1_000...ReportFacts.longest).contains(span) else { throw ValidationError("--since is 1s to 366d") }
    }

    /// How far it reaches back, milliseconds.
    private var span: Int64 { since?.milliseconds ?? ReportFacts.usualSpan }

    func run() async throws {
        let facts = try await Session.with(place, .reading) { session in
            do throws(ReportFailure) { return try await ReportFacts.gather(name, span: span, link: session.link) } catch {
                throw CommandFailure(error.description)
            }
        }
        let text = try ReportPage(facts).html()
        guard let output else { return try Output.write(text.utf8, to: STDOUT_FILENO) }
        let file = try NewFile(output)
        try file.write(Array(text.utf8))
        try file.finish()
        Output.remark("written: \(SafeText.escape(output))")
    }
}
