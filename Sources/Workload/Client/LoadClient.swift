import NIOCore
import NIOPosix

/// An HTTP/1.1 load client with a fixed schedule: requests start when they are meant to, whatever the answers do.
///
/// With a rate the loop is open: when every connection is busy, due requests wait, and their waiting counts into their latency. Nothing is
/// left out and memory stays constant, since the schedule is a formula and not a queue. A due request whose deadline passes before a
/// connection is free fails by `timeout`, so a server that comes back is not flooded with the past.
public enum LoadClient {
    /// Runs until the source ends, a limit is reached, or the task is cancelled; cancellation returns what was seen so far.
    ///
    /// - Parameters:
    ///   - options: where, when, how much.
    ///   - source: makes the requests; asked for a few hundred at a time, ahead of need.
    ///   - onAnswer: called with each answer on the client's event loop: keep it short.
    ///   - onProgress: called twice a second on the client's event loop.
    /// - Throws: `unreachable`, or whatever the source throws.
    public static func run(
        _ options: LoadOptions, source: any LoadSource, onAnswer: (@Sendable (LoadAnswer) -> Void)? = nil,
        onProgress: (@Sendable (LoadReport) -> Void)? = nil
    ) async throws(WorkloadFailure) -> LoadReport {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let slot = NIOLoopBoundBox.makeBoxSendingValue(Slot(), eventLoop: eventLoop)
        let result: Result<LoadReport, WorkloadFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.execute {
                    let run = LoadRun(options, source: source, eventLoop: eventLoop, onAnswer: onAnswer, onProgress: onProgress)
                    slot.value.run = run
                    run.start { continuation.resume(returning: $0) }
                    if slot.value.isCancelled { run.stop() }
                }
            }
        } onCancel: {
            eventLoop.execute {
                slot.value.isCancelled = true
                slot.value.run?.stop()
            }
        }
        return try result.get()
    }

    private struct Slot {
        var run: LoadRun?
        /// The task may be cancelled before there is a run to stop.
        var isCancelled = false
    }
}
