import Dispatch
import Logging
import Store
import Synchronization
import Tabular

/// Takes labels from any thread, joins what arrives within a few milliseconds into one durable transaction, and answers each caller.
///
/// The queue is its own, so that a promotion never waits behind labels; the bound is on labels that wait, not on callers.
final class LabelIntake: Sendable {
    /// Longest wait for company before a commit, milliseconds.
    static let gatherMilliseconds = 2
    /// Labels that may wait; more are refused.
    static let capacity = 200_000

    private struct Submission {
        var deployment: String
        var target: Target
        var words: MissingWords
        var labels: [IncomingLabel]
        var answer: CheckedContinuation<Result<[LabelResult], ActionFailure>, Never>
    }
    private struct State {
        var waiting: [Submission] = []
        var labels = 0
        var isArmed = false
        var refused: Int64 = 0
        var changed: Set<String> = []
        var failure: String?
        var corrections: [String: Corrections] = [:]
        var refusals: [String: LabelRefusals] = [:]
        var listeners = Listeners()
    }

    /// Who hears at once of labels, and of whose.
    private struct Listeners {
        var deployments: Set<String> = []
        var hear: (@Sendable () -> Void)?
    }

    /// Labels that replaced an earlier value since somebody last asked.
    struct Corrections: Sendable, Equatable {
        var count = 0
        var first = ""
    }

    private let labels: LabelStore
    private let telemetry: TelemetryStore
    private let epoch: UInt32
    private let clock: EngineClock
    private let queue = DispatchQueue(label: "flyball.labels", qos: .userInitiated)
    private let state = Mutex(State())
    private let logger: Logger

    init(labels: LabelStore, telemetry: TelemetryStore, epoch: UInt32, clock: EngineClock, logger: Logger) {
        self.labels = labels
        self.telemetry = telemetry
        self.epoch = epoch
        self.clock = clock
        self.logger = logger
    }

    /// Commits the labels durably and says what became of each, in order.
    func accept(
        _ incoming: [IncomingLabel], deployment: String, target: Target, words: MissingWords = .standard
    ) async -> Result<[LabelResult], ActionFailure> {
        await withCheckedContinuation { continuation in
            let submission = Submission(
                deployment: deployment, target: target, words: words, labels: incoming, answer: continuation)
            let verdict = state.withLock { state -> Bool? in
                guard state.labels + incoming.count <= Self.capacity else {
                    state.refused += Int64(incoming.count)
                    return nil
                }
                state.waiting.append(submission)
                state.labels += incoming.count
                defer { state.isArmed = true }
                return !state.isArmed
            }
            guard let mustArm = verdict else {
                continuation.resume(
                    returning: .failure(.unavailable("labels: the queue of \(Self.capacity) is full: send them again later")))
                return
            }
            if mustArm { queue.asyncAfter(deadline: .now() + .milliseconds(Self.gatherMilliseconds)) { self.commit() } }
        }
    }

    /// Deployments whose label counts have changed since the last call.
    func takeChanged() -> Set<String> {
        state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
    }

    /// Whoever learns from labels is told of those of some deployments as soon as they are durable.
    func listen(for deployments: Set<String>, _ hear: (@Sendable () -> Void)?) {
        state.withLock { $0.listeners = Listeners(deployments: deployments, hear: hear) }
    }

    /// Corrections by deployment since the last call.
    func takeCorrections() -> [String: Corrections] {
        state.withLock { state in
            defer { state.corrections = [:] }
            return state.corrections
        }
    }

    /// What came and was refused for its value, by deployment, since the last call.
    func takeRefusals() -> [String: LabelRefusals] {
        state.withLock { state in
            defer { state.refusals = [:] }
            return state.refusals
        }
    }

    /// Labels waiting, labels refused, and why the store refuses, if it does.
    var status: (depth: Int, refused: Int64, failure: String?) { state.withLock { ($0.labels, $0.refused, $0.failure) } }

    /// Asks a store that refused labels whether it takes them again, so that nobody has to send one to find out.
    ///
    /// Blocks.
    func probe(at instant: ContinuousClock.Instant) {
        guard status.failure != nil else { return }
        switch labels.probe(now: instant) {
        case .notDue: break
        case .refused(let failure): state.withLock { $0.failure = "\(failure)" }
        case .writable:
            state.withLock { $0.failure = nil }
            logger.notice("the label store takes writes again")
        }
    }

    /// Joins labels that came before their prediction was logged.
    ///
    /// Not on the label queue: nobody's labels wait for it.
    func settlePending(on queue: DispatchQueue) async {
        await onQueue(queue) {
            do {
                let settled = try self.labels.settlePending(now: self.clock.milliseconds()) { id, deployment in
                    do { return try self.telemetry.contains(id, deployment: deployment) } catch {
                        self.logger.error("labels: \(deployment) \(id.text): the log cannot be read, so it goes on waiting: \(error)")
                        return nil
                    }
                }
                self.state.withLock { $0.changed.formUnion(settled) }
            } catch {
                self.logger.error("labels: pending ones not settled: \(error)")
            }
        }
    }

    private func commit() {
        let submissions = state.withLock { state in
            defer {
                state.waiting = []
                state.labels = 0
                state.isArmed = false
            }
            return state.waiting
        }
        let now = clock.milliseconds()
        var records: [LabelRecord] = []
        // For each label of each submission: what it is without the store, or the index of its record.
        var plans: [[LabelPlan]] = []
        var read: [Submission] = []
        var refusals: [String: LabelRefusals] = [:]
        for submission in submissions {
            do throws(StoreFailure) {
                var own: [Plan] = []
                for label in submission.labels { own.append(try plan(label, submission: submission, now: now)) }
                plans.append(
                    own.map { plan in
                        refusals[submission.deployment, default: LabelRefusals()].note(plan.refusal)
                        guard case .record(let record) = plan else { return LabelPlan(result: plan.result, record: nil) }
                        records.append(record)
                        return LabelPlan(result: nil, record: records.count - 1)
                    })
                read.append(submission)
            } catch {
                // None of its labels is taken, so that all of them can be sent again.
                logger.error("labels: \(submission.labels.count) refused, the log cannot be read: \(error)")
                submission.answer.resume(returning: .failure(.store("the log of predictions cannot be read: \(error)")))
            }
        }
        do {
            let outcomes = records.isEmpty ? [] : try labels.commit(records)
            let hear = state.withLock { state in
                state.failure = nil
                state.changed.formUnion(read.map(\.deployment))
                for (name, batch) in refusals { state.refusals[name, default: LabelRefusals()].add(batch) }
                for (record, outcome) in zip(records, outcomes) where outcome == .corrected {
                    state.corrections[record.deployment, default: Corrections(first: record.id.text)].count += 1
                }
                return read.contains { state.listeners.deployments.contains($0.deployment) } ? state.listeners.hear : nil
            }
            hear?()
            for (submission, plan) in zip(read, plans) {
                submission.answer.resume(
                    returning: .success(plan.map { entry in entry.record.map { LabelResult(outcomes[$0]) } ?? entry.result ?? .unknown }))
            }
        } catch {
            logger.error("labels: \(records.count) not stored: \(error)")
            state.withLock { $0.failure = "\(error)" }
            for submission in read { submission.answer.resume(returning: .failure(.store("\(error)"))) }
        }
    }

    private struct LabelPlan {
        var result: LabelResult?
        var record: Int?
    }

    private enum Plan {
        case record(LabelRecord)
        case invalid(TargetRefusal)
        case unknown

        var refusal: TargetRefusal? {
            guard case .invalid(let refusal) = self else { return nil }
            return refusal
        }

        var result: LabelResult? {
            switch self {
            case .record: nil
            case .invalid: .invalid
            case .unknown: .unknown
            }
        }
    }

    private func plan(_ label: IncomingLabel, submission: Submission, now: Int64) throws(StoreFailure) -> Plan {
        let value: Double
        switch submission.target.reading(of: label.value, words: submission.words) {
        case .success(let found): value = found
        case .failure(let refusal): return .invalid(refusal)
        }
        let deployment = submission.deployment
        let id: RowID
        let isLogged: Bool
        if let given = RowID(label.id), given.base.epoch >= 1, given.base.epoch <= epoch {
            id = given
            switch try telemetry.presence(of: given, deployment: deployment, epoch: epoch) {
            case .logged: isLogged = true
            case .awaited: isLogged = false
            case .gone:
                // What was told of a label stays so, though its prediction was lost with a kill: it stands, as a duplicate or a conflict.
                guard try labels.label(of: given, deployment: deployment) != nil else { return .unknown }
                isLogged = false
            }
        } else if let found = try telemetry.resolve(clientID: label.id, deployment: deployment) {
            id = found
            isLogged = true
        } else {
            return .unknown
        }
        return .record(
            LabelRecord(deployment: deployment, id: id, value: value, received: now, correct: label.correct, isPending: !isLogged))
    }
}

extension LabelResult {
    init(_ outcome: LabelOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .duplicate: self = .duplicate
        case .conflict: self = .conflict
        case .corrected: self = .corrected
        case .pending: self = .pending
        case .unknown: self = .unknown
        }
    }
}
