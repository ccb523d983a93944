import Monitoring
package import Store

/// When the next backup is due, and what is wrong with those there are.
package struct BackupWatch {
    /// After one that failed the next is tried no later than this, milliseconds.
    package static let retryMilliseconds: Int64 = 600_000
    /// An engine has run for this long before the first one, milliseconds.
    private static let settlingMilliseconds: Int64 = 60_000

    /// As it is published.
    package private(set) var status = BackupStatus()
    /// When the newest one was begun.
    private var attempted: Int64?
    private var pace: BackupPace?

    package init() {}

    /// Takes up what `flyball.toml` says, and what the journal tells of earlier ones.
    package mutating func restore(_ plan: BackupStatus.Plan?, last: BackupStatus.Made?, drill: BackupStatus.Drill?, at now: Int64) {
        status.plan = plan
        status.last = last
        status.drill = drill
        status.awaitedSince = plan?.everyMilliseconds == nil ? nil : now
    }

    /// Whether one is to be begun now by itself.
    package func isDue(at now: Int64) -> Bool {
        guard let plan = status.plan, let every = plan.everyMilliseconds, let since = status.awaitedSince, status.running == nil else {
            return false
        }
        // An engine that starts again and again makes no backup each time.
        guard now - since >= min(every, Self.settlingMilliseconds) else { return false }
        // One that somebody has made elsewhere is no backup in the place that was wanted.
        let made = status.last.flatMap { $0.directory == plan.target ? $0.at : nil }
        if let made, now - made < every { return false }
        return attempted.map { now - $0 >= min(every, Self.retryMilliseconds) } ?? true
    }

    /// Whether what the target has must be read before it is relied upon: the newest drill has failed.
    package func distrusts(_ directory: String) -> Bool { status.drill?.failure != nil && status.drill?.directory == directory }

    /// Whether something is being done.
    package var isRunning: Bool { status.running != nil }

    /// One is begun.
    package mutating func begin(_ directory: String, pace: BackupPace, at now: Int64) {
        self.pace = pace
        attempted = now
        status.running = BackupStatus.Run(directory: directory, startedAt: now, done: 0, total: 0, isDrill: false)
    }

    /// It is made, with what was damaged already; nil: it is good.
    package mutating func made(_ made: BackupStatus.Made, flaw: String?, at now: Int64) {
        status.outcome = BackupStatus.Outcome(
            startedAt: status.running?.startedAt ?? now, endedAt: now, number: made.number, made: made, failure: flaw)
        if flaw == nil { status.last = made }
        end()
    }

    /// It was not made.
    package mutating func failed(_ reason: String, at now: Int64) {
        status.outcome = BackupStatus.Outcome(
            startedAt: status.running?.startedAt ?? now, endedAt: now, number: nil, made: nil, failure: reason)
        end()
    }

    /// The newest one is being tried.
    package mutating func beginDrill(_ directory: String, at now: Int64) {
        status.running = BackupStatus.Run(directory: directory, startedAt: now, done: 0, total: 0, isDrill: true)
    }

    /// What came of trying it.
    package mutating func drilled(_ drill: BackupStatus.Drill) {
        status.drill = drill
        end()
    }

    private mutating func end() {
        pace = nil
        status.running = nil
    }

    /// Stops what is being made.
    package func cancel() { pace?.cancel() }

    /// As it is published, with how far the running one is.
    package var present: BackupStatus {
        var status = status
        if let pace {
            let progress = pace.progress
            status.running?.done = progress.done
            status.running?.total = progress.total
        }
        return status
    }

    /// What it means for the workspace's alert.
    package func events(at now: Int64) -> [AlertEvent] {
        guard status.drill?.failure != nil || status.isStale(at: now) else {
            return [.over(.backup, because: "there is a good backup again")]
        }
        let onset = status.drill?.failure == nil ? (status.last?.at ?? status.awaitedSince ?? now) : (status.drill?.at ?? now)
        // The age grows with each look: it is no other alert for that.
        let title =
            status.drill?.failure == nil
            ? (status.last.map { "no good backup since number \($0.number)" } ?? "no good backup yet")
                + (status.outcome?.failure.map { ": \($0)" } ?? "")
            : status.words(at: now)
        return [.found(Finding(kind: .backup, severity: .critical, title: title, onset: onset))]
    }
}
