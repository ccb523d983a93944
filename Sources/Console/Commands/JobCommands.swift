import Engine
import Tabular

/// What is done with jobs.
package enum JobCommands {
    /// In the order of the help.
    package static let all: [Command] = [
        Command.action(
            "cancel", keys: ["c"], places: [.jobs], arguments: [.job], label: "cancel",
            doc: "Stops the selected job, within two seconds when it runs.",
            group: "Jobs", hint: 90
        ) { job($0).map { .cancelJob(id: $0) } },
        Command.action(
            "retry", keys: ["r"], places: [.jobs], arguments: [.job], label: "retry",
            doc: "Queues a failed, cancelled or parked job again.", group: "Jobs",
            hint: 80
        ) { job($0).map { .retryJob(id: $0) } },
        Command.action(
            "raise", keys: ["+"], places: [.jobs], arguments: [.job], label: "raise", doc: "Moves a waiting job to the front of the queue.",
            group: "Jobs",
            hint: 70
        ) { job($0).map { .raiseJob(id: $0) } },
    ]

    /// The job that was named, else the selected one.
    private static func job(_ call: CommandCall) -> Result<Int64, CommandRefusal> {
        if let word = call.arguments.first {
            guard call.arguments.count == 1 else {
                return .failure(CommandRefusal("one job at a time: \(call.arguments.count) were named"))
            }
            guard let id = Int64(word) else { return .failure(CommandRefusal("no such job: \(SafeText.escape(String(word.prefix(40))))")) }
            return .success(id)
        }
        guard let id = call.subject.job else { return .failure(CommandRefusal("select a job first")) }
        return .success(id)
    }
}
