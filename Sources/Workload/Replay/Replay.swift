import NIOCore

/// Sends the rows of a file to a server as a client would.
public enum Replay {
    /// Runs until the file's end, the limit, or cancellation of the task, which returns the report so far.
    ///
    /// The model's metadata says which columns are sent; with labels, the values of the target column follow after the delay, and the run
    /// ends when the last of them is delivered. Memory is constant, whatever the size of the file.
    ///
    /// - Parameters:
    ///   - options: the file, the server, the pace.
    ///   - onProgress: called about twice a second.
    /// - Throws: `WorkloadFailure` when the run cannot begin, or the file turns out to be unreadable on the way.
    public static func run(
        options: ReplayOptions, onProgress: (@Sendable (ReplayReport) -> Void)? = nil
    ) async throws(WorkloadFailure) -> ReplayReport {
        let model = try await ModelMetadata.fetch(options.deployment, from: options.endpoint)
        let rows = try ReplayRows(options, model: model)
        let sender = LabelSender(
            endpoint: options.endpoint, deployment: options.deployment, delayMilliseconds: options.labelDelayMilliseconds)
        let load = LoadOptions(
            endpoint: options.endpoint, path: "/v2/models/\(options.deployment)/infer", schedule: ArrivalSchedule(rate: options.rate),
            connections: options.connections, timeoutMilliseconds: options.timeoutMilliseconds, limit: options.limit)
        let labelling = options.sendsLabels ? Task { await sender.run() } : nil
        var onAnswer: (@Sendable (LoadAnswer) -> Void)?
        if options.sendsLabels {
            onAnswer = { answer in
                if let id = answer.predictionID, let label = answer.label { sender.offer(id: id, value: label) }
            }
        }
        var onLoad: (@Sendable (LoadReport) -> Void)?
        if let onProgress { onLoad = { onProgress(ReplayReport($0, labels: sender.tally)) } }
        let report: LoadReport
        do throws(WorkloadFailure) {
            report = try await LoadClient.run(load, source: rows, onAnswer: onAnswer, onProgress: onLoad)
        } catch {
            labelling?.cancel()
            throw error
        }
        guard let labelling else { return ReplayReport(report, labels: LabelTally()) }
        return await finish(report, labelling: labelling, sender: sender, onProgress: onProgress)
    }

    /// Waits for the labels that are still to come; cancellation gives them up.
    private static func finish(
        _ load: LoadReport, labelling: Task<Void, Never>, sender: LabelSender, onProgress: (@Sendable (ReplayReport) -> Void)?
    ) async -> ReplayReport {
        var load = load
        sender.close()
        if load.interrupted { labelling.cancel() }
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                if let onProgress {
                    let seen = load
                    group.addTask {
                        while !Task.isCancelled {
                            try? await Task.sleep(for: .milliseconds(500))
                            if !Task.isCancelled { onProgress(ReplayReport(seen, labels: sender.tally)) }
                        }
                    }
                }
                await labelling.value
                group.cancelAll()
            }
        } onCancel: {
            labelling.cancel()
        }
        if Task.isCancelled { load.interrupted = true }
        return ReplayReport(load, labels: sender.tally)
    }
}
