import Engine
import Tabular

/// What a changing verb prints with `--json`.
struct ReceiptDocument: Encodable {
    /// One sentence in the past tense.
    var summary: String
    /// The journal row; absent when the change holds in memory only.
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
    /// The durable commit, milliseconds.
    var commitMilliseconds: Double
    /// From the commit to the last event loop swapped, milliseconds.
    var swapMilliseconds: Double?
    /// RFC 3339.
    var at: String

    init(_ receipt: Receipt) {
        summary = receipt.summary
        journalSequence = receipt.journalSequence
        job = receipt.job
        jobState = receipt.job == nil ? nil : "queued"
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
        let ended = try await watch.wait(for: job, deployment: name, untilServing: untilServing)
        let champion = try await deployment(name).champion
        document.jobState = ended.state.rawValue
        document.result = ended.result
        if untilServing { document.version = champion.map { "v\($0)" } }
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
    /// What to say when a gate refused the version that a job has made; nil for a version that may answer.
    private func refusal(_ job: JobStatus, of name: String) async throws -> CommandFailure? {
        // The result begins with the version's name.
        guard let result = job.result, let number = VersionArgument(argument: String(result.prefix { $0 != " " }))?.number,
            let version = try? await version(number, of: name), !version.blessed
        else { return nil }
        return CommandFailure(
            "\(SafeText.escape(name)): \(SafeText.escape(result)): see `flyball card \(SafeText.escape(name)) v\(number)`")
    }
}

extension Receipt {
    /// The receipt for people.
    var text: String {
        let swap = swapNanoseconds.map { " (swapped in \(FigureTexts.milliseconds(Double($0) / 1e6)))" } ?? ""
        let warning = isJournalled ? "" : " - NOT JOURNALLED: the store refuses writes; it is written as soon as it takes them again"
        return SafeText.escape(summary) + swap + warning
    }
}
