public import Monitoring
import Tabular

/// How the backups of a workspace stand.
public struct BackupStatus: Codable, Sendable, Equatable {
    /// What `flyball.toml` says.
    public struct Plan: Codable, Sendable, Equatable {
        /// The directory that the backups go to.
        public var target: String
        /// Time between two, milliseconds; nil: when somebody orders one.
        public var everyMilliseconds: Int64?
        /// Good ones that stay.
        public var keep: Int
        /// Whether each is tried by a restore drill.
        public var verifies: Bool

        package init(target: String, everyMilliseconds: Int64?, keep: Int, verifies: Bool) {
            self.target = target
            self.everyMilliseconds = everyMilliseconds
            self.keep = keep
            self.verifies = verifies
        }
    }

    /// One that is being made, or tried.
    public struct Run: Codable, Sendable, Equatable {
        /// Where it goes.
        public var directory: String
        /// Since, UTC milliseconds.
        public var startedAt: Int64
        /// Bytes so far.
        public var done: Int64
        /// Bytes in all, as far as is known.
        public var total: Int64
        /// Whether it is made already, and is being tried.
        public var isDrill: Bool

        package init(directory: String, startedAt: Int64, done: Int64, total: Int64, isDrill: Bool) {
            self.directory = directory
            self.startedAt = startedAt
            self.done = done
            self.total = total
            self.isDrill = isDrill
        }
    }

    /// One that was made, and is good.
    public struct Made: Codable, Sendable, Equatable {
        /// Where it is.
        public var directory: String
        /// Its number there.
        public var number: Int
        /// The moment that it holds, UTC milliseconds.
        public var at: Int64
        /// Bytes of the workspace in it.
        public var bytes: Int64
        /// Bytes that the target lacked.
        public var added: Int64
        /// The journal's row up to which it goes.
        public var journal: Int64

        package init(directory: String, number: Int, at: Int64, bytes: Int64, added: Int64, journal: Int64) {
            self.directory = directory
            self.number = number
            self.at = at
            self.bytes = bytes
            self.added = added
            self.journal = journal
        }
    }

    /// A restore drill.
    public struct Drill: Codable, Sendable, Equatable {
        /// Where the backup is.
        public var directory: String
        /// Its number there.
        public var number: Int
        /// UTC milliseconds.
        public var at: Int64
        /// Why it failed; nil when it has not.
        public var failure: String?

        package init(directory: String, number: Int, at: Int64, failure: String? = nil) {
            self.directory = directory
            self.number = number
            self.at = at
            self.failure = failure
        }
    }

    /// How the newest run ended.
    public struct Outcome: Codable, Sendable, Equatable {
        /// When it was begun, UTC milliseconds.
        public var startedAt: Int64
        /// When it ended.
        public var endedAt: Int64
        /// Its number in its target, if it was made.
        public var number: Int?
        /// What it took and what it gave; nil when it was not made.
        public var made: Made?
        /// Why it was not made, or what was damaged already.
        public var failure: String?
    }

    /// What `flyball.toml` says; nil: nothing.
    public var plan: Plan?
    /// What is being done now.
    public var running: Run?
    /// The newest good one.
    public var last: Made?
    /// The newest drill.
    public var drill: Drill?
    /// How the newest run since this start ended.
    public var outcome: Outcome?
    /// Since when there has been none, where there is a plan: when it was first seen, UTC milliseconds.
    public var awaitedSince: Int64?

    /// No backups at all.
    public init() {}

    /// A backup that nobody has planned the next one of is old after this time, milliseconds.
    private static let unplannedMilliseconds: Int64 = 7 * 86_400_000

    /// Age of the newest good one, or of the wait for the first, milliseconds; nil while nobody wants one.
    public func age(at now: Int64) -> Int64? {
        (last?.at ?? awaitedSince).map { max(0, now.subtractingReportingOverflow($0).partialValue) }
    }

    /// Whether the newest good one is older than twice the time between two.
    public func isStale(at now: Int64) -> Bool {
        guard let every = plan?.everyMilliseconds, let age = age(at: now) else { return false }
        return age / 2 > every
    }

    /// The light.
    public func light(at now: Int64) -> Light {
        if drill?.failure != nil || isStale(at: now) { return .alert }
        guard let last else { return outcome?.failure == nil ? .unknown : .warn }
        if let outcome, outcome.failure != nil, outcome.startedAt >= last.at { return .warn }
        let patience = plan?.everyMilliseconds.map { $0 + $0 / 4 } ?? Self.unplannedMilliseconds
        return now - last.at > patience ? .warn : .ok
    }

    /// Why the light is what it is, in a sentence.
    public func words(at now: Int64) -> String {
        if let failure = drill?.failure, let drill { return "the restore drill of backup \(drill.number) failed: \(failure)" }
        let age = age(at: now).map { DurationText.text($0) } ?? ""
        if isStale(at: now) {
            let every = DurationText.text(plan?.everyMilliseconds ?? 0)
            return (last == nil ? "there has been no good backup for \(age)" : "the last good backup is \(age) old")
                + ", every \(every) was wanted"
                + (outcome?.failure.map { ": \($0)" } ?? "")
        }
        if let failure = outcome?.failure, (outcome?.startedAt ?? 0) >= last?.at ?? 0 { return failure }
        guard let last else { return "no backup yet" }
        return "backup \(last.number) is \(age) old"
            + (drill.map { $0.number == last.number } == true ? ", and was restored to try it" : "")
    }
}
