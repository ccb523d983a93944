import Learning
import Synchronization

/// The live side of running jobs: what the training thread reports and the snapshot reads, and the wish to cancel.
final class JobBoard: Sendable {
    /// The sign of life of what runs.
    let pulse = ThreadPulse()
    /// Points kept of a loss curve.
    static let curvePoints = 200

    struct Live: Sendable {
        var progress = TrainingProgress(
            stage: "starting", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: 0, secondsLeft: nil)
        var curve = LossCurve(limit: JobBoard.curvePoints)
        var search: SearchProgress?
        var isCancelling = false
    }

    private let jobs = Mutex<[Int64: Live]>([:])

    /// Enters a job that begins.
    func begin(_ id: Int64) { jobs.withLock { $0[id] = Live() } }

    /// Removes a job that ended; returns its last state.
    func end(_ id: Int64) -> Live? { jobs.withLock { $0.removeValue(forKey: id) } }

    /// The live state of a running job.
    func live(_ id: Int64) -> Live? { jobs.withLock { $0[id] } }

    /// Takes a report.
    func report(_ id: Int64, _ progress: TrainingProgress) {
        jobs.withLock { jobs in
            jobs[id]?.progress = progress
            if progress.trainLoss != nil || progress.validationLoss != nil { jobs[id]?.curve.add(progress) }
        }
    }

    /// Takes a report of a search's trials.
    func report(_ id: Int64, _ search: SearchProgress) { jobs.withLock { $0[id]?.search = search } }

    /// Asks a running job to end.
    ///
    /// Returns whether it runs.
    func cancel(_ id: Int64) -> Bool {
        jobs.withLock { jobs in
            guard jobs[id] != nil else { return false }
            jobs[id]?.isCancelling = true
            return true
        }
    }

    /// Whether any job runs.
    var isBusy: Bool { jobs.withLock { !$0.isEmpty } }

    /// Asks all to end: the engine stops.
    func cancelAll() { jobs.withLock { jobs in for id in jobs.keys { jobs[id]?.isCancelling = true } } }

    /// Whether somebody asked the job to end.
    func isCancelling(_ id: Int64) -> Bool { jobs.withLock { $0[id]?.isCancelling ?? true } }
}
