import Engine
import Tabular

/// What a changing verb prints with `--json`.
struct ReceiptDocument: Encodable {
    /// One sentence in the past tense.
    var summary: String
    /// Whether the journal has it; false where the store refused a change that holds all the same.
    var journalled: Bool
    /// The journal row; absent when it is not journalled.
    var journalSequence: Int64?
    /// The job that was queued, if any.
    var job: Int64?
    /// How the job stands: `queued`, or how it ended when it was waited for.
    var jobState: String?
    /// What came of the job.
    var result: String?
    /// The deployment.
    var deployment: String?
    /// The version that answers now, if that is what changed.
    var version: String?
    /// What the gates of the job's version remarked on or could not tell; nil while the job is queued.
    var warnings: [String]?
    /// What the work took each column of its file for; nil without a file, and while the job is queued.
    var understanding: Understanding?
    /// The durable commit, milliseconds.
    var commitMilliseconds: Double
    /// From the commit to the last event loop swapped, milliseconds.
    var swapMilliseconds: Double?
    /// RFC 3339.
    var at: String

    init(_ receipt: Receipt) {
        summary = receipt.summary
        journalled = receipt.isJournalled
        journalSequence = receipt.journalSequence
        job = receipt.job
        jobState = receipt.job == nil ? nil : JobState.queued.rawValue
        deployment = receipt.deployment
        version = receipt.version.map { "v\($0)" }
        commitMilliseconds = Double(receipt.commitNanoseconds) / 1e6
        swapMilliseconds = receipt.swapNanoseconds.map { Double($0) / 1e6 }
        at = TimeText.rfc3339(receipt.at)
    }
}

extension Session {
    /// Asks for a change and prints its receipt.
    func order(_ action: Action, reason: String?, json: JSONOption) async throws {
        let receipt = try await perform(action, reason: reason)
        if json.isJSON { return try Output.json(ReceiptDocument(receipt)) }
        try Output.line(receipt.text)
    }

    /// Asks for work, waits for it where that is wanted, and prints what came of it.
    ///
    /// - Parameter untilServing: the order also makes the version champion.
    func orderWork(_ action: Action, reason: String?, isWaiting: Bool, untilServing: Bool, json: JSONOption) async throws {
        let receipt = try await perform(action, reason: reason)
        var document = ReceiptDocument(receipt)
        guard let job = receipt.job, let name = receipt.deployment else { return try Output.line(receipt.text) }
        guard isWaiting else {
            if json.isJSON { return try Output.json(document) }
            try Output.line("\(receipt.text): job \(job) is queued")
            if !isRunning {
                Output.remark("no engine runs, so the job waits: start one with `flyball` or `flyball serve`, or order it with --wait")
            }
            return
        }
        var watch = JobWatch(self)
        let ended: JobStatus
        do { ended = try await watch.wait(for: job, deployment: name, untilServing: untilServing) } catch {
            // A version that a gate refused has understood its file all the same, and that may be why.
            if !json.isJSON, let made = try await deployment(name).versions.first, !made.blessed {
                let understood = try await understanding(of: name, version: made.number)?.lines ?? []
                for line in understood + made.gateRemarks { try Output.line(line) }
            }
            throw error
        }
        let champion = try await deployment(name).champion
        document.jobState = ended.state.rawValue
        document.result = ended.result
        if untilServing { document.version = champion.map { "v\($0)" } }
        document.understanding = try await understanding(ended, of: name)
        document.warnings = try await warnings(ended, of: name)
        if !json.isJSON {
            for line in (document.understanding?.lines ?? []) + (document.warnings ?? []) { try Output.line(line) }
        }
        let refusal = try await refusal(ended, of: name)
        if json.isJSON {
            try Output.json(document)
            if let refusal { throw refusal }
            return
        }
        if let refusal { throw refusal }
        let serving = untilServing ? champion.map { ", v\($0) answers" } ?? "" : ""
        try Output.line("\(name): \(ended.result ?? "done")\(serving)")
    }
}

extension Session {
    /// What the import of a job's file took each column for; nil where the job's version learnt from none.
    private func understanding(_ job: JobStatus, of name: String) async throws -> Understanding? {
        guard let number = Self.version(of: job) else { return nil }
        return try await understanding(of: name, version: number)
    }

    /// What the import behind a version took each column for; nil where it learnt from traffic, and for versions of earlier releases.
    func understanding(of name: String, version: UInt32) async throws -> Understanding? {
        guard case .report(let report) = await report(of: name, version: version) else { return nil }
        return report.understanding
    }

    /// A version's report, or why there is none to be read.
    func report(of name: String, version: UInt32) async -> HistoryContent {
        await link.history(.report(deployment: name, version: version)).content
    }

    /// What the gates of the version that a job has made remarked on or could not tell, a line each.
    private func warnings(_ job: JobStatus, of name: String) async throws -> [String] {
        guard let number = Self.version(of: job), let version = try? await version(number, of: name) else { return [] }
        return version.gateRemarks
    }

    /// The version that a job has made.
    private static func version(of job: JobStatus) -> UInt32? {
        // The result begins with the version's name.
        job.result.flatMap { VersionArgument(argument: String($0.prefix { $0 != " " }))?.number }
    }

    /// What to say when a gate refused the version that a job has made; nil for a version that may answer.
    private func refusal(_ job: JobStatus, of name: String) async throws -> CommandFailure? {
        guard let result = job.result, let number = Self.version(of: job), let version = try? await version(number, of: name),
            !version.blessed
        else { return nil }
        return CommandFailure(
            "\(SafeText.escape(name)): \(SafeText.escape(result)): see `flyball card \(SafeText.escape(name)) v\(number)`")
    }
}

extension VersionSummary {
    /// What its gates remarked on or could not tell, a line each; what they refused is the failure's own.
    fileprivate var gateRemarks: [String] {
        gates.filter { $0.warning || $0.undecided }.map { SafeText.escape("\($0.verdict): \($0.name): \($0.detail)") }
    }
}

extension Receipt {
    /// The receipt for people.
    var text: String {
        let swap = swapNanoseconds.map { " (swapped in \(FigureTexts.milliseconds(Double($0) / 1e6)))" } ?? ""
        let warning =
            isJournalled
            ? ""
            : " - NOT JOURNALLED: the store refuses writes; it holds, and is written as soon as the store takes it, or by the next start"
        return SafeText.escape(summary) + swap + warning
    }
}
