import Monitoring

/// What alerts are about.
///
/// One open alert for each deployment and kind.
enum AlertKind {
    static let drift = "data drift"
    static let missing = "missing values"
    static let errors = "error rate"
    static let latency = "latency"
    static let training = "training failed"
    static let gate = "gate refused"
    static let champion = "champion failed"
    static let online = "online learning"
    static let labels = "labels refused"
}

/// Something found wrong.
struct Finding {
    var kind: String
    var severity: Severity
    var title: String
    var reasons: [HealthReason]
    var onset: Int64
}

/// Open alerts and the latest resolved ones.
struct AlertBook {
    /// Resolved alerts that are kept in memory.
    static let resolvedKept = 50

    private(set) var open: [Alert] = []
    private(set) var resolved: [Alert] = []

    /// Open ones first, newest first.
    var all: [Alert] { open.reversed() + resolved }

    /// Takes up what the store remembers; `latest` may hold open ones too.
    mutating func restore(open records: [Alert], latest: [Alert]) {
        open = records.sorted { $0.id < $1.id }
        resolved = latest.filter { $0.state == .resolved }.sorted { $0.id > $1.id }
    }

    /// The open alert of that deployment and kind.
    func open(_ deployment: String, kind: String) -> Alert? { open.first { $0.deployment == deployment && $0.kind == kind } }

    /// Adds or replaces an open alert.
    mutating func put(_ alert: Alert) {
        if let index = open.firstIndex(where: { $0.id == alert.id }) { open[index] = alert } else { open.append(alert) }
    }

    /// Moves an alert to the resolved ones.
    mutating func close(_ alert: Alert) {
        open.removeAll { $0.id == alert.id }
        resolved.insert(alert, at: 0)
        if resolved.count > Self.resolvedKept { resolved.removeLast() }
    }
}
