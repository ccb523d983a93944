import ArgumentParser
import Engine
import Tabular

/// The verb `jobs`.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List jobs, newest first.",
        discussion: """
            flyball jobs
            flyball jobs --limit 5 --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Option(help: ArgumentHelp("Jobs at most.", valueName: "n")) var limit = 30
    @OptionGroup var json: JSONOption

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is 1 to 1000") }
    }

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let jobs = try await session.ask(.jobs(before: nil, limit: limit), \.asJobs)
            if json.isJSON { return try Output.json(jobs.map { JobDocument($0) }) }
            var table = TextTable(
                ["JOB", "KIND", "DEPLOYMENT", "STATE", "DONE", "ALGORITHM", "CREATED", "BY", "RESULT"], rightAligned: [0, 4])
            for job in jobs {
                table.add([
                    "\(job.id)", job.kind.rawValue, job.deployment, job.isCancelling ? "cancelling" : job.state.rawValue,
                    "\(Int(min(max(job.progress, 0), 1) * 100)) %", job.algorithm, TimeText.rfc3339(job.createdAt), job.createdBy,
                    job.error ?? job.result ?? job.progressText,
                ])
            }
            try table.print()
        }
    }
}

/// A job as `jobs --json` prints it.
struct JobDocument: Encodable {
    var id: Int64
    var kind: String
    var deployment: String
    var state: String
    var progress: Double
    var progressText: String
    var algorithm: String
    var attempts: Int
    var createdAt: String
    var createdBy: String
    var startedAt: String?
    var finishedAt: String?
    var result: String?
    var error: String?

    init(_ job: JobStatus) {
        id = job.id
        kind = job.kind.rawValue
        deployment = job.deployment
        state = job.state.rawValue
        progress = job.progress
        progressText = job.progressText
        algorithm = job.algorithm
        attempts = job.attempts
        createdAt = TimeText.rfc3339(job.createdAt)
        createdBy = job.createdBy
        startedAt = job.startedAt.map { TimeText.rfc3339($0) }
        finishedAt = job.finishedAt.map { TimeText.rfc3339($0) }
        result = job.result
        error = job.error
    }
}

/// The verb `job` with the verbs below it.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Show, cancel, retry or raise a job.", subcommands: [Show.self, Cancel.self, Retry.self, Raise.self])

    /// Stops a job.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a job, within two seconds when it runs.", discussion: "flyball job cancel 7")
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The job's number.") var id: Int64
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            try await Session.with(place, .changing) { session in
                try await session.order(.cancelJob(id: id), reason: why.reason, json: json)
            }
        }
    }

    /// Queues a job again.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a failed, cancelled or parked job again.", discussion: "flyball job retry 7 --wait")
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The job's number.") var id: Int64
        @Flag(help: "Wait for its end.") var wait = false
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            try await Session.with(place, wait ? .working : .changing) { session in
                try await session.orderWork(.retryJob(id: id), reason: why.reason, isWaiting: wait, untilServing: false, json: json)
            }
        }
    }

    /// Moves a job to the front.
    struct Raise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Move a waiting job to the front.", discussion: "flyball job raise 7")
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The job's number.") var id: Int64
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            try await Session.with(place, .changing) { session in try await session.order(.raiseJob(id: id), reason: why.reason, json: json)
            }
        }
    }
}
