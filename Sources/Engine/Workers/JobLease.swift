import Learning
import Store
import Synchronization

/// The claim on a job, prolonged for as long as its worker shows signs of life.
///
/// A claim that cannot be prolonged was given to another attempt: its fence refuses the result, so going on would only waste the machine.
final class JobLease: Sendable {
    /// A claim lasts this long unless it is prolonged, milliseconds.
    static let milliseconds: Int64 = 30_000
    /// Least time between two writes to the store, milliseconds.
    static let renewalMilliseconds: Int64 = 2_000

    private struct State {
        var renewed: Int64
        var progress: TrainingProgress?
        var isLost = false
    }

    private let job: JobRecord
    private let control: ControlStore
    private let clock: EngineClock
    private let state: Mutex<State>

    init(job: JobRecord, control: ControlStore, clock: EngineClock) {
        self.job = job
        self.control = control
        self.clock = clock
        state = Mutex(State(renewed: clock.milliseconds()))
    }

    /// Whether another attempt has the job by now.
    var isLost: Bool { state.withLock { $0.isLost } }

    /// Prolongs the claim and stores the progress, at most every two seconds.
    ///
    /// A store that refuses the write changes nothing: the claim then runs out, and the job begins again.
    func renew(_ progress: TrainingProgress?) {
        let now = clock.milliseconds()
        let due = state.withLock { state -> TrainingProgress?? in
            if let progress { state.progress = progress }
            guard now - state.renewed >= Self.renewalMilliseconds else { return nil }
            state.renewed = now
            return .some(state.progress)
        }
        guard let due else { return }
        let isHeld = try? control.write { transaction in
            // From when the store takes the write, which may have waited for its turn.
            guard try transaction.renew(job.id, fence: job.fence, leaseUntil: clock.milliseconds() + Self.milliseconds) else {
                return false
            }
            guard let due else { return true }
            return try transaction.progress(job.id, fence: job.fence, fraction: due.fraction, text: JobStatus.text(due))
        }
        if isHeld == false { state.withLock { $0.isLost = true } }
    }
}
