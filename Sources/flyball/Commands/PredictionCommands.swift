import ArgumentParser
import Engine
import Foundation
import Monitoring
import Tabular

/// The verb `predictions`.
struct PredictionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predictions", abstract: "Print the latest logged predictions with their labels, oldest first.",
        discussion: """
            Every answered row is logged, once a second. With --json one object a line.

            flyball predictions flight-delay --last 20
            flyball predictions flight-delay --last 1000 --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("Rows at most.", valueName: "n")) var last = 30
    @OptionGroup var json: JSONOption

    /// Columns of a table for people; --json has all.
    private static let columns = 6

    func validate() throws {
        guard (1...100_000).contains(last) else { throw ValidationError("--last is 1 to 100000") }
    }

    func run() async throws {
        let (page, importance) = try await Session.with(place, .reading) { session in
            let status = try await session.deployment(name)
            return (try await pages(session), status.version(status.champion)?.importance.map(\.feature) ?? [])
        }
        let rows = page.rows.reversed()
        guard !rows.isEmpty else { return Output.remark("no prediction is in the log of \(SafeText.escape(name)) yet") }
        if json.isJSON {
            for row in rows { try Output.json(PredictionDocument(row, page.schema)) }
            return
        }
        try table(Array(rows), page.schema, importance).print()
    }

    /// As many pages as it takes: a wide deployment has few rows in each.
    private func pages(_ session: Session) async throws -> PredictionPage {
        var mark: PredictionMark?
        var whole: PredictionPage?
        while true {
            // The mark's own row comes again.
            let missing = last - (whole?.rows.count ?? 0) + (mark == nil ? 0 : 1)
            let query = HistoryQuery.predictions(deployment: name, upTo: mark, limit: min(missing, 1_000))
            let page = try await session.ask(query, \.asPredictions)
            let fresh = page.rows.filter { $0.mark != mark }
            var next = whole ?? page
            if whole != nil { next.rows += fresh }
            whole = next
            guard page.hasOlder, !fresh.isEmpty, next.rows.count < last, let oldest = next.rows.last else { return next }
            mark = oldest.mark
        }
    }

    private func table(_ rows: [PredictionRow], _ schema: Schema, _ importance: [String]) -> TextTable {
        let weighed = importance.compactMap { schema.index(of: $0) }
        let others = schema.features.indices.filter { !weighed.contains($0) && schema.features[$0].kind != .time }
        let shown = Array((weighed + others).prefix(Self.columns))
        let zone = TimeZone(identifier: schema.zone) ?? .gmt
        let isClassified = schema.target.task != .regression
        var table = TextTable(
            ["TIME", "VERSION"] + (isClassified ? ["ANSWER"] : []) + ["SCORE", "LABEL"] + shown.map { schema.features[$0].name } + ["ID"])
        for row in rows {
            let target = schema.target
            let label = row.label.map { target.className($0) ?? FigureTexts.significant($0) } ?? "-"
            let values = shown.map { row.values.indices.contains($0) ? row.values[$0].text(schema.features[$0].kind, zone: zone) : "-" }
            table.add(
                [TimeText.rfc3339(row.time), row.answeredBy]
                    + (isClassified ? [target.className(target.decision(row.scores, from: row.threshold)) ?? "-"] : [])
                    + [target.score(row.scores).map { FigureTexts.four($0) } ?? "-", label] + values + [row.id.text])
        }
        return table
    }
}

/// The verb `explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a logged prediction came out as it did: what each column added to its score.",
        discussion: """
            The base and all that the columns add sum to the raw score (log-odds; the target's unit for numbers). The reference says where a \
            value lies among the rows that the version was trained on: p82 is above 82 % of them.

            flyball explain flight-delay 0000R5G1C0042
            flyball explain flight-delay my-own-request-id --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The prediction's id, as answers have it, or the request's own.") var id: String
    @OptionGroup var json: JSONOption

    func run() async throws {
        let found = try await Session.with(place, .reading) { session in
            _ = try await session.deployment(name)
            return try await session.ask(.explanation(deployment: name, id: id), \.asExplanation)
        }
        if json.isJSON { return try Output.json(ExplanationDocument(found, deployment: name)) }
        for line in ExplanationText(found).lines { try Output.line(line) }
    }
}
