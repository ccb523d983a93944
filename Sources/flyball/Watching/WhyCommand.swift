import ArgumentParser
import Engine
import Monitoring
import Tabular

/// The verb `why`.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say what is probably behind what is seen of a deployment.",
        discussion: """
            Goes through the newest logged answers, at most 8,000, with their labels, latency, errors and the journal: which columns, answers, \
            labels or measurements are other than usual, since when, and what would explain it. Causes are ranked by the order of time, effect \
            × importance, and what undoing them on logged rows brings back; the score is no probability. What looks like a cause and cannot \
            be one is shown as ruled out. Nothing is changed.

            flyball why flight-delay
            flyball why flight-delay --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var json: JSONOption

    func run() async throws {
        let session = Session(link: try await Session.running(place), isRunning: true)
        // Says so with the nearest name where there is none.
        _ = try await session.deployment(name)
        let report = try await session.ask(.why(deployment: name), \.asCauses)
        if json.isJSON { return try Output.json(report) }
        if report.probable.isEmpty { try Output.line(report.headline) }
        for (rank, cause) in report.causes.enumerated() { try Self.text(cause, rank: rank + 1).forEach { try Output.line($0) } }
        for lack in report.lacks { Output.remark("not looked at: \(lack)") }
        if let from = report.from {
            Output.remark(
                "\(Figures.grouped(report.rows)) answers since \(TimeText.rfc3339(from)), \(Figures.grouped(report.labels)) with their truth"
            )
        }
    }

    private static func text(_ cause: Cause, rank: Int) -> [String] {
        let since = cause.onset.map { ", since \(TimeText.rfc3339($0))" } ?? ", since before all that was looked at"
        let head =
            cause.isRuledOut
            ? "-  \(cause.verdict) (ruled out)"
            : "\(rank)  \(cause.verdict) (\(cause.kind.rawValue), score \(Figures.short(cause.score))\(since))"
        return [head] + cause.lines.map { "     \($0)" } + [cause.next.map { "     next: \($0)" }].compactMap(\.self)
    }
}
