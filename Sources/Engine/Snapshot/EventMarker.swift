import Store

/// What a chart marks; its letter stands on the time axis.
public enum MarkerKind: String, Codable, Sendable {
    /// A version was made champion.
    case promote = "P"
    /// A roll back.
    case rollback = "R"
    /// Paused.
    case stop = "S"
    /// Resumed.
    case go = "G"
    /// A challenger came, got another part, or went.
    case challenge = "C"
    /// A training made a version.
    case trained = "T"
    /// A version calls rows positive from another score on.
    case decided = "D"
    /// A version was learnt online, or a live learner was stopped or answers again.
    case learnt = "L"
    /// An alert was raised.
    case alert = "A"

    /// What the charts show of a journal row, if they show it.
    init?(_ verb: JournalVerb) {
        switch verb {
        case .promote: self = .promote
        case .rollback: self = .rollback
        case .pause: self = .stop
        case .resume: self = .go
        case .canary, .ab, .shadow, .share, .abort: self = .challenge
        case .threshold: self = .decided
        case .trained: self = .trained
        case .publish, .liveStopped, .liveResumed: self = .learnt
        case .alert: self = .alert
        case .retired, .deploy, .train, .trainFailed, .archive, .pin, .unpin, .remove, .freeze, .unfreeze, .jobCancel, .jobRetry, .jobRaise,
            .jobDiscard,
            .alertResolved, .acknowledge, .labelsCorrected, .policyApply, .mute, .unmute, .driftFloor, .migrate, .setAside, .note, .stop,
            .backup, .backedUp, .backupFailed, .drill, .restore, .tokenCreate, .tokenRevoke, .upgrade:
            return nil
        }
    }
}

/// An event on a chart's time axis.
public struct EventMarker: Codable, Sendable, Equatable {
    /// UTC milliseconds.
    public var time: Int64
    /// What it is.
    public var kind: MarkerKind
    /// What happened, in a sentence.
    public var text: String
    /// The version that it is about, if it is about one.
    public var version: UInt32?

    /// Makes a marker.
    public init(time: Int64, kind: MarkerKind, text: String, version: UInt32? = nil) {
        self.time = time
        self.kind = kind
        self.text = text
        self.version = version
    }

    /// The marker of a journal row; nil where the charts show none.
    init?(_ row: JournalRow) {
        guard let kind = row.entry.known.flatMap({ MarkerKind($0) }) else { return nil }
        // An entry whose details cannot be read has a marker all the same, without its version.
        let details = try? decodeJSON([String: String].self, row.entry.details)
        self.init(
            time: row.entry.time, kind: kind, text: row.entry.summary,
            version: details?["version"].flatMap { VersionSummary.number(named: $0) })
    }
}

/// The markers of a deployment's last hour.
struct ChartMarkers: Equatable {
    /// Markers that are kept.
    private static let limit = 100
    /// And how long, milliseconds.
    private static let milliseconds: Int64 = 3_600_000

    /// Oldest first.
    private(set) var all: [EventMarker] = []

    /// Keeps a marker, and forgets those that are older than an hour by now.
    mutating func add(_ marker: EventMarker, at now: Int64) {
        all.append(marker)
        all.removeAll { $0.time < now - Self.milliseconds }
        if all.count > Self.limit { all.removeFirst(all.count - Self.limit) }
    }
}
