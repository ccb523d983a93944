import Monitoring
import Tabular

/// Why a training made nothing.
package enum TrainingEnd: Error, Equatable, CustomStringConvertible {
    /// Somebody asked for it.
    case cancelled
    /// Another attempt has the job.
    case lost
    /// It may not be done now: why.
    case withheld(String)
    /// It could not be done: why.
    case failed(String)

    package var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .lost: "lost to another attempt"
        case .withheld(let reason): reason
        case .failed(let reason): reason
        }
    }
}

/// What is known of a job that has ended.
package struct JobFacts: Sendable {
    /// Its number.
    package var id: Int64
    /// Its deployment.
    package var deployment: String
    /// Attempts begun.
    package var attempts: Int
    /// Why a policy ordered it; nil: a person did.
    package var trigger: PolicyTrigger?
    /// Whether the engine stops.
    package var isStopping: Bool

    package init(id: Int64, deployment: String, attempts: Int = 1, trigger: PolicyTrigger? = nil, isStopping: Bool = false) {
        self.id = id
        self.deployment = deployment
        self.attempts = attempts
        self.trigger = trigger
        self.isStopping = isStopping
    }
}

/// What becomes of a job whose training made nothing.
package struct JobVerdict: Equatable {
    /// What its row is to say.
    package enum Settlement: Equatable {
        /// It waits again, and the attempt does not count.
        case requeued
        /// It has ended.
        case ended(JobState, error: String?)
        /// It is another attempt's: nothing is written to it.
        case discarded
    }

    /// What its row is to say.
    package var settlement: Settlement
    /// Whether its checkpoint stays: for the next engine, or for the attempt that has it.
    package var keepsCheckpoint = false
    /// What the journal says.
    package var change: Change?
    /// How the turn of the loop that waited for it ended.
    package var turnEnd: String?
    /// Whether the drift that it was to answer is to be answered again, once the policy's cool-down and its new labels allow it.
    package var isDriftUnanswered = false
    /// For the alerts.
    package var alert: AlertEvent?

    init(settlement: Settlement) { self.settlement = settlement }

    /// What an end means.
    package init(_ end: TrainingEnd, of job: JobFacts, at now: Int64) {
        switch end {
        case .cancelled where job.isStopping:
            self.init(settlement: .requeued)
            keepsCheckpoint = true
        case .cancelled:
            self.init(settlement: .ended(.cancelled, error: nil))
            turnEnd = "cancelled"
        case .lost:
            self.init(settlement: .discarded)
            keepsCheckpoint = true
            change = Self.late(job)
        case .withheld(let reason):
            self.init(settlement: .ended(.cancelled, error: reason))
            turnEnd = reason
            isDriftUnanswered = job.trigger == .onDrift
        case .failed(let reason):
            self.init(settlement: .ended(.failed, error: reason))
            turnEnd = "failed: \(reason)"
            isDriftUnanswered = job.trigger == .onDrift
            let words = SafeText.escape(reason)
            change = Change(
                verb: .trainFailed, deployment: job.deployment, summary: "job \(job.id) failed: \(words)", reason: nil,
                details: ["job": "\(job.id)"])
            alert = .found(
                Finding(kind: .training, severity: .warning, title: "training of \(job.deployment) failed: \(words)", onset: now))
        }
    }

    /// The job was given to another attempt: what this one made counts for nothing.
    static func late(_ job: JobFacts) -> Change {
        Change(
            verb: .jobDiscard, deployment: job.deployment,
            summary: "discarded a late result of job \(job.id): attempt \(job.attempts) lost it", reason: nil,
            details: ["job": "\(job.id)"])
    }

    /// A job that was given up after its last attempt.
    static func parked(_ job: Int64, of deployment: String, error: String?, at now: Int64) -> AlertEvent {
        .found(
            Finding(
                kind: .training, severity: .warning, title: "job \(job) of \(deployment) is parked: \(error ?? "its last attempt ended")",
                onset: now))
    }
}
