/// Where an alert stands.
public enum AlertState: String, Codable, Sendable {
    /// Nobody has said anything yet.
    case firing
    /// Somebody is on it.
    case acknowledged
    /// Over.
    case resolved
}

/// How bad it is.
public enum Severity: String, Codable, Sendable, Comparable {
    /// Can wait for the morning.
    case warning
    /// Wake somebody.
    case critical

    /// Orders by weight.
    public static func < (a: Severity, b: Severity) -> Bool { a == .warning && b == .critical }
}

/// Something that a person should know.
///
/// One open alert for each deployment and kind, features and signals inside it.
public struct Alert: Codable, Sendable, Equatable, Identifiable {
    /// Number.
    public var id: Int64
    /// The deployment.
    public var deployment: String
    /// What it is about: `data drift`, `missing values`, `error rate`, `latency`, ….
    public var kind: String
    /// How bad it is.
    public var severity: Severity
    /// Where it stands.
    public var state: AlertState
    /// One sentence.
    public var title: String
    /// The signals behind it.
    public var reasons: [HealthReason]
    /// The alarm, UTC milliseconds.
    public var raisedAt: Int64
    /// When what it is about began, UTC milliseconds.
    public var onset: Int64
    /// Who is on it.
    public var acknowledgedBy: String?
    /// Until when, UTC milliseconds; nil: until it resolves.
    public var acknowledgedUntil: Int64?
    /// Their note.
    public var note: String?
    /// UTC milliseconds.
    public var resolvedAt: Int64?
    /// What to do.
    public var runbook: String

    /// Makes an alert.
    public init(
        id: Int64, deployment: String, kind: String, severity: Severity, state: AlertState, title: String, reasons: [HealthReason],
        raisedAt: Int64,
        onset: Int64, acknowledgedBy: String? = nil, acknowledgedUntil: Int64? = nil, note: String? = nil, resolvedAt: Int64? = nil,
        runbook: String
    ) {
        self.id = id
        self.deployment = deployment
        self.kind = kind
        self.severity = severity
        self.state = state
        self.title = title
        self.reasons = reasons
        self.raisedAt = raisedAt
        self.onset = onset
        self.acknowledgedBy = acknowledgedBy
        self.acknowledgedUntil = acknowledgedUntil
        self.note = note
        self.resolvedAt = resolvedAt
        self.runbook = runbook
    }
}

/// What to do about each kind of alert.
public enum Runbook {
    /// Steps for a kind, in order of safety.
    public static func text(for kind: String) -> String {
        switch kind {
        case "data drift":
            "1. Look at Deployment: which feature drifted, and since when? A deploy or an upstream change just before it is the likely cause. "
                + "2. If the new population is real, train on labelled traffic (t); the policy may already be doing so. "
                + "3. If it is a fault, freeze learning (F) and tell the owner of the source."
        case "missing values":
            "1. An upstream source has stopped filling the feature: tell its owner. 2. Learning from such rows is blocked meanwhile. "
                + "3. If scores have moved too far to be useful, pause (P); rolling back (R) does not help, every version reads the same rows."
        case "error rate":
            "1. Read log/engine.log and the last journal rows. 2. If it began with a promotion, roll back (R). 3. Else pause (P) and let callers fall back."
        case "latency":
            "1. System shows CPU, queues and training. 2. Cancel or postpone trainings. 3. If it began with a promotion, roll back (R)."
        case "training failed": "1. Jobs shows the log and the error. 2. Correct the data or settings. 3. Retry the job (r)."
        case "gate refused":
            "1. Versions shows which gate refused and by how much. 2. The champion still answers: nothing is urgent. 3. Look at the data that it learnt from."
        case "champion failed":
            "1. The champion's artefact does not load. 2. Roll back (R) to the last good version. 3. Restore the store from a backup."
        case "online learning":
            "1. The champion still answers; it only learns no more. 2. Roll back (R) or train (t): learning begins anew from the version that then answers. "
                + "3. If it diverged, train with a lower rate."
        case "labels refused":
            "1. The truth comes in words that name no class: Deployment counts them by reason. 2. Correct the client, or map its words to the classes "
                + "that the model's metadata lists. 3. Refused labels are not kept: send them again, or quality is judged on too few."
        default: "Look at Deployment and Journal for what changed."
        }
    }
}
