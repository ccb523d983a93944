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
    /// What it is about.
    public var kind: AlertKind
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
    /// What is probably behind it, as it was found when it was raised; nil where that was not looked for.
    public var cause: String?

    /// Makes an alert.
    public init(
        id: Int64, deployment: String, kind: AlertKind, severity: Severity, state: AlertState, title: String, reasons: [HealthReason],
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
