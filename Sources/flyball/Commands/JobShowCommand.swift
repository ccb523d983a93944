import ArgumentParser
import Engine
import Learning
import Tabular

extension JobCommand {
    /// Shows a job.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a job: how far it is, a search's trials while it runs, the end of its log.",
            discussion: """
                flyball job show 7
                flyball job show 7 --log 100 --json

                While a search runs, its 20 best trials are listed; `flyball card` shows all of them once the version is there.
                """)

        /// Log lines that may be asked for.
        private static let logRange = 0...10_000
        private static let logPage = 1_000

        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The job's number.") var id: Int64
        @Option(help: ArgumentHelp("Lines of its log at most, the last ones.", valueName: "n")) var log = 20
        @OptionGroup var json: JSONOption

        func validate() throws {
            guard id > 0, id < .max else { throw ValidationError("a job's number is 1 or more") }
            guard Self.logRange.contains(log) else { throw ValidationError("--log is 0 to \(Self.logRange.upperBound)") }
        }

        func run() async throws {
            try await Session.with(place, .reading) { session in
                let job = try await session.job(id)
                let lines = log > 0 ? try await end(session) : []
                if json.isJSON { return try Output.json(JobDetailDocument(job: JobDocument(job), search: job.search, log: lines)) }
                try show(job, lines)
            }
        }

        /// The last lines of the log.
        private func end(_ session: Session) async throws -> [JobLogLine] {
            var lines: [JobLogLine] = []
            while true {
                let query = HistoryQuery.jobLog(id: id, after: lines.last?.number ?? 0, limit: Self.logPage)
                let page = try await session.ask(query, \.asLog)
                lines = Array((lines + page).suffix(log))
                if page.count < Self.logPage { return lines }
            }
        }

        private func show(_ job: JobStatus, _ lines: [JobLogLine]) throws {
            var facts = TextTable(["JOB", "\(job.id)"])
            let state = job.isCancelling ? "cancelling" : job.state.rawValue
            facts.add(["what", "\(job.kind.rawValue) \(job.deployment) \(job.algorithm)"])
            facts.add(["state", "\(state), \(Int(min(max(job.progress, 0), 1) * 100)) %"])
            if job.state == .running { facts.add(["progress", job.progressText]) }
            facts.add(["ordered", "\(TimeText.rfc3339(job.createdAt)) by \(job.createdBy)"])
            if let started = job.startedAt { facts.add(["started", TimeText.rfc3339(started)]) }
            if let finished = job.finishedAt { facts.add(["ended", TimeText.rfc3339(finished)]) }
            if job.attempts > 1 { facts.add(["attempts", "\(job.attempts)"]) }
            if let result = job.error ?? job.result { facts.add([job.error == nil ? "result" : "error", result]) }
            try facts.print()
            if let search = job.search { try show(search) }
            guard !lines.isEmpty else { return }
            try Output.line("")
            for line in lines { try Output.line("\(TimeText.rfc3339(line.time))  \(SafeText.escape(line.text))") }
        }

        private func show(_ search: SearchProgress) throws {
            try Output.line("")
            let round = search.rounds > 1 ? "round \(search.round) of \(search.rounds) on \(search.rows) rows, " : ""
            try Output.line(
                "search: \(round)\(search.tried) of \(search.total) tried, \(search.dropped) dropped, \(search.failed) failed, "
                    + "\(FigureTexts.one(search.seconds)) s" + (search.limit > 0 ? " of \(FigureTexts.one(search.limit)) s" : ""))
            var table = TextTable(
                ["RANK", "TRIAL", search.metric.uppercased(), "ROWS", "SECONDS", "STATE", "SETTINGS"], rightAligned: [0, 1, 2, 3, 4])
            for trial in search.best {
                table.add([
                    trial.rank.map { "\($0)" } ?? "-", "\(trial.number)", trial.figure.map { FigureTexts.four($0) } ?? "-",
                    trial.share > 0 ? "\(Int((trial.share * 100).rounded())) %" : "-", FigureTexts.one(trial.seconds), trial.state.rawValue,
                    trial.error ?? (trial.number == 1 ? "start: " : "") + trial.settingsText,
                ])
            }
            try table.print()
        }
    }
}

/// A job as `job show --json` prints it: as in `jobs --json`, and more.
private struct JobDetailDocument: Encodable {
    var job: JobDocument
    /// Nil without a search, and when the job has ended.
    var search: SearchProgress?
    var log: [JobLogLine]

    private enum CodingKeys: String, CodingKey {
        case search, log
    }
    private struct Line: Encodable {
        var time: String
        var text: String
    }

    func encode(to encoder: any Encoder) throws {
        try job.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(search, forKey: .search)
        try container.encode(log.map { Line(time: TimeText.rfc3339($0.time), text: $0.text) }, forKey: .log)
    }
}
