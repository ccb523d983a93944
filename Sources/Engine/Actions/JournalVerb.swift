public import Store

/// What the journal says was done: every verb there is, by its stored word.
public enum JournalVerb: String, Codable, Sendable, CaseIterable {
    /// A deployment was ordered.
    case deploy
    /// A training was ordered.
    case train
    /// A training ended, and its version was gated.
    case trained
    /// A training failed.
    case trainFailed = "train failed"
    /// A version became the champion.
    case promote
    /// An earlier version answers again.
    case rollback
    /// A version answers a slice of the requests.
    case canary
    /// A version answers the requests of a part of the keys.
    case ab = "a/b"
    /// A version scores what the champion answers.
    case shadow
    /// A challenger's part is another.
    case share
    /// Challengers were taken out.
    case abort
    /// What was learnt online became a version.
    case publish
    /// A live learner was worse than the champion or a constant: the champion answers at rest.
    case liveStopped = "live stopped"
    /// It answers again.
    case liveResumed = "live resumed"
    /// A deployment stopped answering.
    case pause
    /// It answers again.
    case resume
    /// A version's model and data went.
    case archive
    /// A version is kept.
    case pin
    /// A version is kept no longer.
    case unpin
    /// A version calls rows positive from another score on.
    case threshold
    /// A deployment was taken away.
    case remove
    /// Something automatic was stopped.
    case freeze
    /// A freeze was lifted.
    case unfreeze
    /// A job was cancelled.
    case jobCancel = "job cancel"
    /// A job was queued again.
    case jobRetry = "job retry"
    /// A job was moved to the front.
    case jobRaise = "job raise"
    /// The late result of a lost job was discarded.
    case jobDiscard = "job discard"
    /// The stores were brought to another format.
    case migrate
    /// A damaged store was put out of the way.
    case setAside = "set aside"
    /// An alert was raised.
    case alert
    /// An alert was resolved.
    case alertResolved = "alert resolved"
    /// An alert was acknowledged.
    case acknowledge = "ack"
    /// Truths were corrected.
    case labelsCorrected = "labels corrected"
    /// A policy was replaced.
    case policyApply = "policy apply"
    /// A column is no alarm for now.
    case mute
    /// It is one again.
    case unmute
    /// From which effect on a column drifts was said.
    case driftFloor = "drift floor"
    /// A remark.
    case note
    /// A backup was ordered.
    case backup
    /// It was made.
    case backedUp = "backed up"
    /// It was not, or holds what was damaged already.
    case backupFailed = "backup failed"
    /// A backup was restored to try it.
    case drill = "restore drill"
    /// The workspace was made of a backup.
    case restore
    /// A token was made.
    case tokenCreate = "token create"
    /// A token is worth nothing any more.
    case tokenRevoke = "token revoke"
    /// The engine was stopped.
    case stop
    /// Another program took the engine's place.
    case upgrade
    /// What was over went, or was moved, since there was too much of it.
    case retired
}

extension JournalEntry {
    /// The verb of an entry; nil for one that another release wrote.
    public var known: JournalVerb? { JournalVerb(rawValue: verb) }
}
